// SPDX-License-Identifier: EUPL-1.2
#include <limits>

#include <doctest/doctest.h>

#include "crypto/hkdf.h"
#include "crypto/noise/handshake.h"
#include "crypto/noise/peer_psk.h"
#include "test/unit/crypto_protocol/low_order.h"
#include "test/unit/seeded.h"

namespace comity::crypto::noise {
namespace {

using proto::as_bytes;
using proto::Bytes;
using proto::Code;
using test::SeededRandom;

constexpr const Pattern* kPatterns[] = {&kXKpsk3, &kXK, &kXX, &kIK};

// Both sides of one handshake with keys and ephemerals that repeat on every run.
struct Pair {
  explicit Pair(const Pattern& pattern, const char* their_prologue = "prologue", bool psk_by_lookup = false)
      : initiator_random(1), responder_random(2), initiator_keys(keys(3)), responder_keys(keys(4)) {
    HandshakeSetup ours{pattern, Role::kInitiator, as_bytes("prologue")};
    HandshakeSetup theirs{pattern, Role::kResponder, as_bytes(their_prologue)};
    ours.local_static = initiator_keys.clone();
    theirs.local_static = responder_keys.clone();
    if (pattern.responder_known) ours.remote_static = responder_keys.public_key();
    if (pattern.has_psk()) {
      SeededRandom(5).fill(psk.writable());
      ours.psk = psk.clone();
      if (!psk_by_lookup) theirs.psk = psk.clone();
    }
    initiator.emplace(std::move(ours), initiator_random);
    responder.emplace(std::move(theirs), responder_random);
  }

  static X25519KeyPair keys(std::uint64_t seed) {
    SeededRandom random(seed);
    return X25519KeyPair::generate(random);
  }
  Handshake& writer(std::size_t i) { return i % 2 == 0 ? *initiator : *responder; }
  Handshake& reader(std::size_t i) { return i % 2 == 0 ? *responder : *initiator; }

  // Message i, written now.
  Bytes write(std::size_t i) {
    Bytes message(payload_of(i).size() + writer(i).overhead());
    REQUIRE(writer(i).write_message(payload_of(i), message).ok());
    return message;
  }
  proto::Result<std::size_t> read(std::size_t i, ByteView message, const PskLookup& find = {}) {
    Bytes payload(message.size());
    return reader(i).read_message(message, payload, find);
  }
  // All messages before `end`.
  void run_until(std::size_t end) {
    for (std::size_t i = 0; i < end; ++i)
      REQUIRE(read(i, write(i)).ok());
  }
  static ByteView payload_of(std::size_t i) { return as_bytes(i % 2 == 0 ? "a question" : "an answer"); }

