// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "node/peer/connection.h"
#include "node/runtime/nursery.h"

namespace comity::peer {

/// Which addresses count as one: an IPv6 host owns its whole /64, anything else is itself. Any thread.
[[nodiscard]] std::string address_key(const runtime::Endpoint& endpoint);

/// Where other nodes come in. Strangers get silence and cost a bounded amount: so many half-open connections
/// in all and per address, each for bounds::kPreAuthTime, in which at most Inbox is buffered. At a cap the
/// oldest one that has not sent a genuine message 1 makes room; where there is none, the newcomer is closed.
/// Callers that prove themselves become sessions. Owner thread; close() before destruction.
class Door {
 public:
  struct Limits {
    std::size_t half_open = proto::bounds::kHalfOpenTotal;
    std::size_t half_open_per_address = proto::bounds::kHalfOpenPerAddress;
    std::size_t sessions = 1024;       ///< live at once
    std::size_t sessions_per_key = 4;  ///< of one transport key: old ones may not have noticed their end yet
    /// Pairings among them: whoever holds an invitation makes as many keys as he likes, and 16 unfinished
    /// messages of kPairingMessageBytes are 8 MiB. All other seats are for keys that are pinned.
    std::size_t pairings = 16;
    std::size_t pairings_per_invite = 4;  ///< as many callers as may wait for their words
  };
  /// For metrics; since the start.
  struct Counts {
    std::uint64_t accepted = 0;
    std::uint64_t turned_away = 0;  ///< at a cap
    std::uint64_t evicted = 0;      ///< silent ones that made room
    std::uint64_t late = 0;         ///< no handshake within its time
    std::uint64_t strangers = 0;    ///< a bad preamble, message 1 or invitation, or no key for them
    std::uint64_t broken = 0;       ///< any other end within the handshake
    std::uint64_t sessions = 0;     ///< handshakes that succeeded
  };

  /// Begins to accept. `failed` is told of what a session's task threw.
  Door(runtime::Executor executor, const Local& local, std::unique_ptr<runtime::Listener> listener,
       std::function<void(const std::string& what)> failed);
  Door(runtime::Executor executor, const Local& local, std::unique_ptr<runtime::Listener> listener,
       std::function<void(const std::string& what)> failed, Limits limits);
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;
  ~Door();

  [[nodiscard]] std::size_t half_open() const noexcept { return guests_.size(); }
  [[nodiscard]] std::size_t sessions() const noexcept { return sessions_; }
  [[nodiscard]] std::size_t pairings() const noexcept { return pairings_; }
  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }
  /// The address in use, with the real port.
  [[nodiscard]] const runtime::Endpoint& local() const noexcept { return listener_->local(); }

  /// Stops accepting, closes the half-open ones, lets sessions end by themselves for `grace` (say bye() to
  /// them before), cancels what is left, and returns when no task is left. Not for a second time.
  [[nodiscard]] Task<void> close(runtime::Duration grace);

 private:
  class Guest;
  class Seat;

  [[nodiscard]] Task<void> accept_loop();
  [[nodiscard]] static Task<void> one(Door* door, std::unique_ptr<runtime::Stream> stream,
                                      std::unique_ptr<Guest> guest);
  /// Whether one more may come from `address`, after an eviction if need be.
  [[nodiscard]] bool make_room(const std::string& address);
  /// Closes the oldest silent guest, of `address` when there is one; whether there was one.
  bool evict(const std::string* address);
  void count_failure(Code code);
  [[nodiscard]] bool has_seat(const Contact& contact) const;

  const Local& local_;
  std::unique_ptr<runtime::Listener> listener_;
  Limits limits_;
  Counts counts_;
  bool closing_ = false;
  std::list<Guest*> guests_;  // oldest first
  std::map<std::string, std::size_t> per_address_;
  std::size_t sessions_ = 0;
  std::map<crypto::X25519PublicKey, std::size_t> per_key_;
  std::size_t pairings_ = 0;
  std::map<proto::InviteId, std::size_t> per_invite_;
  runtime::Nursery nursery_;
};

}  // namespace comity::peer
