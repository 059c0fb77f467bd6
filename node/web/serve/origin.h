// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "node/config/settings.h"
#include "node/http/handler.h"

namespace comity::web {

/// Where a request really comes from: what the connection says, and what a proxy says that the operator has
/// named. Anybody else's word about it is ignored.
struct Origin {
  std::string address{};  ///< of the browser
  bool secure = false;    ///< it spoke https
  bool proxied = false;   ///< a named proxy stands in between
  std::string host{};     ///< as the browser named it, lower case, with its port where one was given
};

/// Reads it. `tls`: the connection itself is encrypted. Errors: kHttpMalformed without exactly one Host,
/// kWebHost for a host that is not one of ours (web.hosts; without that, every address and "localhost", which
/// no page elsewhere can name as its own: DNS rebinding).
[[nodiscard]] proto::Result<Origin> origin_of(const http::Request& request, const http::Caller& caller,
                                              bool tls, const config::Settings& settings);

/// Who the proxy says is signed in there (web.sign_in_header); nothing without a proxy, or when it says none.
[[nodiscard]] std::optional<std::string> proxy_person(const http::Request& request, const Origin& origin,
                                                      const config::Settings& settings);

/// Whether the browser says that another site's page has sent this request (Fetch Metadata, Origin).
[[nodiscard]] bool comes_from_elsewhere(const http::Request& request, const Origin& origin);

}  // namespace comity::web
