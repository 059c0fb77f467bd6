// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <optional>

#include "crypto/noise/handshake.h"
#include "crypto/noise/record.h"
#include "node/peer/contact.h"

namespace comity::peer {

using crypto::noise::Lane;
inline constexpr std::size_t kLanes = 3;
[[nodiscard]] constexpr std::size_t index(Lane lane) noexcept {
  return static_cast<std::size_t>(lane);
}

/// Messages to be sent on three lanes, and whose turn it is: smooth weighted round-robin, as nginx chooses
/// among its upstreams. A lane with something to send never waits for more than a few records of the others.
class LaneQueues {
 public:
  /// Records per round while all lanes are full.
  static constexpr std::array<int, kLanes> kWeights{8, 4, 1};

  struct Piece {
    Lane lane;
    ByteView body;      ///< valid until the next call
    bool last = false;  ///< it ends its message
  };

  void push(Lane lane, Bytes message);
  /// Bytes waiting on the lane.
  [[nodiscard]] std::size_t bytes(Lane lane) const noexcept { return lanes_.at(index(lane)).bytes; }
  [[nodiscard]] bool empty() const noexcept;
  /// Whose turn it is, and the next piece of its first message, of at most `most` bytes. Precondition: not
  /// empty. Valid until next().
  [[nodiscard]] Piece front(std::size_t most);
  /// Takes that piece away.
  void pop(const Piece& piece);
  /// Forgets all messages but one of the control lane that has begun: what follows it there could not be
  /// told apart from its rest.
  void drop_unsent();

 private:
  struct Queue {
    std::deque<Bytes> messages;
    std::size_t sent = 0;  // of the first message
    std::size_t bytes = 0;
    int turn = 0;
  };
  std::array<Queue, kLanes> lanes_;
  std::optional<Lane> chosen_;
};

/// The stream of a session after the handshake, without input or output: whole messages of three lanes on one
/// side, records on the other. Holds at most one message of bounds::kMessageBytes, or limit(), per lane that
/// comes in, whatever the other side says; what goes out is bounded by the caller. After an error of next()
/// or output() that direction is dead. One object belongs to one thread.
class Channel {
 public:
  /// Room for records that came in: one whole record always fits.
  static constexpr std::size_t kInputBytes = 2 * proto::bounds::kFrameBytes;
  /// Sealed and not yet taken by the stream, at most.
  static constexpr std::size_t kOutputBytes = 2 * proto::bounds::kFrameBytes;

  explicit Channel(crypto::noise::Session keys);

  /// The most bytes that a message which comes in may have, on each lane; 0: the session does not have that
  /// lane. bounds::kMessageBytes on all of them before.
  void limit(const std::array<std::size_t, kLanes>& most) noexcept { most_ = most; }

  /// Queues a message; nothing may follow close_with().
  void push(Lane lane, Bytes message);
  /// `last` is the last message, on the control lane, and carries the close flag. With `drain` all that is
  /// queued goes before it, else only what has begun on the control lane.
  void close_with(Bytes last, bool drain);
  /// Bytes queued on the lane and not yet sealed into a record.
  [[nodiscard]] std::size_t backlog(Lane lane) const noexcept { return queues_.bytes(lane); }
  /// Bytes to write to the stream now, the same until taken(); empty when there are none. Errors of
  /// RecordSealer.
  [[nodiscard]] Result<ByteView> output();
  /// The stream took the first `count` bytes of output().
  void taken(std::size_t count);
  /// Whether the message of close_with() has left as a whole.
  [[nodiscard]] bool closed_and_sent() const noexcept { return close_sealed_ && taken_ == output_.size(); }
  /// Sealed and not yet taken.
  [[nodiscard]] std::size_t unsent() const noexcept { return output_.size() - taken_; }
  [[nodiscard]] std::uint64_t bytes_out() const noexcept { return bytes_out_; }

  struct Message {
    Lane lane;
    ByteView bytes;        ///< valid until the next call
    bool closing = false;  ///< nothing follows it
  };

  /// Where the stream may put bytes; never empty.
  [[nodiscard]] std::span<std::byte> input_room();
  /// It put `count` bytes there.
  void received(std::size_t count);
  /// The next whole message; nothing when more bytes are needed. Errors: kMessageTooLong, kBadRecord,
  /// kSessionOrder for a lane that limit() closes, those of RecordOpener.
  [[nodiscard]] Result<std::optional<Message>> next();
  /// Forgets what came in and is not looked at any more.
  void drop_input() noexcept { begin_ = end_ = 0; }
  /// Genuine records so far: signs of life.
  [[nodiscard]] std::uint64_t records_in() const noexcept { return records_in_; }
  [[nodiscard]] std::uint64_t bytes_in() const noexcept { return bytes_in_; }

 private:
  [[nodiscard]] Status seal_next();
  [[nodiscard]] Result<std::optional<Message>> assemble(const crypto::noise::Record& record);

  crypto::noise::RecordSealer sealer_;
  crypto::noise::RecordOpener opener_;

  LaneQueues queues_;
  std::optional<Bytes> last_;
  bool close_sealed_ = false;
  Bytes output_;
  std::size_t taken_ = 0;
  std::uint64_t bytes_out_ = 0;

  std::unique_ptr<std::byte[]> input_;  // untouched pages of it cost nothing
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::array<Bytes, kLanes> parts_;
  std::array<std::size_t, kLanes> most_{proto::bounds::kMessageBytes, proto::bounds::kMessageBytes,
                                        proto::bounds::kMessageBytes};
  Bytes whole_;
  std::uint64_t records_in_ = 0;
  std::uint64_t bytes_in_ = 0;
};

}  // namespace comity::peer