  SeededRandom initiator_random;
  SeededRandom responder_random;
  X25519KeyPair initiator_keys;
  X25519KeyPair responder_keys;
  Key32 psk;
  std::optional<Handshake> initiator;
  std::optional<Handshake> responder;
};

bool dead(Handshake& handshake) {
  Bytes out(256);
  return handshake.write_message({}, out).error().code == Code::kNoiseDead &&
         handshake.read_message(out, out).error().code == Code::kNoiseDead &&
         handshake.split().error().code == Code::kNoiseDead && handshake.overhead() == 0;
}

}  // namespace

TEST_CASE("each pattern ends in a session that carries messages both ways") {
  for (const Pattern* pattern : kPatterns) {
    CAPTURE(pattern->name);
    Pair pair(*pattern);
    pair.run_until(pattern->messages.size());
    CHECK(pair.initiator->finished());
    CHECK(pair.responder->remote_static() == pair.initiator_keys.public_key());
    Session a = pair.initiator->split().value();
    Session b = pair.responder->split().value();
    CHECK(a.handshake_hash == b.handshake_hash);
    CHECK(a.remote_static == pair.responder_keys.public_key());
    for (auto [send, receive] : {std::pair(&a.send, &b.receive), std::pair(&b.send, &a.receive)}) {
      Bytes sealed(3 + kAeadTagBytes);
      Bytes opened(3);
      for (const char* text : {"one", "two"}) {
        REQUIRE(send->encrypt({}, as_bytes(text), sealed).ok());
        REQUIRE(receive->decrypt({}, sealed, opened).ok());
        CHECK(proto::as_text(opened) == text);
      }
    }
    CHECK(dead(*pair.initiator));
    CHECK(dead(*pair.responder));
  }
}

TEST_CASE("the responder learns who calls before it gives the shared key") {
  Pair pair(kXKpsk3, "prologue", true);
  pair.run_until(2);
  CHECK_FALSE(pair.responder->remote_static().has_value());
  unsigned asked = 0;
  const PskLookup find = [&](const X25519PublicKey& who) -> std::optional<Key32> {
    ++asked;
    if (who != pair.initiator_keys.public_key()) return std::nullopt;
    return pair.psk.clone();
  };
  REQUIRE(pair.read(2, pair.write(2), find).ok());
  CHECK(asked == 1);
  CHECK(pair.initiator->split()->handshake_hash == pair.responder->split()->handshake_hash);
}

TEST_CASE("a stranger, a wrong shared key and a wrong prologue are refused") {
  SUBCASE("no key for this peer") {
    Pair pair(kXKpsk3, "prologue", true);
    pair.run_until(2);
    const auto none = [](const X25519PublicKey&) { return std::optional<Key32>(); };
    CHECK(pair.read(2, pair.write(2), none).error().code == Code::kNoPsk);
    CHECK(dead(*pair.responder));
  }
  SUBCASE("nobody to ask") {
    Pair pair(kXKpsk3, "prologue", true);
    pair.run_until(2);
    CHECK(pair.read(2, pair.write(2)).error().code == Code::kNoPsk);
  }
  SUBCASE("another key") {
    Pair pair(kXKpsk3, "prologue", true);
    pair.run_until(2);
    const auto other = [](const X25519PublicKey&) { return std::optional<Key32>(std::in_place); };
    CHECK(pair.read(2, pair.write(2), other).error().code == Code::kAuthentication);
    CHECK(dead(*pair.responder));
  }
  SUBCASE("another prologue") {
    Pair pair(kXKpsk3, "Prologue");
    CHECK(pair.read(0, pair.write(0)).error().code == Code::kAuthentication);
    CHECK(dead(*pair.responder));
  }
  SUBCASE("a caller that holds another responder's key") {
    Pair pair(kXKpsk3);
    SeededRandom random(9);
    HandshakeSetup setup{kXKpsk3, Role::kResponder, as_bytes("prologue")};
    setup.local_static = X25519KeyPair::generate(random);
    Handshake other(std::move(setup), random);
    Bytes payload(64);
    CHECK(other.read_message(pair.write(0), payload).error().code == Code::kAuthentication);
  }
}

TEST_CASE("each single bit flip in a handshake message is refused") {
  for (const Pattern* pattern : kPatterns) {
    CAPTURE(pattern->name);
    for (std::size_t i = 0; i < pattern->messages.size(); ++i) {
      CAPTURE(i);
      Pair sizes(*pattern);
      sizes.run_until(i);
      const std::size_t bits = sizes.write(i).size() * 8;
      for (std::size_t bit = 0; bit < bits; ++bit) {
        Pair pair(*pattern);
        pair.run_until(i);
        Bytes message = pair.write(i);
        message[bit / 8] ^= std::byte{1} << (bit % 8);
        const auto read = pair.read(i, message);
        // The top bit of a Curve25519 key is not part of the point; the transcript hash still differs.
        // Before the first key is agreed nothing is authenticated: the next message shows the change.
        const bool unkeyed = pattern == &kXX && i == 0;
        if (unkeyed) {
          REQUIRE(read.ok());
          REQUIRE_FALSE(pair.read(1, pair.write(1)).ok());
        } else {
          REQUIRE_FALSE(read.ok());
          REQUIRE(dead(pair.reader(i)));
        }
      }
    }
  }
}

TEST_CASE("each truncation and each extra byte of a handshake message is refused") {
  for (const Pattern* pattern : kPatterns) {
    for (std::size_t i = 0; i < pattern->messages.size(); ++i) {
      Pair whole(*pattern);
      whole.run_until(i);
      const std::size_t size = whole.write(i).size();
      for (std::size_t length = 0; length <= size + 1; ++length) {
        if (length == size) continue;
        Pair pair(*pattern);
        pair.run_until(i);
        const std::size_t overhead = pair.reader(i).overhead();
        Bytes message = pair.write(i);
        message.resize(length);
        const auto read = pair.read(i, message);
        if (pattern == &kXX && i == 0 && length >= overhead) {
          REQUIRE(read.ok());
          REQUIRE_FALSE(pair.read(1, pair.write(1)).ok());
        } else {
          REQUIRE(read.error().code == (length < overhead ? Code::kWrongSize : Code::kAuthentication));
        }
      }
    }
  }
}

TEST_CASE("public keys of low order are refused wherever they come from") {
  for (const std::string_view point : kLowOrderX25519) {
    const Bytes bytes = proto::from_hex(point).value();
    // As an ephemeral key, for the responder in message 1 and for the initiator in message 2.
    for (const std::size_t i : {0U, 1U}) {
      Pair pair(kXKpsk3);
      pair.run_until(i);
      Bytes message = pair.write(i);
      std::ranges::copy(bytes, message.begin());
      CHECK(pair.read(i, message).error().code == Code::kLowOrderPoint);
      CHECK(dead(pair.reader(i)));
    }
    // As the static key that an invitation names.
    SeededRandom random(6);
    HandshakeSetup setup{kXK, Role::kInitiator, {}};
    setup.local_static = X25519KeyPair::generate(random);
    setup.remote_static = X25519PublicKey::from(bytes).value();
    Handshake initiator(std::move(setup), random);
    Bytes out(64);
    CHECK(initiator.write_message({}, out).error().code == Code::kLowOrderPoint);
    CHECK(dead(initiator));
  }
}

TEST_CASE("a step out of turn ends the handshake") {
  Bytes buffer(256);
  Pair writes(kXK);
  CHECK_FALSE(writes.responder->may_write());
  CHECK(writes.responder->write_message({}, buffer).error().code == Code::kNoiseOrder);
  CHECK(dead(*writes.responder));
  CHECK(writes.initiator->read_message(buffer, buffer).error().code == Code::kNoiseOrder);
  CHECK(dead(*writes.initiator));
  Pair splits(kXK);
  CHECK(splits.initiator->split().error().code == Code::kNoiseOrder);
  CHECK(dead(*splits.initiator));
  Pair done(kXK);
  done.run_until(3);
  CHECK(done.initiator->write_message({}, buffer).error().code == Code::kNoiseOrder);
}

TEST_CASE("handshake messages keep within 65,535 bytes and the caller's buffers") {
  Pair most(kXK);
  Bytes out(kMaxMessageBytes + 1);
  const Bytes payload(kMaxMessageBytes - most.initiator->overhead());
  REQUIRE(most.initiator->write_message(payload, out).value() == kMaxMessageBytes);
  Bytes read(payload.size());
  CHECK(most.responder->read_message(ByteView(out).first(kMaxMessageBytes), read).value() == payload.size());

  Pair more(kXK);
  const Bytes longer(payload.size() + 1);
  CHECK(more.initiator->write_message(longer, out).error().code == Code::kWrongSize);
  CHECK(more.responder->read_message(out, out).error().code == Code::kWrongSize);

  Pair small(kXK);
  Bytes tight(small.initiator->overhead() + 2);
  CHECK(small.initiator->write_message(as_bytes("abc"), tight).error().code == Code::kWrongSize);
  Pair short_payload(kXK);
  CHECK(short_payload.responder->read_message(short_payload.write(0), {}).error().code == Code::kWrongSize);
}

TEST_CASE("a handshake that was moved away is dead and the other goes on") {
  Pair pair(kXKpsk3);
  pair.run_until(1);
  Handshake taken = std::move(*pair.initiator);
  CHECK(dead(*pair.initiator));
  pair.initiator.emplace(std::move(taken));
  CHECK(dead(taken));  // NOLINT(bugprone-use-after-move)
  for (std::size_t i = 1; i < 3; ++i)
    REQUIRE(pair.read(i, pair.write(i)).ok());
  CHECK(pair.initiator->split()->handshake_hash == pair.responder->split()->handshake_hash);
}

TEST_CASE("a setup without the keys of its pattern is a mistake of the caller") {
  SeededRandom random(7);
  CHECK_THROWS_AS(Handshake({kXK, Role::kInitiator, {}}, random), std::invalid_argument);
  HandshakeSetup extra{kXX, Role::kResponder, {}};
  extra.local_static = X25519KeyPair::generate(random);
  extra.remote_static = extra.local_static->public_key();
  CHECK_THROWS_AS(Handshake(std::move(extra), random), std::invalid_argument);
  HandshakeSetup psk{kXK, Role::kResponder, {}};
  psk.local_static = X25519KeyPair::generate(random);
  psk.psk.emplace();
  CHECK_THROWS_AS(Handshake(std::move(psk), random), std::invalid_argument);
}

TEST_CASE("both sides of a pairing come to one lasting key, which the invitation alone does not give") {
  Pair pair(kXKpsk3);
  pair.run_until(3);
  const Sha256Digest hash = pair.initiator->split()->handshake_hash;
  const Key32 ours = peer_psk(pair.psk, hash);
  const Key32 theirs = peer_psk(pair.psk, pair.responder->split()->handshake_hash);
  CHECK(proto::equal(ours.view(), theirs.view()));
  // HKDF written out: extract with the hash as salt, then the one block of expand.
  Key32 extracted;
  hmac_sha256(hash.view(), {pair.psk.view()}, extracted.writable());
  Key32 expected;
  hmac_sha256(extracted.view(), {as_bytes({"comity.v1.peer-psk\0\x01", 20})}, expected.writable());
  CHECK(proto::equal(ours.view(), expected.view()));
  CHECK_FALSE(proto::equal(ours.view(), peer_psk(pair.psk, Sha256Digest()).view()));
  CHECK_FALSE(proto::equal(ours.view(), peer_psk(Key32(), hash).view()));
}

TEST_CASE("a cipher stops before its nonce would repeat") {
  CipherState cipher(Key32(), std::numeric_limits<std::uint64_t>::max() - 1);
  Bytes out(kAeadTagBytes);
  REQUIRE(cipher.encrypt({}, {}, out).ok());
  CHECK(cipher.encrypt({}, {}, out).error().code == Code::kNonceExhausted);
  CHECK(cipher.encrypt({}, {}, out).error().code == Code::kNoiseDead);
  CHECK(cipher.rekey().error().code == Code::kNoiseDead);
}

TEST_CASE("a cipher that failed once stays dead, as does one that was moved away") {
  CipherState cipher{Key32()};
  Bytes sealed(kAeadTagBytes);
  REQUIRE(CipherState(Key32()).encrypt({}, {}, sealed).ok());
  Bytes broken = sealed;
  broken[0] ^= std::byte{1};
  CHECK(cipher.decrypt({}, broken, {}).error().code == Code::kAuthentication);
  CHECK(cipher.decrypt({}, sealed, {}).error().code == Code::kNoiseDead);
  CipherState first{Key32()};
  CipherState second = std::move(first);
  CHECK(first.encrypt({}, {}, sealed).error().code == Code::kNoiseDead);  // NOLINT(bugprone-use-after-move)
  CHECK(second.encrypt({}, {}, sealed).ok());
}

TEST_CASE("rekeying seals 32 zero bytes with the last nonce and keeps counting") {
  Key32 key;
  SeededRandom(8).fill(key.writable());
  Bytes nonce(4);
  nonce.resize(kChaChaNonceBytes, std::byte{0xff});
  Bytes next(32 + kAeadTagBytes);
  REQUIRE(chacha20poly1305_seal(key.view(), nonce, {}, Bytes(32), next).ok());
  Key32 next_key;
  std::copy_n(next.begin(), 32, next_key.writable().begin());

  CipherState cipher(key.clone(), 5);
  REQUIRE(cipher.rekey().ok());
  CHECK(cipher.next_nonce() == 5);
  Bytes sealed(3 + kAeadTagBytes);
  REQUIRE(cipher.encrypt({}, as_bytes("abc"), sealed).ok());
  CipherState expected(std::move(next_key), 5);
  Bytes opened(3);
  REQUIRE(expected.decrypt({}, sealed, opened).ok());
  CHECK(proto::as_text(opened) == "abc");
}

}  // namespace comity::crypto::noise
