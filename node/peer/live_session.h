// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <array>
#include <chrono>
#include <functional>

#include "node/peer/channel.h"
#include "node/peer/handshake.h"
#include "node/peer/rate.h"
#include "node/peer/session.h"
#include "node/runtime/moment.h"

namespace comity::peer {

/// Times and bounds of a session. The caps bound what a peer costs that does not read: their sum, and
/// Channel::kOutputBytes.
namespace limits {
inline constexpr std::chrono::seconds kHelloTime{10};     ///< from the handshake to the other side's Hello
inline constexpr std::chrono::seconds kPingAfter{25};     ///< of silence; below the usual 30 s of NAT boxes
inline constexpr std::chrono::seconds kDeadAfter{75};     ///< three pings without a genuine record
inline constexpr std::chrono::seconds kStalledAfter{75};  ///< the stream took no byte of what waits for it
inline constexpr std::chrono::seconds kFlushTime{3};      ///< for a Bye and what goes before it
inline constexpr std::chrono::hours kRenewAfter{24};      ///< then a new handshake is due
inline constexpr std::uint64_t kRenewBytes = std::uint64_t{1} << 40U;  ///< in either direction, likewise
inline constexpr std::array<std::size_t, kLanes> kLaneBytes{
    proto::bounds::kMiB, 2 * proto::bounds::kMiB, 2 * proto::bounds::kMiB};  ///< queued on each lane
/// Of one message in a pairing, on the control lane, which is the only one there: the 512 KiB of key
/// documents that are taken from somebody whom nobody has verified, and what is around them.
inline constexpr std::size_t kPairingMessageBytes = 516 * proto::bounds::kKiB;
// What is no EntryBatch has no credits: it is read at this pace. Reading stops when it is exceeded, so that
// the sender is slowed down by its own socket.
inline constexpr std::chrono::microseconds kPerMessage{50};
inline constexpr std::chrono::seconds kMessageBurst{2};  ///< 40,000 messages
inline constexpr std::chrono::nanoseconds kPerByte{500};
inline constexpr std::chrono::seconds kByteBurst{4};  ///< 8 MB
}  // namespace limits

/// The state machine above the messages of a session: bytes and time in; bytes, a deadline and calls of the
/// handler out. The order of messages, credits both ways, signs of life, Bye. It never reads a clock and
/// never waits; run_session() (connection.h) drives it. Owner thread only.
///
/// A session lives at most 24 hours: then it says Bye with REASON_REPLACED and the text "a new handshake is
/// due", and the side that dialled dials again.
class LiveSession final : public Session {
 public:
  /// `hello` is ours; its credits are what the other side may send at first. `wake` is called when there may
  /// be something new to write or the deadline came nearer. `handler` outlives the session.
  LiveSession(Established established, const v1::Hello& hello, SessionHandler& handler, runtime::Mono now,
              std::function<void()> wake);

  [[nodiscard]] const Contact& contact() const override { return contact_; }
  [[nodiscard]] const v1::Hello& remote_hello() const override { return remote_hello_; }
  [[nodiscard]] Status send(v1::Lane lane, const v1::Wire& message) override;
  [[nodiscard]] std::size_t backlog(v1::Lane lane) const override;
  [[nodiscard]] Room credit(v1::Lane lane) const override;
  void grant(v1::Lane lane, std::uint32_t entries, std::uint64_t bytes) override;
  void bye(const v1::Bye& why) override;

  /// Where the stream may put bytes; never empty.
  [[nodiscard]] std::span<std::byte> input_room() { return channel_.input_room(); }
  /// It put `count` bytes there.
  void received(std::size_t count, runtime::Mono now);
  /// When reading may go on: in the past unless the other side sends too many messages.
  [[nodiscard]] runtime::Mono read_from() const noexcept;
  /// The stream gave or took its last byte, for this reason.
  void lost(const Error& error);

  /// Bytes to write now, the same until taken(); empty when there are none.
  [[nodiscard]] ByteView output(runtime::Mono now);
  void taken(std::size_t count, runtime::Mono now);
  /// Whether our Bye has left: the write side of the stream is to be finished, then its end awaited.
  [[nodiscard]] bool said_bye() const noexcept { return channel_.closed_and_sent(); }

  /// When tick() is to be called next.
  [[nodiscard]] runtime::Mono deadline() const noexcept;
  void tick(runtime::Mono now);

  /// Nothing is to be read or written any more; finish() is due.
  [[nodiscard]] bool over() const noexcept { return state_ == State::kOver; }
  /// Ends it if it is not over, with kCancelled, and calls the handler's closed(): to be called once.
  void finish();
  /// As given to closed(); valid when over.
  [[nodiscard]] const Error& why() const noexcept { return why_; }
  [[nodiscard]] const std::optional<v1::Bye>& theirs() const noexcept { return theirs_; }
  /// Whether the other side's Hello came and was good.
  [[nodiscard]] bool opened() const noexcept { return opened_; }

 private:
  enum class State : std::uint8_t {
    kGreeting,  ///< the other side's Hello is awaited
    kOpen,
    kClosing,  ///< our Bye is queued or sent, what comes in is not looked at
    kOver,
  };
  struct Flow {
    Room theirs;          ///< what they may still send
    Room ours;            ///< what we may still send
    Room to_grant;        ///< granted, not yet told
    bool waited = false;  ///< a send was refused or the queue was not empty: room() is owed
    bool refused = false;
  };

  void deliver(Lane lane, ByteView bytes, runtime::Mono now);
  [[nodiscard]] Status take_hello(const v1::Wire& wire);
  [[nodiscard]] Status take_own(Lane lane, const v1::Wire& wire);
  [[nodiscard]] Status take_credit(const v1::Credit& credit);
  [[nodiscard]] Status take_batch(Lane lane, const v1::EntryBatch& batch, std::size_t bytes);
  void queue_own();
  void push(const v1::Wire& wire);
  void queue(Lane lane, Bytes message);
  void violated(const Error& error, ByteView message);
  void close_for(const Error& error, const v1::Bye& bye, bool drain);
  void renew(runtime::Mono now);
  void end(const Error& error);
  void notice_room();

  Channel channel_;
  Contact contact_;
  SessionHandler& handler_;
  std::function<void()> wake_;
  v1::Hello remote_hello_;
  State state_ = State::kGreeting;
  bool opened_ = false;
  std::array<Flow, kLanes> flows_;
  Error why_;
  std::optional<v1::Bye> theirs_;

  Rate messages_{limits::kPerMessage, limits::kMessageBurst};
  Rate message_bytes_{limits::kPerByte, limits::kByteBurst};
  runtime::Mono started_;
  runtime::Mono heard_;
  runtime::Mono pinged_;
  runtime::Mono waiting_since_ = runtime::kNever;  // bytes wait for the stream
  runtime::Mono flush_by_ = runtime::kNever;
  std::uint64_t last_ping_ = 0;
  std::uint64_t last_pong_ = 0;
  bool ping_due_ = false;
  std::optional<std::uint64_t> pong_due_;
};

}  // namespace comity::peer
