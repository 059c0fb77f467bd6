// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <string>

#include <boost/json/object.hpp>

#include "node/api/spaces.h"
#include "node/api/thread_page.h"
#include "node/config/settings.h"
#include "node/runtime/clock.h"
#include "node/web/serve/assets.h"
#include "node/web/serve/secrets.h"

namespace comity::web {

/// A page made of a view: the template `name` filled with it. Pure; any thread. It escapes whatever the view
/// holds.
using Look = std::function<std::string(const std::string& name, const boost::json::object& view)>;

/// What is kept of discussions that were read since the store last changed.
inline constexpr std::size_t kThreadBytes = std::size_t{16} << 20;

/// What the pages work with; outlives them. Owner thread, apart from `look` and the assets, which do not
/// change.
struct Services {
  const api::CommandTable& commands;
  const api::CommunityDesk& desk;
  runtime::Clock& clock;
  /// For passwords alone: a check takes a tenth of a second, in which the other pool would render nothing.
  runtime::Pool& passwords;
  std::function<const config::Settings&()> settings;
  std::string agency;      ///< our legal name
  std::string short_name;  ///< as behind the @
  bool tls = false;        ///< this node encrypts itself
  Sha256Digest key{};      ///< the node's own, for device cookies
  Assets assets{};
  api::ThreadPages threads{kThreadBytes};
  Look look{};
  /// Writes to the node's log what failed inside, under the id that the reader is given.
  std::function<void(const proto::Error& error, const std::string& id)> report{};

  Services(const api::CommandTable& table, const api::CommunityDesk& community, runtime::Clock& time,
           runtime::Pool& hashing)
      : commands(table), desk(community), clock(time), passwords(hashing) {}
};

}  // namespace comity::web
