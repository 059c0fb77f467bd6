// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/web/serve/events.h"
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
  Look look;  ///< how views become HTML
  /// Writes to the node's log what failed inside, under the id that the reader is given.
  std::function<void(const proto::Error& error, const std::string& id)> report;
};

/// The pages of a node as one thing: rooms add theirs to its router, a server asks it. Owner thread.
class Site {
 public:
  explicit Site(SiteSetup setup);
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  [[nodiscard]] Router& router() noexcept { return router_; }
  [[nodiscard]] Assets& assets() noexcept { return services_.assets; }

  /// Wakes the open streams when there is news; runs until cancelled.
  [[nodiscard]] http::Task<void> watch() { return events_.watch(); }
  /// Before the server drains: open streams end.
  void close() { events_.close(); }
  [[nodiscard]] Events& events() noexcept { return events_; }

  /// For a server. The site outlives it.
  [[nodiscard]] http::Service service(std::function<void(const std::string&)> failed);

 private:
  api::CommunityDesk desk_;
  Services services_;
  Accounts accounts_;
  Events events_;
  Router router_;
  Front front_;
};

}  // namespace comity::web
