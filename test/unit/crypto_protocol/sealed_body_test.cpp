// SPDX-License-Identifier: EUPL-1.2
#include "crypto/sealed_body.h"

#include <doctest/doctest.h>

#include "crypto/padme.h"
#include "test/unit/seeded.h"

namespace comity::crypto {
namespace {

using proto::as_bytes;
using proto::Bytes;
using proto::ByteView;
using proto::Code;
using test::SeededRandom;

Slot slot_of(SeededRandom& random) {
  return {random.next<proto::AgencyId>(), random.next<proto::FeedId>(), proto::Seq{random.number()},
          random.next<proto::EntryId>()};
}

Bytes content_of(SeededRandom& random, std::size_t size) {
  Bytes content(size);
  random.fill(content);
  return content;
}

// What the feed key and the disclosed content key both say about a body.
Code refusal(const FeedKey& key, const Slot& slot, ByteView body) {
  const auto opened = open_body(key, slot, body);
  return opened.ok() ? Code::kUnknown : opened.error().code;
}

}  // namespace

TEST_CASE("Padmé sizes are few, never smaller, and at most 12 percent larger") {
  // Worked by hand from the definition.
  CHECK(padme_size(0) == 0);
  CHECK(padme_size(1) == 1);
  CHECK(padme_size(8) == 8);
  CHECK(padme_size(9) == 10);
  CHECK(padme_size(100) == 104);
  CHECK(padme_size(1025) == 1088);
  CHECK(padme_size(65'537) == 67'584);
  std::size_t classes = 0;
  for (std::size_t size = 1; size <= 256 * 1024; ++size) {
    const std::size_t padded = padme_size(size);
    classes += padded == size;
    REQUIRE(padded >= size);
    REQUIRE((padded - size) * 100 <= size * 12);
    REQUIRE(padme_size(padded) == padded);
  }
  CHECK(classes == 236);
}

TEST_CASE("padding has one form for each content") {
  for (std::size_t size = 0; size < 200; ++size) {
    Bytes content(size, std::byte{0});  // zeros at the end are the hard case
    Bytes padded(padme_size(size + 1));
    padme_pad(content, padded);
    REQUIRE(padme_unpad(padded).value().size() == size);
    Bytes longer = padded;
    longer.push_back(std::byte{0});
    REQUIRE(padme_unpad(longer).error().code == Code::kBadPadding);
  }
  CHECK(padme_unpad({}).error().code == Code::kBadPadding);
  CHECK(padme_unpad(Bytes(16)).error().code == Code::kBadPadding);
  CHECK(padme_unpad(Bytes(16, std::byte{0x7f})).error().code == Code::kBadPadding);
  Bytes wrong(3);
  CHECK_THROWS_AS(padme_pad(as_bytes("text"), wrong), std::invalid_argument);
}

TEST_CASE("bodies of every size open with the feed key and with their own content key") {
  SeededRandom random(1);
  const FeedKey key = FeedKey::generate(random);
  for (const std::size_t size : {0U, 1U, 15U, 16U, 1500U, 64U * 1024U, 256U * 1024U}) {
    CAPTURE(size);
    const Slot slot = slot_of(random);
    const Bytes content = content_of(random, size);
    const Bytes body = seal_body(key, slot, content, random).value();
    CHECK(body.size() == sealed_body_bytes(size));
    CHECK(body.size() <= proto::bounds::kSealedBodyBytes);
    CHECK(open_body(key, slot, body).value() == content);
    const ContentKey disclosed = content_key(key, slot, body).value();
    CHECK(open_disclosed(disclosed, slot, body).value() == content);
  }
  CHECK(kSealedBodyOverhead == 72);
  const Bytes large(proto::bounds::kSealedBodyBytes);
  CHECK(seal_body(key, {}, large, random).error().code == Code::kBodyTooLarge);
}

TEST_CASE("a disclosed content key opens its own entry and no other") {
  SeededRandom random(2);
  const FeedKey key = FeedKey::generate(random);
  const Slot slot = slot_of(random);
  const Bytes first = seal_body(key, slot, as_bytes("the same words"), random).value();
  const Bytes second = seal_body(key, slot, as_bytes("the same words"), random).value();
  CHECK(first != second);
  const ContentKey disclosed = content_key(key, slot, first).value();
  CHECK(open_disclosed(disclosed, slot, second).error().code == Code::kKeyCommitment);
  Slot other = slot;
  other.seq = proto::Seq{proto::raw(slot.seq) + 1};
  CHECK(open_disclosed(disclosed, other, first).error().code == Code::kAuthentication);
}

TEST_CASE("a body opens in its own slot only") {
  SeededRandom random(3);
  const FeedKey key = FeedKey::generate(random);
  const Slot slot = slot_of(random);
  const Bytes body = seal_body(key, slot, as_bytes("text"), random).value();
  for (std::size_t field = 0; field < 4; ++field) {
    Slot other = slot;
    if (field == 0) other.agency = random.next<proto::AgencyId>();
    if (field == 1) other.feed = random.next<proto::FeedId>();
    if (field == 2) other.seq = proto::Seq{proto::raw(slot.seq) + 1};
    if (field == 3) other.prev = random.next<proto::EntryId>();
    CHECK(refusal(key, other, body) == Code::kKeyCommitment);
  }
}

TEST_CASE("no second key opens a body, whatever both are") {
  SeededRandom random(4);
  for (unsigned i = 0; i < 2000; ++i) {
    const FeedKey key = FeedKey::generate(random);
    const FeedKey other = FeedKey::generate(random);
    const Slot slot = slot_of(random);
    Bytes body = seal_body(key, slot, as_bytes("text"), random).value();
    REQUIRE(refusal(other, slot, body) == Code::kKeyCommitment);
    // Nor with the commitment of the other key in place of its own.
    const Bytes borrowed = seal_body(other, slot, as_bytes("text"), random).value();
    std::copy_n(borrowed.begin(), kCommitmentBytes + kXChaChaNonceBytes, body.begin());
    REQUIRE(refusal(other, slot, body) == Code::kAuthentication);
    REQUIRE(refusal(key, slot, body) == Code::kKeyCommitment);
  }
}

TEST_CASE("each single bit flip and each truncation of a body is refused") {
  SeededRandom random(5);
  const FeedKey key = FeedKey::generate(random);
  const Slot slot = slot_of(random);
  const Bytes body = seal_body(key, slot, as_bytes("a text of some words"), random).value();
  const ContentKey disclosed = content_key(key, slot, body).value();
  for (std::size_t bit = 0; bit < body.size() * 8; ++bit) {
    Bytes changed = body;
    changed[bit / 8] ^= std::byte{1} << (bit % 8);
    const bool in_front = bit / 8 < kCommitmentBytes + kXChaChaNonceBytes;
    REQUIRE(refusal(key, slot, changed) == (in_front ? Code::kKeyCommitment : Code::kAuthentication));
    REQUIRE_FALSE(open_disclosed(disclosed, slot, changed).ok());
  }
  for (std::size_t size = 0; size < body.size(); ++size) {
    const Code code = refusal(key, slot, ByteView(body).first(size));
    REQUIRE(code == (size <= kSealedBodyOverhead ? Code::kWrongSize : Code::kAuthentication));
  }
  CHECK(refusal(key, slot, Bytes(proto::bounds::kSealedBodyBytes + 1)) == Code::kWrongSize);
}

}  // namespace comity::crypto
