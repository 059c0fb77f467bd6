// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/web/serve/front.h"

namespace comity::web {

/// What a site is made of. References outlive it.
struct SiteSetup {
  const api::CommandTable& commands;
  api::CommunityDesk desk;
  runtime::Clock& clock;
  runtime::Pool& passwords;
  std::function<const config::Settings&()> settings;
  std::string agency;
  std::string short_name;
  bool tls = false;
  Sha256Digest key{};
};

/// The pages of a node as one thing: rooms add theirs to its router, a server asks it. Owner thread.
class Site {
 public:
  explicit Site(SiteSetup setup);
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  [[nodiscard]] Router& router() noexcept { return router_; }
  [[nodiscard]] Assets& assets() noexcept { return services_.assets; }
  void set_look(Look look) { services_.look = std::move(look); }

  /// For a server. The site outlives it.
  [[nodiscard]] http::Service service(std::function<void(const std::string&)> failed);

 private:
  api::CommunityDesk desk_;
  Services services_;
  Accounts accounts_;
  Router router_;
  Front front_;
};

}  // namespace comity::web
