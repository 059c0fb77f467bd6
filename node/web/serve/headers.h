// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/http/message.h"

namespace comity::web {

/// What every answer tells the browser not to do: run or load anything that this server has not sent as a
/// file, show the page in a frame, guess another type, tell other sites where it came from. `secure`: over
/// https, and from then on (RFC 6797).
void add_security_headers(http::Response& response, bool secure);

}  // namespace comity::web
