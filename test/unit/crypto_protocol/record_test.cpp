// SPDX-License-Identifier: EUPL-1.2
#include "crypto/noise/record.h"

#include <doctest/doctest.h>

#include "test/unit/seeded.h"

namespace comity::crypto::noise {
namespace {

using proto::as_bytes;
using proto::Bytes;
using proto::Code;
using test::SeededRandom;

CipherState cipher(std::uint64_t next = 0) {
  return CipherState(Key32(), next);
}

Bytes sealed(RecordSealer& sealer, ByteView body, RecordHead head = {}) {
  Bytes frame(record_bytes(body.size()));
  REQUIRE(sealer.seal(head, body, frame).value() == frame.size());
  return frame;
}

// A frame whose plaintext no RecordSealer would make.
Bytes odd_frame(ByteView plain) {
  Bytes frame(kRecordLengthBytes + plain.size() + kAeadTagBytes);
  std::ranges::copy(proto::to_be(static_cast<std::uint16_t>(frame.size() - kRecordLengthBytes)),
                    frame.begin());
  CipherState raw = cipher();
  REQUIRE(raw.encrypt({}, plain, std::span(frame).subspan(kRecordLengthBytes)).ok());
  return frame;
}

Code refusal(Bytes frame) {
  RecordOpener opener(cipher());
  const Code code = opener.open(frame).error().code;
  CHECK(opener.open(frame).error().code == Code::kNoiseDead);
  return code;
}

}  // namespace

TEST_CASE("records of every size class come back, in frames of 256 bytes up to 64 KiB") {
  RecordSealer sealer(cipher());
  RecordOpener opener(cipher());
  Bytes content(kMaxRecordBody);
  SeededRandom(1).fill(content);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{233}, std::size_t{234},
                                 std::size_t{235}, std::size_t{5000}, kMaxRecordBody}) {
    CAPTURE(size);
    const ByteView body = ByteView(content).first(size);
    const RecordHead head{size % 2 == 0 ? Lane::kLive : Lane::kBackfill, size > 1, size == kMaxRecordBody};
    Bytes frame = sealed(sealer, body, head);
    CHECK(frame.size() % kRecordPadTo == 0);
    CHECK(frame.size() <= proto::bounds::kFrameBytes);
    CHECK(announced_record_bytes(frame).value() == frame.size());
    const Record record = opener.open(frame).value();
    CHECK(record.head == head);
    CHECK(proto::equal(record.body, body));
  }
  CHECK(record_bytes(234) == 256);
  CHECK(record_bytes(235) == 512);
  CHECK(record_bytes(kMaxRecordBody) == proto::bounds::kFrameBytes);
}

TEST_CASE("a body that stands in its place already is sealed without a copy") {
  RecordSealer in_place(cipher());
  RecordSealer copying(cipher());
  Bytes frame(record_bytes(5));
  std::ranges::copy(as_bytes("there"), frame.begin() + kRecordBodyOffset);
  REQUIRE(in_place.seal({}, ByteView(frame).subspan(kRecordBodyOffset, 5), frame).ok());
  CHECK(frame == sealed(copying, as_bytes("there")));
}

TEST_CASE("a stream announces only frames that a record can have") {
  CHECK_FALSE(announced_record_bytes({}).value().has_value());
  CHECK_FALSE(announced_record_bytes(Bytes(1)).value().has_value());
  unsigned accepted = 0;
  for (unsigned size = 0; size <= 0xffff; ++size) {
    const auto announced = announced_record_bytes(proto::to_be(static_cast<std::uint16_t>(size)));
    if (announced.ok()) {
      ++accepted;
      REQUIRE(announced.value() == size + kRecordLengthBytes);
    } else {
      REQUIRE(announced.error().code == Code::kBadRecord);
    }
  }
  CHECK(accepted == 256);
}

TEST_CASE("both ends step the key after 65,536 records") {
  RecordSealer sealer(cipher(kRecordsPerKey - 1));
  RecordOpener opener(cipher(kRecordsPerKey - 1));
  CipherState unchanged(Key32(), kRecordsPerKey);
  Bytes last = sealed(sealer, as_bytes("last of the old key"));
  Bytes first = sealed(sealer, as_bytes("first of the new key"));
  Bytes plain(first.size() - kRecordLengthBytes - kAeadTagBytes);
  CHECK(unchanged.decrypt({}, ByteView(first).subspan(kRecordLengthBytes), plain).error().code ==
        Code::kAuthentication);
  CHECK(opener.open(last).ok());
  CHECK(proto::as_text(opener.open(first).value().body) == "first of the new key");
}

TEST_CASE("two whole key periods pass record by record") {
  RecordSealer sealer(cipher());
  RecordOpener opener(cipher());
  Bytes frame(record_bytes(8));
  for (std::uint64_t i = 0; i < 2 * kRecordsPerKey + 2; ++i) {
    REQUIRE(sealer.seal({}, proto::to_be(i), frame).ok());
    REQUIRE(proto::from_be<std::uint64_t>(opener.open(frame).value().body) == i);
  }
}

