// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>
#include <span>
#include <utility>

#include "crypto/noise/cipher_state.h"
#include "crypto/reset_on_move.h"
#include "proto/bounds.h"

namespace comity::crypto::noise {

/// Which queue of the session a record belongs to. A lane holds at most one unfinished message.
enum class Lane : std::uint8_t { kControl = 0, kLive = 1, kBackfill = 2 };

/// What a record says about its body.
struct RecordHead {
  Lane lane = Lane::kControl;
  bool fin = false;    ///< the body ends a message of its lane
  bool close = false;  ///< nothing follows in this direction; a stream that ends without it was cut

  friend bool operator==(const RecordHead&, const RecordHead&) = default;
};

// A record on the wire: u16 length of what follows ‖ sealed( flags ‖ lane ‖ u16 padding length ‖ body ‖ zeros
// ).
inline constexpr std::size_t kRecordLengthBytes = 2;
inline constexpr std::size_t kRecordBodyOffset =
    kRecordLengthBytes + 4;                       ///< where the body starts in the frame
inline constexpr std::size_t kRecordPadTo = 256;  ///< frames are multiples of this, so that sizes tell little
inline constexpr std::size_t kMaxRecordBody = proto::bounds::kFrameBytes - kRecordBodyOffset - kAeadTagBytes;
inline constexpr std::uint64_t kRecordsPerKey = 65'536;  ///< then the direction's key takes a step

/// Bytes of the frame that carries `body` bytes; a multiple of 256 up to 64 KiB.
[[nodiscard]] constexpr std::size_t record_bytes(std::size_t body) noexcept {
  return (body + kRecordBodyOffset + kAeadTagBytes + kRecordPadTo - 1) / kRecordPadTo * kRecordPadTo;
}

/// The frame size that the first bytes of a stream announce; nothing while fewer than two are there. Errors:
/// kBadRecord for a size that no record has. Unauthenticated: only open() says whether the frame is genuine.
[[nodiscard]] proto::Result<std::optional<std::size_t>> announced_record_bytes(ByteView start);

/// Seals the records of one direction. After an error, and after a record with `close`, it is dead: the key
/// is wiped and every later call returns kNoiseDead. One object belongs to one thread at a time.
class RecordSealer {
 public:
  explicit RecordSealer(CipherState cipher) noexcept : cipher_(std::in_place, std::move(cipher)) {}

  /// Writes one record into the start of `out`, which has at least record_bytes(body.size()) bytes, and
  /// returns its size. The body may lie in `out`, and at out + kRecordBodyOffset it need not be copied.
  /// Errors: kWrongSize for a body over kMaxRecordBody or a short `out`, kNonceExhausted, kNoiseDead.
  [[nodiscard]] proto::Result<std::size_t> seal(const RecordHead& head, ByteView body,
                                                std::span<std::byte> out);

 private:
  ResetOnMove<CipherState> cipher_;  // empty when dead
};

/// An opened record; the body lies inside the frame that was given.
struct Record {
  RecordHead head;
  ByteView body;
};

/// Opens the records of one direction, in order. After an error, and after a record with `close`, it is dead:
/// nothing follows one. One object belongs to one thread
/// at a time.
class RecordOpener {
 public:
  explicit RecordOpener(CipherState cipher) noexcept : cipher_(std::in_place, std::move(cipher)) {}

  /// Decrypts one whole frame in place. Errors: kAuthentication for any changed, lost, repeated or reordered
  /// frame; kBadRecord for flags, lanes or padding that no sealer makes; kNonceExhausted, kNoiseDead.
  [[nodiscard]] proto::Result<Record> open(std::span<std::byte> frame);

 private:
  ResetOnMove<CipherState> cipher_;  // empty when dead
};

}  // namespace comity::crypto::noise
