// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>

#include <boost/json/object.hpp>

namespace comity::web {

/// A Look without any design, for a build without templates and for tests: the view as a list, the forms of
/// signing in and out, of sessions and tokens.
[[nodiscard]] std::string plain_look(const std::string& name, const boost::json::object& view);

/// Text as HTML shows it.
[[nodiscard]] std::string escaped(std::string_view text);

}  // namespace comity::web
