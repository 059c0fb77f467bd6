// SPDX-License-Identifier: EUPL-1.2
// The views of one space; pure, any thread.
#pragma once

#include "node/web/pages/hall.h"

namespace comity::web {

/// Whether the reader follows it.
[[nodiscard]] http::Task<bool> follows_space(Shared visit, std::string id);

/// What stands at the top of all pages of a space; `tab` is discussions, wiki or about. `row`: space/show.
[[nodiscard]] boost::json::object space_head_view(const Lens& lens, const boost::json::object& row,
                                                  std::string_view tab, bool followed);
[[nodiscard]] boost::json::object space_view(boost::json::object view, const Lens& lens,
                                             const boost::json::object& row,
                                             const boost::json::object& threads, const std::string& level,
                                             const std::string& tag, const std::string& after, bool followed);
[[nodiscard]] boost::json::object about_view(boost::json::object view, const Lens& lens,
                                             const boost::json::object& row, bool followed);
[[nodiscard]] boost::json::object post_form_view(boost::json::object view, const Lens& lens,
                                                 const boost::json::object& row, const Written& written,
                                                 const boost::json::value& problem);
[[nodiscard]] boost::json::object space_form_view(boost::json::object view, const Lens& lens,
                                                  const Written& written, const boost::json::array& similar,
                                                  const boost::json::value& problem,
                                                  const boost::json::array& agencies,
                                                  const std::vector<std::string>& chosen);
/// Two titles share a word of at least four letters.
[[nodiscard]] bool sounds_like(std::string_view one, std::string_view other);
/// How complete what we hold of a member is, in words.
[[nodiscard]] std::string completeness_words(const Lens& lens, const boost::json::object& member);
/// Fields of a box for text: label, text, rows, note of a draft, preview where it was asked for.
void add_text_box(boost::json::object& view, const Lens& lens, std::string_view label, const Written& written,
                  const std::string& space, int rows);

}  // namespace comity::web
