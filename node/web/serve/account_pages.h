// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/web/serve/accounts.h"
#include "node/web/serve/router.h"

namespace comity::web {

/// /settings/sessions, /settings/tokens and /settings/password. `accounts` outlives the router.
///
/// Templates and what they are given besides "page": "sessions" (sessions: id, by, created, seen, address,
/// browser, here), "tokens" (tokens: id, name, scopes, created, expires, over; once; made: the new token, to
/// be shown once, or empty; problem), "password" (once; problem; done). The forms: POST
/// /settings/sessions/{id}/end and /settings/tokens/{id}/end; /settings/tokens with once, name, scopes (one
/// field each) and days; /settings/password with once, old, new and again.
void add_account_pages(Router& router, Accounts& accounts);

}  // namespace comity::web
