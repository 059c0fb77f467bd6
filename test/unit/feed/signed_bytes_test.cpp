// SPDX-License-Identifier: EUPL-1.2
// Row 2 of docs/threat-model.md: the signature covers exact bytes under one context; another spelling of the
// same header is no header, whoever signed it. Single flipped bits: verify_run_test.cpp.
#include <doctest/doctest.h>

#include "test/unit/feed/author.h"

namespace comity::feed {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

struct Signed {
  SeededRandom random{17};
  crypto::Ed25519KeyPair key = crypto::Ed25519KeyPair::generate(random);
  KnownSigners signers;
  Author author{random};
  std::vector<Made> entries = author.feed(2, 1);

  Signed() { signers.keys[author.signer()] = {.key = key.public_key()}; }

  void sign(Made& made, ByteView message) const { made.sig = proto::to_bytes(key.sign(message).view()); }
  [[nodiscard]] std::optional<Refusal> verify(ByteView header, ByteView message) const {
    auto changed = entries;
    changed[1].bytes = proto::to_bytes(header);
    for (Made& made : changed)
      sign(made, signed_bytes(made.bytes));
    sign(changed[1], message);
    return verify_runs(author.start(), wires(changed), signers).refusal;
  }
};

Bytes with(ByteView bytes, std::initializer_list<unsigned> more) {
  Bytes out = proto::to_bytes(bytes);
  for (const unsigned byte : more)
    out.push_back(static_cast<std::byte>(byte));
  return out;
}

}  // namespace

TEST_CASE("row 2: a header that says the same in other bytes is refused, under the author's signature too") {
  const Signed at;
  const Bytes& header = at.entries[1].bytes;
  REQUIRE_FALSE(at.verify(header, signed_bytes(header)));

  // Field 1 is the version: 08 01.
  REQUIRE(header[0] == std::byte{0x08});
  REQUIRE(header[1] == std::byte{1});
  const ByteView rest = ByteView(header).subspan(2);
  Bytes moved = proto::to_bytes(rest);
  proto::append(moved, ByteView(header).first(2));
  Bytes longer = with({}, {0x08, 0x81, 0x00});
  proto::append(longer, rest);
  Bytes twice = with({}, {0x08, 0x01});
  proto::append(twice, header);
  const std::pair<std::string, Bytes> others[] = {
      {"fields out of order", moved},
      {"a number in more bytes than it needs", longer},
      {"a field twice", twice},
      {"an unknown field behind", with(header, {0xe8, 0x04, 0x01})},
      {"an unknown text behind", with(header, {0xea, 0x04, 0x01, 0x78})},
      {"a group behind", with(header, {0xeb, 0x04, 0xec, 0x04})},
      {"a default that is written out", with(header, {0x58, 0x00})},
      {"one byte more", with(header, {0x00})},
  };
  for (const auto& [what, bytes] : others) {
    CAPTURE(what);
    CHECK(at.verify(bytes, signed_bytes(header)));
    CHECK(at.verify(bytes, signed_bytes(bytes)));
    CHECK_FALSE(read_header(bytes).ok());
  }
}

TEST_CASE("row 2: a signature made for anything else is none for an entry") {
  const Signed at;
  const Bytes& header = at.entries[1].bytes;
  const Bytes message = signed_bytes(header);
  CHECK(at.verify(header, header));
  CHECK(at.verify(header, entry_id(header).view()));
  CHECK(at.verify(header, {}));
  // Every other context of the same length, and a longer one.
  REQUIRE(message.size() > 10);
  for (std::size_t i = 0; i < std::min<std::size_t>(message.size(), 24); ++i) {
    Bytes other = message;
    other[i] ^= std::byte{0x20};
    CHECK(at.verify(header, other));
  }
  Bytes longer = with({}, {0});
  proto::append(longer, message);
  CHECK(at.verify(header, longer));
  CHECK_FALSE(at.verify(header, message));
}

}  // namespace comity::feed
