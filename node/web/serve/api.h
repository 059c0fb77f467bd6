// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/web/serve/api_table.h"
#include "node/web/serve/events.h"
#include "node/web/serve/router.h"

namespace comity::web {

/// The interface for programs below /api/v1: each row of operations() becomes a route. JSON in and out;
/// failures are problem documents (RFC 9457) with the code of the node. Who sends it is a session of the
/// pages (then the header X-CSRF-Token goes with everything that changes something) or a token
/// ("Authorization: Bearer comity_…"). `events` outlives the router.
void add_api(Router& router, Events& events);

/// The arguments of a command, out of a request. Errors: kBadArguments, which names the argument;
/// kHttpContentType.
[[nodiscard]] proto::Result<boost::json::object> read_arguments(const Operation& operation,
                                                                const Visit& visit);

/// docs/openapi.json: the table as an OpenAPI 3.1 document.
[[nodiscard]] boost::json::object openapi_document();
/// The same, indented, as the file holds it.
[[nodiscard]] std::string openapi_text();

}  // namespace comity::web
