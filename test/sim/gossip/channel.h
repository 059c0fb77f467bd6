// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>

#include "crypto/noise/handshake.h"
#include "crypto/noise/record.h"
#include "node/runtime/net.h"
#include "test/sim/gossip/roster.h"

namespace comity::sim::gossip {

/// A stream under Noise: whole parcels go in and come out, or an error does. One reader and one writer.
class Channel {
 public:
  Channel(std::unique_ptr<runtime::Stream> stream, crypto::noise::Session session, std::size_t peer);

  /// The authenticated member at the other end.
  [[nodiscard]] std::size_t peer() const noexcept { return peer_; }
  [[nodiscard]] runtime::Task<runtime::Status> send(proto::Bytes parcel);
  [[nodiscard]] runtime::Task<runtime::Result<proto::Bytes>> receive();

 private:
  std::unique_ptr<runtime::Stream> stream_;
  crypto::noise::RecordSealer sealer_;
  crypto::noise::RecordOpener opener_;
  std::size_t peer_;
};

/// The XKpsk3 handshake as the one who dialled `peer`. Errors of the stream, of Noise, kWrongSize.
[[nodiscard]] runtime::Task<runtime::Result<std::unique_ptr<Channel>>> greet(
    std::unique_ptr<runtime::Stream> stream, const Roster* roster, std::size_t self, std::size_t peer,
    crypto::Random* random);

/// The same as the one who was dialled; a stranger gets kNoPsk inside and silence outside.
[[nodiscard]] runtime::Task<runtime::Result<std::unique_ptr<Channel>>> answer(
    std::unique_ptr<runtime::Stream> stream, const Roster* roster, std::size_t self, crypto::Random* random);

}  // namespace comity::sim::gossip
