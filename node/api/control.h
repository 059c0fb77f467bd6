// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <string_view>

#include "node/api/command.h"
#include "node/http/connection.h"

namespace comity::api {

/// Commands live at kCommandPath + name; the body is one JSON object, or empty for none.
inline constexpr std::string_view kCommandPath = "/v1/";

/// File name of the control socket in the data directory.
inline constexpr std::string_view kControlSocket = "control.sock";

/// Callers at one time; more wait in the system's queue. A script opens a connection for each command.
inline constexpr std::size_t kControlConnections = 32;

/// How the control socket answers: JSON in, JSON or a problem document out. `commands` outlives the service;
/// `failed` hears of what a command threw.
[[nodiscard]] http::Service control_service(const CommandTable* commands,
                                            std::function<void(const std::string& what)> failed);

}  // namespace comity::api
