// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <boost/json/array.hpp>

#include "node/web/serve/accounts.h"
#include "node/web/serve/router.h"

namespace comity::web {

/// Atom feeds (RFC 4287) below /atom/TOKEN/: timeline, notifications, search?query=, spaces/SPACE and
/// tags/SPACE/TAG. The token is one of the scope "syndication" of the page of tokens: feed readers send no
/// cookies, and what stands in an address does nothing but read feeds. A wrong token is answered like a feed
/// that is not there. `accounts` outlives the router.
void add_atom(Router& router, Accounts& accounts);

/// Rows of entries, as commands list them, as a feed. `site`: scheme, host and base; `self`: the path of the
/// feed below it. Texts are told as text, so that no reader takes markup for its own. Any thread.
[[nodiscard]] std::string atom_text(const std::string& title, const std::string& site,
                                    const std::string& self, const boost::json::array& rows,
                                    const std::string& now);

/// Text as XML 1.0 holds it: escaped, without the characters that it forbids.
[[nodiscard]] std::string xml_escaped(std::string_view text);

}  // namespace comity::web
