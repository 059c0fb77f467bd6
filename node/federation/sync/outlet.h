// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>
#include <cstdint>

#include "comity/v1/session.pb.h"

#include "proto/result.h"

namespace comity::federation {

/// What the other side permits us to send, or the other way round: batches only, on one lane.
struct LaneRoom {
  std::uint32_t entries = 0;
  std::uint64_t bytes = 0;  ///< of messages
};

/// One live session, as far as sync needs it; peer::Session fits behind it. Owner thread. It outlives the
/// link: Sync::closed() is called before it goes. None of these functions calls Sync back before it returns.
class Outlet {
 public:
  Outlet() = default;
  Outlet(const Outlet&) = delete;
  Outlet& operator=(const Outlet&) = delete;
  virtual ~Outlet() = default;

  /// Queues a message. Errors: kSessionBacklog when the lane is full, kSessionEnded.
  [[nodiscard]] virtual proto::Status send(v1::Lane lane, const v1::Wire& message) = 0;
  /// Bytes queued on the lane that the socket has not taken.
  [[nodiscard]] virtual std::size_t backlog(v1::Lane lane) const = 0;
  /// What may be sent now on the lane, after what is queued.
  [[nodiscard]] virtual LaneRoom credit(v1::Lane lane) const = 0;
  /// Permits the other side that much more.
  virtual void grant(v1::Lane lane, std::uint32_t entries, std::uint64_t bytes) = 0;
  /// Says why, and ends the session. Sync says nothing more on it.
  virtual void bye(const v1::Bye& why) = 0;
};

}  // namespace comity::federation
