// SPDX-License-Identifier: EUPL-1.2
#include "crypto/grant.h"

#include <doctest/doctest.h>

#include "crypto/hkdf.h"
#include "crypto/pair_key.h"
#include "test/unit/crypto_protocol/low_order.h"
#include "test/unit/seeded.h"

namespace comity::crypto {
namespace {

using proto::Bytes;
using proto::Code;

struct Fixture {
  Fixture() : random(1), recipient(X25519KeyPair::generate(random)), key(FeedKey::generate(random)) {
    random.fill(psk.writable());
    random.fill(older_psk.writable());
    grant = {random.next<proto::AgencyId>(), random.next<proto::FeedId>(), proto::KeyEpoch{3},
             random.next<proto::AgencyId>()};
  }
  WrappedFeedKey wrap(const Key32* with) {
    return wrap_feed_key(key, grant, recipient.public_key(), with, random).value();
  }
  proto::Result<UnwrappedFeedKey> unwrap(const WrappedFeedKey& wrapped) const {
    const Key32* const held[] = {&older_psk, &psk};
    return unwrap_feed_key(wrapped, grant, recipient, held);
  }

  test::SeededRandom random;
  X25519KeyPair recipient;
  FeedKey key;
  Key32 psk;
  Key32 older_psk;
  GrantContext grant;
};

Code code_of(const proto::Result<UnwrappedFeedKey>& result) {
  return result.ok() ? Code::kUnknown : result.error().code;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "the recipient tries its shared keys with the author, then base mode") {
  for (const Key32* with : {&psk, &older_psk, static_cast<Key32*>(nullptr)}) {
    const auto unwrapped = unwrap(wrap(with));
    REQUIRE(unwrapped.ok());
    CHECK(proto::equal(unwrapped.value().key.bytes.view(), key.bytes.view()));
    CHECK(unwrapped.value().with_psk == (with != nullptr));
  }
  Key32 unknown;
  CHECK(code_of(unwrap(wrap(&unknown))) == Code::kNoGrant);
  CHECK(code_of(unwrap_feed_key(wrap(&psk), grant, recipient, {})) == Code::kNoGrant);
}

TEST_CASE("each purpose has its own key of the pair") {
  test::SeededRandom random(2);
  PairKey pair;
  random.fill(pair.bytes.writable());
  const auto derived = [&](std::string_view label) {
    return hkdf_expand_key(pair.bytes.view(), {proto::as_bytes(label)});
  };
  CHECK(proto::equal(pair.for_noise().view(), derived({"comity.v1.peer-psk.noise\0", 25}).view()));
  CHECK(proto::equal(pair.for_grants().view(), derived({"comity.v1.peer-psk.grant\0", 25}).view()));
  CHECK_FALSE(proto::equal(pair.for_noise().view(), pair.for_grants().view()));
  CHECK_FALSE(proto::equal(pair.for_noise().view(), pair.bytes.view()));
}

TEST_CASE_FIXTURE(Fixture, "a feed key that was moved away wraps nothing") {
  const FeedKey taken = std::move(key);
  CHECK_THROWS_AS((void)wrap(&psk), std::logic_error);
}

TEST_CASE_FIXTURE(Fixture, "a wrap opens for its author, feed, epoch and recipient only") {
  for (const Key32* with : {&psk, static_cast<Key32*>(nullptr)}) {
    const WrappedFeedKey wrapped = wrap(with);
    for (std::size_t field = 0; field < 4; ++field) {
      const GrantContext kept = grant;
      if (field == 0) grant.author = random.next<proto::AgencyId>();
      if (field == 1) grant.feed = random.next<proto::FeedId>();
      if (field == 2) grant.epoch = proto::KeyEpoch{4};
      if (field == 3) grant.recipient = random.next<proto::AgencyId>();
      CHECK(code_of(unwrap(wrapped)) == Code::kNoGrant);
      grant = kept;
    }
    const X25519KeyPair kept = recipient.clone();
    recipient = X25519KeyPair::generate(random);
    CHECK(code_of(unwrap(wrapped)) == Code::kNoGrant);
    recipient = kept.clone();
    CHECK(unwrap(wrapped).ok());
  }
}

TEST_CASE_FIXTURE(Fixture, "each single bit flip in a wrap is refused") {
  const WrappedFeedKey wrapped = wrap(&psk);
  for (std::size_t bit = 0; bit < wrapped.ciphertext.size() * 8; ++bit) {
    WrappedFeedKey changed = wrapped;
    changed.ciphertext[bit / 8] ^= std::byte{1} << (bit % 8);
    REQUIRE(code_of(unwrap(changed)) == Code::kNoGrant);
  }
  for (std::size_t bit = 0; bit < X25519PublicKey::kSize * 8; ++bit) {
    WrappedFeedKey changed = wrapped;
    changed.encapsulated.writable()[bit / 8] ^= std::byte{1} << (bit % 8);
    REQUIRE_FALSE(unwrap(changed).ok());
  }
}

TEST_CASE_FIXTURE(Fixture, "keys of low order are refused on both sides of a wrap") {
  for (const std::string_view point : kLowOrderX25519) {
    const auto low = X25519PublicKey::from(proto::from_hex(point).value()).value();
    CHECK(wrap_feed_key(key, grant, low, nullptr, random).error().code == Code::kLowOrderPoint);
    WrappedFeedKey wrapped = wrap(&psk);
    wrapped.encapsulated = low;
    CHECK(code_of(unwrap(wrapped)) == Code::kLowOrderPoint);
  }
}

}  // namespace comity::crypto
