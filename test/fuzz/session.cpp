// SPDX-License-Identifier: EUPL-1.2
// What an authenticated peer can send: each piece is one record's lane and flags, then its body, sealed here,
// because a fuzzer cannot seal. The session never throws, ends at the first broken rule, and what it holds
// and says stays bounded.
#include "comity/v1/session.pb.h"

#include "test/fuzz/pieces.h"
#include "test/fuzz/target.h"
#include "test/unit/peer/sides.h"

namespace {

using namespace comity;
using fuzz::require;
using proto::Bytes;
using proto::ByteView;

/// Answers every call as a federation would, and checks what it is told.
class Checking final : public peer::SessionHandler {
 public:
  void opened(peer::Session& session) override {
    require(++opens_ == 1, "a session opens once");
    require(session.remote_hello().agency().size() == 32, "with a whole Hello");
  }
  void message(peer::Session& session, v1::Lane lane, v1::Wire&& wire, std::size_t bytes) override {
    require(opens_ == 1, "no message comes before Hello");
    require(bytes <= proto::bounds::kMessageBytes, "a message is bounded");
    require(wire.m_case() != v1::Wire::M_NOT_SET && !wire.has_hello() && !wire.has_credit() &&
                !wire.has_ping() && !wire.has_pong() && !wire.has_bye(),
            "the session's own messages stay inside");
    if (wire.has_batch()) {
      require(lane != v1::LANE_CONTROL, "no batch on the control lane");
      entries_ += static_cast<std::uint64_t>(wire.batch().entry_size());
      bytes_ += bytes;
      require(entries_ <= 2 * kEntries && bytes_ <= 2 * kBytes, "no more than was permitted");
    }
    (void)session.send(lane, wire);
  }
  void room(peer::Session& session, v1::Lane lane) override { (void)session.credit(lane); }
  void closed(peer::Session& /*session*/, const proto::Error& /*why*/,
              const std::optional<v1::Bye>& /*theirs*/) override {
    require(++closes_ == 1, "a session closes once");
  }
  static constexpr std::uint32_t kEntries = 8;
  static constexpr std::uint64_t kBytes = 8192;

 private:
  int opens_ = 0;
  int closes_ = 0;
  std::uint64_t entries_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  peer::Sides sides;
  peer::Keys keys(sides);
  crypto::noise::RecordSealer sealer(std::move(keys.a->keys.send));
  Checking handler;
  const runtime::Mono now{};
  peer::LiveSession session(*std::move(keys.b),
                            peer::hello_of(sides.b_claim, Checking::kEntries, Checking::kBytes), handler, now,
                            [] {});
  for (const ByteView piece : fuzz::pieces_of(fuzz::view(data, size))) {
    if (piece.empty() || piece.size() - 1 > crypto::noise::kMaxRecordBody) continue;
    const auto control = std::to_integer<unsigned>(piece[0]);
    const crypto::noise::RecordHead head{static_cast<crypto::noise::Lane>(control % 3), (control & 4U) == 0,
                                         (control & 8U) != 0};
    Bytes frame(crypto::noise::record_bytes(piece.size() - 1));
    if (!sealer.seal(head, piece.subspan(1), frame).ok()) break;
    const std::span<std::byte> room = session.input_room();
    require(room.size() >= frame.size(), "a whole record always fits");
    std::copy(frame.begin(), frame.end(), room.begin());
    session.received(frame.size(), now);
    const ByteView out = session.output(now);
    require(out.size() <= peer::Channel::kOutputBytes, "what waits for the stream is bounded");
    // Every other piece meets a stream that takes nothing.
    if ((control & 16U) == 0) session.taken(out.size(), now);
    if (session.over()) break;
  }
  session.lost(proto::Error{proto::Code::kEndOfStream, {}});
  session.finish();
  return 0;
}
