// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/web/serve/accounts.h"
#include "node/web/serve/router.h"

namespace comity::web {

/// /sign-in and /sign-out. `accounts` outlives the router.
void add_sign_in_pages(Router& router, Accounts& accounts);

/// Sends whoever is not signed in to the page where they do that, and back afterwards; what they had sent in
/// a form is kept in that page, so that a session that is over loses no text.
[[nodiscard]] http::Task<http::Response> ask_to_sign_in(std::shared_ptr<Visit> visit);

}  // namespace comity::web