TEST_CASE("each bit flip, truncation, repeat and reordering of a frame is refused") {
  RecordSealer sealer(cipher());
  const Bytes first = sealed(sealer, as_bytes("first"));
  const Bytes second = sealed(sealer, as_bytes("second"));
  for (std::size_t bit = 0; bit < first.size() * 8; ++bit) {
    Bytes frame = first;
    frame[bit / 8] ^= std::byte{1} << (bit % 8);
    REQUIRE(refusal(frame) == (bit < 16 ? Code::kBadRecord : Code::kAuthentication));
  }
  for (std::size_t size = 0; size < first.size(); ++size)
    REQUIRE(refusal(Bytes(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(size))) ==
            Code::kBadRecord);
  CHECK(refusal(second) == Code::kAuthentication);
  RecordOpener opener(cipher());
  Bytes once = first;
  Bytes twice = first;
  CHECK(opener.open(once).ok());
  CHECK(opener.open(twice).error().code == Code::kAuthentication);
}

TEST_CASE("well sealed nonsense is refused") {
  constexpr std::size_t kPlain = 256 - kRecordLengthBytes - kAeadTagBytes;
  Bytes plain(kPlain);
  RecordOpener opener(cipher());
  Bytes good = odd_frame(plain);
  CHECK(opener.open(good).ok());

  Bytes flags = plain;
  flags[0] = std::byte{4};
  CHECK(refusal(odd_frame(flags)) == Code::kBadRecord);
  Bytes lane = plain;
  lane[1] = std::byte{3};
  CHECK(refusal(odd_frame(lane)) == Code::kBadRecord);
  Bytes padding = plain;
  std::ranges::copy(proto::to_be(static_cast<std::uint16_t>(kPlain - 4)), padding.begin() + 2);
  Bytes all_padding = odd_frame(padding);
  RecordOpener other(cipher());
  CHECK(other.open(all_padding).value().body.empty());
  std::ranges::copy(proto::to_be(static_cast<std::uint16_t>(kPlain - 3)), padding.begin() + 2);
  CHECK(refusal(odd_frame(padding)) == Code::kBadRecord);
  Bytes filled = plain;
  filled[3] = std::byte{2};
  filled.back() = std::byte{1};
  CHECK(refusal(odd_frame(filled)) == Code::kBadRecord);
}

TEST_CASE("a sealer's own padding is the only one: less than a step") {
  Bytes plain(512 - kRecordLengthBytes - kAeadTagBytes);
  const auto padded_by = [&](std::uint16_t padding) {
    std::ranges::copy(proto::to_be(padding), plain.begin() + 2);
    return odd_frame(plain);
  };
  RecordOpener opener(cipher());
  Bytes most = padded_by(255);
  CHECK(opener.open(most).ok());
  CHECK(refusal(padded_by(256)) == Code::kBadRecord);
}

TEST_CASE("nothing follows a record that closes its direction") {
  RecordSealer sealer(cipher());
  RecordOpener opener(cipher());
  Bytes last = sealed(sealer, as_bytes("farewell"), {Lane::kControl, true, true});
  Bytes more(record_bytes(1));
  CHECK(sealer.seal({}, as_bytes("x"), more).error().code == Code::kNoiseDead);
  CHECK(proto::as_text(opener.open(last).value().body) == "farewell");
  // A peer that goes on all the same seals its next record under the next nonce.
  RecordSealer stubborn(cipher(1));
  Bytes next = sealed(stubborn, as_bytes("one more thing"));
  CHECK(opener.open(next).error().code == Code::kNoiseDead);
}

TEST_CASE("a body may overlap its place in the frame") {
  Bytes content(5000);
  SeededRandom(2).fill(content);
  RecordSealer apart(cipher());
  const Bytes expected = sealed(apart, content);
  for (const std::size_t at :
       {std::size_t{0}, kRecordBodyOffset - 3, kRecordBodyOffset + 3, std::size_t{100}}) {
    CAPTURE(at);
    Bytes frame(record_bytes(content.size()));
    std::ranges::copy(content, frame.begin() + static_cast<std::ptrdiff_t>(at));
    RecordSealer sealer(cipher());
    REQUIRE(sealer.seal({}, ByteView(frame).subspan(at, content.size()), frame).ok());
    CHECK(frame == expected);
  }
}

TEST_CASE("sealers and openers that were moved away are dead") {
  RecordSealer sealer(cipher());
  RecordOpener opener(cipher());
  RecordSealer next_sealer = std::move(sealer);
  RecordOpener next_opener = std::move(opener);
  Bytes frame = sealed(next_sealer, as_bytes("x"));
  CHECK(sealer.seal({}, as_bytes("x"), frame).error().code == Code::kNoiseDead);  // NOLINT
  CHECK(opener.open(frame).error().code == Code::kNoiseDead);                     // NOLINT
  CHECK(next_opener.open(frame).ok());
}

TEST_CASE("a body over the limit or a short buffer ends the sealer") {
  Bytes out(proto::bounds::kFrameBytes + 256);
  RecordSealer large(cipher());
  CHECK(large.seal({}, Bytes(kMaxRecordBody + 1), out).error().code == Code::kWrongSize);
  CHECK(large.seal({}, {}, out).error().code == Code::kNoiseDead);
  RecordSealer tight(cipher());
  CHECK(tight.seal({}, as_bytes("x"), std::span(out).first(255)).error().code == Code::kWrongSize);
}

}  // namespace comity::crypto::noise
