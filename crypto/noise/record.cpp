// SPDX-License-Identifier: EUPL-1.2
#include "crypto/noise/record.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include <fmt/format.h>

namespace comity::crypto::noise {
namespace {

using proto::Code;
using proto::Error;

constexpr std::uint8_t kFlagFin = 1;
constexpr std::uint8_t kFlagClose = 2;
constexpr std::size_t kHeadBytes = kRecordBodyOffset - kRecordLengthBytes;

// Both ends count alike, because the stream neither loses nor reorders.
proto::Status step_key(CipherState& cipher) {
  if (cipher.next_nonce() % kRecordsPerKey != 0) return {};
  return cipher.rekey();
}

// One large memcpy becomes "rep movsb", which some processors run at a fifth of its speed for a target that
// lies a few bytes off its source within the page, as it does here.
void copy_in_pieces(ByteView from, std::span<std::byte> to) {
  constexpr std::size_t kPiece = 1024;
  const std::less<const std::byte*> before;
  if (before(from.data(), to.data() + to.size()) && before(to.data(), from.data() + from.size())) {
    std::memmove(to.data(), from.data(), from.size());
    return;
  }
  for (std::size_t at = 0; at < from.size(); at += kPiece) {
    std::memcpy(to.data() + at, from.data() + at, std::min(kPiece, from.size() - at));
  }
}

proto::Result<Record> parse(ByteView plain) {
  const auto flags = std::to_integer<std::uint8_t>(plain[0]);
  const auto lane = std::to_integer<std::uint8_t>(plain[1]);
  const auto padding = proto::from_be<std::uint16_t>(plain.subspan(2, 2));
  if ((flags & ~(kFlagFin | kFlagClose)) != 0) return Error{Code::kBadRecord, "unknown flags"};
  if (lane > static_cast<std::uint8_t>(Lane::kBackfill)) return Error{Code::kBadRecord, "unknown lane"};
  const ByteView rest = plain.subspan(kHeadBytes);
  if (padding > rest.size()) return Error{Code::kBadRecord, "more padding than record"};
  // A sealer never pads by a whole step: one body has one frame.
  if (padding >= kRecordPadTo) return Error{Code::kBadRecord, "more padding than a frame needs"};
  const ByteView zeros = rest.last(padding);
  if (std::ranges::any_of(zeros, [](std::byte b) { return b != std::byte{0}; })) {
    return Error{Code::kBadRecord, "padding that is not zero"};
  }
  return Record{{static_cast<Lane>(lane), (flags & kFlagFin) != 0, (flags & kFlagClose) != 0},
                rest.first(rest.size() - padding)};
}

proto::Result<std::size_t> seal_with(CipherState& cipher, const RecordHead& head, ByteView body,
                                     std::span<std::byte> out) {
  const std::size_t size = record_bytes(body.size());
  if (body.size() > kMaxRecordBody || out.size() < size) {
    return Error{Code::kWrongSize, fmt::format("a record body of {} bytes into {}", body.size(), out.size())};
  }
  const std::span<std::byte> place = out.subspan(kRecordBodyOffset, body.size());
  if (body.data() != place.data()) copy_in_pieces(body, place);

  const std::span<std::byte> plain =
      out.subspan(kRecordLengthBytes, size - kRecordLengthBytes - kAeadTagBytes);
  const std::size_t padding = plain.size() - kHeadBytes - body.size();
  std::ranges::copy(proto::to_be(static_cast<std::uint16_t>(size - kRecordLengthBytes)), out.begin());
  plain[0] = static_cast<std::byte>((head.fin ? kFlagFin : 0) | (head.close ? kFlagClose : 0));
  plain[1] = static_cast<std::byte>(head.lane);
  std::ranges::copy(proto::to_be(static_cast<std::uint16_t>(padding)), plain.subspan(2).begin());
  std::ranges::fill(plain.last(padding), std::byte{0});

  COMITY_CHECK(cipher.encrypt({}, plain, out.subspan(kRecordLengthBytes, size - kRecordLengthBytes)));
  COMITY_CHECK(step_key(cipher));
  return size;
}

proto::Result<Record> open_with(CipherState& cipher, std::span<std::byte> frame) {
  COMITY_TRY(const std::optional<std::size_t> announced, announced_record_bytes(frame));
  if (announced != frame.size()) return Error{Code::kBadRecord, "a frame of another size than it says"};
  const std::span<std::byte> sealed = frame.subspan(kRecordLengthBytes);
  const std::span<std::byte> plain = sealed.first(sealed.size() - kAeadTagBytes);
  COMITY_CHECK(cipher.decrypt({}, sealed, plain));
  COMITY_CHECK(step_key(cipher));
  return parse(plain);
}

}  // namespace

proto::Result<std::optional<std::size_t>> announced_record_bytes(ByteView start) {
  if (start.size() < kRecordLengthBytes) return std::optional<std::size_t>();
  const std::size_t size = kRecordLengthBytes + proto::from_be<std::uint16_t>(start);
  if (size > proto::bounds::kFrameBytes || size % kRecordPadTo != 0) {
    return Error{Code::kBadRecord, fmt::format("a frame of {} bytes", size)};
  }
  return std::optional(size);
}

proto::Result<std::size_t> RecordSealer::seal(const RecordHead& head, ByteView body,
                                              std::span<std::byte> out) {
  if (!cipher_) return Error{Code::kNoiseDead, {}};
  proto::Result<std::size_t> size = seal_with(*cipher_, head, body, out);
  if (!size.ok() || head.close) cipher_.reset();
  return size;
}

proto::Result<Record> RecordOpener::open(std::span<std::byte> frame) {
  if (!cipher_) return Error{Code::kNoiseDead, {}};
  proto::Result<Record> record = open_with(*cipher_, frame);
  if (!record.ok() || record.value().head.close) cipher_.reset();
  return record;
}

}  // namespace comity::crypto::noise
