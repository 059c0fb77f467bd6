// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string_view>

#include <boost/json/object.hpp>

namespace comity::web {

class Words;

/// The pages of the server itself (sign-in, sessions, tokens, password, sending again, failures) come as
/// plain answers of commands: this adds what their templates show. Views of other pages pass as they are.
void complete_server_page(std::string_view name, boost::json::object& view, const Words& words);

}  // namespace comity::web
