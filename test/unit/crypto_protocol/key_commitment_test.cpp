// SPDX-License-Identifier: EUPL-1.2
// The attack that the commitment is for: Poly1305 is linear in its blocks, so an author who knows two keys
// can solve for a block that makes one ciphertext genuine under both.
#include <boost/multiprecision/cpp_int.hpp>
#include <doctest/doctest.h>
#include <sodium.h>

#include "crypto/hkdf.h"
#include "crypto/sealed_body.h"
#include "test/unit/seeded.h"

namespace comity::crypto {
namespace {

using proto::Bytes;
using proto::ByteView;
using proto::Code;
using Int =
    boost::multiprecision::number<boost::multiprecision::cpp_int_backend<>, boost::multiprecision::et_off>;

const Int kTwo128 = Int(1) << 128;
const Int kPrime = (Int(1) << 130) - 5;

Int modulo(Int value, const Int& modulus) {
  value %= modulus;
  return value < 0 ? Int(value + modulus) : value;
}

Int little_endian(ByteView bytes) {
  Int value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i)
    value = (value << 8) + std::to_integer<unsigned>(bytes[i - 1]);
  return value;
}

void write_little_endian(Int value, std::span<std::byte> out) {
  for (std::byte& b : out) {
    b = static_cast<std::byte>(static_cast<unsigned>(value & 0xff));
    value >>= 8;
  }
}

// The one-time Poly1305 key of a message: the first 32 bytes of the cipher's stream.
struct OneTimeKey {
  OneTimeKey(const Key32& key, ByteView nonce) {
    Bytes stream(32);
    crypto_stream_xchacha20(proto::as_uchar(std::span(stream)), stream.size(), proto::as_uchar(nonce),
                            proto::as_uchar(key.view()));
    r = little_endian(ByteView(stream).first(16)) & Int("0x0ffffffc0ffffffc0ffffffc0fffffff");
    s = little_endian(ByteView(stream).last(16));
  }
  Int r;
  Int s;
};

// Sum of the blocks, each times its power of r, as in RFC 8439 section 2.5, before s is added.
Int accumulate(const Bytes& blocks, const Int& r) {
  Int sum = 0;
  for (std::size_t at = 0; at < blocks.size(); at += 16)
    sum = (sum + little_endian(ByteView(blocks).subspan(at, 16)) + kTwo128) * r % kPrime;
  return sum;
}

// The message that Poly1305 sees: associated data and ciphertext, each filled up to 16 bytes, and their
// sizes.
Bytes poly_input(ByteView ad, ByteView ciphertext) {
  Bytes input = proto::to_bytes(ad);
  input.resize((input.size() + 15) / 16 * 16);
  proto::append(input, ciphertext);
  input.resize((input.size() + 15) / 16 * 16);
  Bytes sizes(16);
  write_little_endian(ad.size(), std::span(sizes).first(8));
  write_little_endian(ciphertext.size(), std::span(sizes).last(8));
  proto::append(input, sizes);
  return input;
}

// Changes the last block of `ciphertext` and returns a tag such that both keys accept them.
Bytes solve(const OneTimeKey& a, const OneTimeKey& b, ByteView ad, Bytes& ciphertext,
            test::SeededRandom& random) {
  const auto last = std::span(ciphertext).last(16);
  for (;;) {
    random.fill(std::span(ciphertext).first(16));
    std::ranges::fill(last, std::byte{0});
    const Bytes input = poly_input(ad, ciphertext);
    const Int without_a = accumulate(input, a.r);
    const Int without_b = accumulate(input, b.r);
    const Int slope = modulo(a.r * a.r - b.r * b.r, kPrime);
    for (int carry = -4; carry <= 4; ++carry) {
      const Int wanted = modulo(b.s - a.s + carry * kTwo128 - without_a + without_b, kPrime);
      const Int block = wanted * powm(slope, Int(kPrime - 2), kPrime) % kPrime;
      if (block >= kTwo128) continue;
      const Int tag_a = modulo(modulo(without_a + block * a.r * a.r, kPrime) + a.s, kTwo128);
      const Int tag_b = modulo(modulo(without_b + block * b.r * b.r, kPrime) + b.s, kTwo128);
      if (tag_a != tag_b) continue;
      write_little_endian(block, last);
      Bytes tag(16);
      write_little_endian(tag_a, tag);
      return tag;
    }
  }
}

// The layout of crypto/sealed_body.h once more, from its description.
struct Derived {
  Derived(const FeedKey& key, ByteView n, ByteView slot) {
    const Key32 cek = hkdf_expand_key(key.bytes.view(), {context("cek"), n, slot});
    SecretArray<64> both;
    REQUIRE(hkdf_expand(cek.view(), {context("body-key")}, both.writable()).ok());
    std::ranges::copy(both.view().first<32>(), body_key.writable().begin());
    commitment = proto::to_bytes(both.view().last<32>());
  }
  Key32 body_key;
  Bytes commitment;
};

}  // namespace

TEST_CASE("a ciphertext made to be genuine under two keys opens under neither more than its one commitment") {
  test::SeededRandom random(1);
  const FeedKey first = FeedKey::generate(random);
  const FeedKey second = FeedKey::generate(random);
  const Slot slot{random.next<proto::AgencyId>(), random.next<proto::FeedId>(), proto::Seq{7},
                  random.next<proto::EntryId>()};
  const Bytes place = proto::concat(
      {slot.agency.view(), slot.feed.view(), proto::to_be(proto::raw(slot.seq)), slot.prev.view()});
  Bytes n(kXChaChaNonceBytes);
  random.fill(n);
  const Derived a(first, n, place);
  const Derived b(second, n, place);

  Bytes ciphertext(64);
  const Bytes tag = solve({a.body_key, n}, {b.body_key, n}, place, ciphertext, random);
  const Bytes sealed = proto::concat({ciphertext, tag});
  Bytes text_a(64);
  Bytes text_b(64);
  REQUIRE(xchacha20poly1305_open(a.body_key.view(), n, place, sealed, text_a).ok());
  REQUIRE(xchacha20poly1305_open(b.body_key.view(), n, place, sealed, text_b).ok());
  REQUIRE(text_a != text_b);

  // The key that the commitment names gets as far as the padding, the other one nowhere.
  const Bytes for_first = proto::concat({a.commitment, n, sealed});
  CHECK(open_body(first, slot, for_first).error().code == Code::kBadPadding);
  CHECK(open_body(second, slot, for_first).error().code == Code::kKeyCommitment);
  const Bytes for_second = proto::concat({b.commitment, n, sealed});
  CHECK(open_body(first, slot, for_second).error().code == Code::kKeyCommitment);
  CHECK(open_body(second, slot, for_second).error().code == Code::kBadPadding);
}

}  // namespace comity::crypto
