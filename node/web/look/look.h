// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>

#include <boost/json/object.hpp>

namespace comity::web {

/// The page that shows a view: template `name` ("sign-in" is sign_in.html). view["page"] holds base, csrf,
/// here, theme, agency, short_name and person (null, or handle, address, name, administrator), and what a
/// page adds for itself: title, unread, notice {kind, text}, live, space_id, thread. From these the frame is
/// made: addresses of assets, the places of the rail, the words of the foot. Pure; any thread. Throws
/// std::logic_error for a template that does not exist.
[[nodiscard]] std::string look(const std::string& name, const boost::json::object& view);

/// A part of a page, by the template of that name ("piece_entry"), which knows of the page the addresses of
/// its icons alone. Pure; any thread. Throws std::logic_error for a template that does not exist.
[[nodiscard]] std::string look_piece(const std::string& name, boost::json::object view,
                                     std::string_view base);

/// "Maria Olsen" is MO: what stands in a person's circle.
[[nodiscard]] std::string initials_of(std::string_view name);
/// The colour of a person's circle, "h0" to "h7"; the same for the same text.
[[nodiscard]] std::string hue_of(std::string_view text);
/// The address of an icon of the sprite.
[[nodiscard]] std::string icon(std::string_view base, std::string_view name);
/// A short name as a heading: "finance" is Finance.
[[nodiscard]] std::string capital(std::string_view name);

/// "This is not hexadecimal (byte 3).", of the words of an error and its detail; nothing of nothing.
[[nodiscard]] std::string sentence(std::string_view words, std::string_view detail = {});

}  // namespace comity::web
