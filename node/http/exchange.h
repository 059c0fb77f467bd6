// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <chrono>
#include <filesystem>

#include "node/http/message.h"
#include "proto/result.h"

namespace comity::http {

/// Sends one request to the server on a Unix-domain socket and waits for the answer: for programs without an
/// event loop of their own. Blocks for at most `timeout`. Errors: those of runtime::dial_local(), kTimedOut,
/// kConnectionReset or kEndOfStream when the server went away before it answered, kHttpMalformed and the
/// other errors of ResponseParser::feed() for an answer that cannot be read.
[[nodiscard]] proto::Result<Response> exchange(const std::filesystem::path& socket, const Request& request,
                                               std::chrono::seconds timeout);

}  // namespace comity::http
