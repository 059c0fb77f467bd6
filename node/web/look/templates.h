// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace comity::web {

class Words;

/// Reads every template; throws std::logic_error for one that cannot be read or is not safe to escape. Called
/// by itself on the first render(); a program calls it when it starts, to fail then.
void load_templates();

/// The page `name` of `view` (see Dictionary for what templates see), each value escaped for the place that
/// it stands in: text, attribute or address. Pure; any thread, several at a time. Throws std::logic_error for
/// a template that does not exist.
[[nodiscard]] std::string render(std::string_view name, const boost::json::object& view, const Words& words);

}  // namespace comity::web
