// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <list>
#include <map>
#include <memory>

#include "node/runtime/condition.h"
#include "node/web/serve/accounts.h"
#include "node/web/serve/web.h"

namespace comity::web {

/// The open streams of events. One task waits for news of the node and wakes them; each then asks, in the
/// name of its person, what became readable. An idle stream holds a cursor and a timer. Owner thread.
class Events {
 public:
  /// Of one person at once: a tenth open page takes the place of the first.
  static constexpr std::size_t kMostOfOne = 10;
  /// How often an idle stream says that it is there, in a comment: proxies close what is silent for a minute.
  static constexpr std::chrono::seconds kHeartbeat{20};
  /// News are gathered for so long, so that a burst wakes everybody once.
  static constexpr std::chrono::milliseconds kGather{50};

  Events(Services& services, Accounts& accounts) : services_(services), accounts_(accounts) {}
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  /// Waits for news until cancelled; runs as long as the server.
  [[nodiscard]] http::Task<void> watch();
  /// The answer that streams. `arguments`: after, space.
  [[nodiscard]] http::Task<http::Response> open(std::shared_ptr<Visit> visit, boost::json::object arguments);
  /// Ends all of them, and every later one at once.
  void close();
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

 private:
  class Feed;
  friend class Feed;

  Services& services_;
  Accounts& accounts_;
  runtime::Condition news_;
  std::string last_;  ///< where the change stream stood when streams were woken
  std::map<proto::UserId, std::list<Feed*>> feeds_;
  std::uint64_t turn_ =
      0;  ///< how often streams were woken: what happened while one was writing is not missed
  std::size_t count_ = 0;
  bool closed_ = false;
};

}  // namespace comity::web
