// SPDX-License-Identifier: EUPL-1.2
// One document by itself.
#include "crypto/keydoc/keydoc.h"

#include <doctest/doctest.h>

#include "comity/v1/identity.pb.h"

#include "crypto/sha256.h"
#include "proto/decode.h"
#include "test/unit/crypto_protocol/agency_fixture.h"
#include "test/unit/crypto_protocol/low_order.h"

namespace comity::crypto {
namespace {

using proto::as_text;
using proto::Bytes;
using proto::ByteView;
using proto::Code;
using std::chrono::days;

Code code_of(const KeyDoc& doc) {
  const auto bytes = encode_keydoc(doc);
  return bytes.ok() ? Code::kUnknown : bytes.error().code;
}

// The document with one change made to its protobuf form, which KeyDoc itself could not hold.
template <class Change>
Code changed_message(const KeyDoc& doc, Change change) {
  auto message = proto::decode<v1::KeyDoc>(encode_keydoc(doc).value(), 1 << 20).value();
  change(message);
  const auto decoded = decode_keydoc(proto::encode(message));
  return decoded.ok() ? Code::kUnknown : decoded.error().code;
}

}  // namespace

TEST_CASE("a document comes back as it was, with its hash and its agency's id") {
  TestAgency agency(1, 3, 2);
  KeyDoc doc = agency.doc;
  doc.revoked = {{agency.random().next<proto::KeyId>(), RevocationReason::kCompromised, 17, kNow},
                 {agency.random().next<proto::KeyId>(), RevocationReason::kRoutine, 0, kNow}};
  const Bytes bytes = encode_keydoc(doc).value();
  const KeyDoc read = decode_keydoc(bytes).value();
  CHECK(read.version == 1);
  CHECK(read.roots.keys == doc.roots.keys);
  CHECK(read.roots.threshold == 2);
  CHECK(read.next_root_commit == doc.next_root_commit);
  CHECK(read.node_sign == doc.node_sign);
  CHECK(read.transport == doc.transport);
  CHECK(read.witness == doc.witness);
  CHECK(read.revoked == doc.revoked);
  CHECK(read.expires == doc.expires);
  CHECK(read.short_name == "health");
  CHECK(read.legal_name == "Ministry of Health");
  CHECK(read.nonce == doc.nonce);
  CHECK(encode_keydoc(read).value() == bytes);

  const auto prefixed = [&](std::string_view thing) {
    return sha256({proto::as_bytes("comity.v1."), proto::as_bytes(thing), proto::as_bytes({"\0", 1}), bytes})
        .hex();
  };
  CHECK(agency_id_of(bytes).hex() == prefixed("agency"));
  CHECK(keydoc_hash(bytes).hex() == prefixed("keydoc"));
  const KeyDoc next = next_version(read, bytes);
  CHECK(next.version == 2);
  CHECK(next.prev == keydoc_hash(bytes));
  CHECK(next.agency == agency_id_of(bytes));
  CHECK(next.revoked.empty());
  CHECK(code_of(next) == Code::kUnknown);
}

TEST_CASE("a key id is the start of the hash of algorithm and key") {
  const auto key = Ed25519PublicKey::from(Bytes(32, std::byte{5})).value();
  const Sha256Digest digest = sha256({proto::as_bytes({"comity.v1.key\0\x01", 15}), key.view()});
  CHECK(key_id(key).hex() == digest.hex().substr(0, 32));
  CHECK(key_id(X25519PublicKey(key.bytes())) != key_id(key));
}

TEST_CASE("a commitment is to the set and its threshold, not to the order of the keys") {
  TestAgency agency(2, 3, 2);
  RootSet set = agency.doc.roots;
  const auto before = set.commitment();
  std::swap(set.keys[0], set.keys[2]);
  CHECK(set.commitment() == before);
  set.threshold = 1;
  CHECK(set.commitment() != before);
  set.threshold = 2;
  set.keys.pop_back();
  CHECK(set.commitment() != before);
}

TEST_CASE("each truncation or flipped bit of a document is refused or makes another document") {
  TestAgency agency(3);
  const Bytes bytes = encode_keydoc(agency.doc).value();
  std::vector<std::size_t> readable;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    if (decode_keydoc(ByteView(bytes).first(size)).ok()) readable.push_back(size);
  }
  // Without its last field, the witness keys, it is whole; its signatures cover another document then.
  KeyDoc without = agency.doc;
  without.witness.clear();
  CHECK(readable == std::vector<std::size_t>{encode_keydoc(without).value().size()});
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes changed = bytes;
    changed[bit / 8] ^= std::byte{1} << (bit % 8);
    const auto read = decode_keydoc(changed);
    if (!read.ok() || encode_keydoc(read.value()).value() == changed) continue;
    // Only a key whose algorithm became an unknown one is left out of what is read.
    const KeyDoc& doc = read.value();
    REQUIRE(doc.node_sign.size() + doc.transport.size() + doc.witness.size() == 2);
  }
}

TEST_CASE("a document that breaks a rule of its own is neither written nor read") {
  TestAgency agency(4, 2, 1);
  const KeyDoc good = agency.doc;
  REQUIRE(code_of(good) == Code::kUnknown);
  const auto with = [&](auto change) {
    KeyDoc doc = good;
    change(doc);
    return code_of(doc);
  };
  SUBCASE("threshold") {
    CHECK(with([](KeyDoc& d) { d.roots.threshold = 0; }) == Code::kMissingField);
    CHECK(with([](KeyDoc& d) { d.roots.threshold = 3; }) == Code::kKeyDocRule);
    CHECK(with([](KeyDoc& d) { d.roots.keys.clear(); }) == Code::kKeyDocRule);
  }
  SUBCASE("version") {
    CHECK(with([](KeyDoc& d) { d.version = 0; }) == Code::kMissingField);
    CHECK(with([](KeyDoc& d) { d.version = 2; }) == Code::kKeyDocRule);
    CHECK(with([&](KeyDoc& d) { d.prev = agency.random().next<Sha256Digest>(); }) == Code::kKeyDocRule);
    CHECK(with([&](KeyDoc& d) { d.agency = agency.random().next<proto::AgencyId>(); }) == Code::kKeyDocRule);
    CHECK(with([](KeyDoc& d) { d.nonce = {}; }) == Code::kKeyDocRule);
  }
  SUBCASE("next roots") {
    CHECK(with([](KeyDoc& d) { d.next_root_commit = {}; }) == Code::kKeyDocRule);
    CHECK(with([](KeyDoc& d) { d.next_root_commit = d.roots.commitment(); }) == Code::kKeyDocRule);
  }
  SUBCASE("lifetimes") {
    CHECK(with([](KeyDoc& d) { d.node_sign[0].not_before = Moment(); }) == Code::kKeyDocRule);
    CHECK(with([](KeyDoc& d) { d.node_sign[0].not_after = d.node_sign[0].not_before; }) == Code::kKeyDocRule);
    CHECK(with([](KeyDoc& d) { d.node_sign[0].not_after = d.node_sign[0].not_before + days(400); }) ==
          Code::kUnknown);
    CHECK(with([](KeyDoc& d) { d.transport[0].not_after = d.transport[0].not_before + days(401); }) ==
          Code::kKeyDocRule);
    CHECK(with([](KeyDoc& d) { d.witness[0].not_after += days(1'000'000); }) == Code::kKeyDocRule);
    CHECK(with([](KeyDoc& d) { d.expires = Moment(std::chrono::milliseconds(-1)); }) == Code::kKeyDocRule);
    CHECK(with([](KeyDoc& d) { d.expires = Moment(); }) == Code::kMissingField);
    // A document does not outlive the last key of its node, whichever that is.
    const auto tick = std::chrono::milliseconds(1);
    CHECK(with([&](KeyDoc& d) { d.expires = d.node_sign[0].not_after + tick; }) == Code::kKeyDocRule);
    CHECK(with([&](KeyDoc& d) {
            d.expires += tick;
            d.transport[0].not_after += tick;
          }) == Code::kUnknown);
    CHECK(with([&](KeyDoc& d) {
            d.expires += tick;
            d.witness[0].not_after += tick;
          }) == Code::kKeyDocRule);
  }
  SUBCASE("purposes") {
    CHECK(with([](KeyDoc& d) { d.witness[0].key = d.node_sign[0].key; }) == Code::kKeyRole);
    CHECK(with([](KeyDoc& d) { d.roots.keys[0] = RootKey::of(d.node_sign[0].key); }) == Code::kKeyRole);
    CHECK(with([](KeyDoc& d) { d.roots.keys[0] = d.roots.keys[1]; }) == Code::kKeyRole);
    CHECK(with([](KeyDoc& d) { d.node_sign.push_back(d.node_sign[0]); }) == Code::kKeyRole);
    // The same bytes as keys of two algorithms.
    CHECK(with([](KeyDoc& d) { d.node_sign[0].key = Ed25519PublicKey(d.transport[0].key.bytes()); }) !=
          Code::kUnknown);
  }
  SUBCASE("revocations") {
    const Revocation one{agency.random().next<proto::KeyId>(), RevocationReason::kRoutine, 0, kNow};
    CHECK(with([&](KeyDoc& d) { d.revoked = {one}; }) == Code::kUnknown);
    CHECK(with([&](KeyDoc& d) { d.revoked = {one, one}; }) == Code::kKeyDocRule);
    for (const proto::KeyId& listed :
         {good.roots.keys[0].id(), good.node_sign[0].id(), good.transport[0].id(), good.witness[0].id()}) {
      CHECK(with([&](KeyDoc& d) {
              d.revoked = {{listed, RevocationReason::kRoutine, 0, kNow}};
            }) == Code::kKeyDocRule);
    }
    for (const auto reason :
         {RevocationReason::kRoutine, RevocationReason::kCompromised, RevocationReason::kLost}) {
      CHECK(with([&](KeyDoc& d) { d.revoked = {{one.key, reason, 0, kNow}}; }) == Code::kUnknown);
      CHECK(with([&](KeyDoc& d) { d.revoked = {{one.key, reason, 0, std::nullopt}}; }) == Code::kKeyDocRule);
    }
    CHECK(with([&](KeyDoc& d) {
            d.revoked = {one};
            d.revoked[0].reason = RevocationReason{0};
          }) == Code::kMissingField);
  }
  SUBCASE("names") {
    for (const char* name : {"", "a", "Health", "1health", "-health", "heal th", "heal_th", "h\xc3\xa9"})
      CHECK(with([&](KeyDoc& d) { d.short_name = name; }) == Code::kKeyDocRule);
    CHECK(with([](KeyDoc& d) { d.short_name = "a" + std::string(30, '-'); }) == Code::kUnknown);
    CHECK(with([](KeyDoc& d) { d.short_name = "a" + std::string(31, '-'); }) == Code::kFieldTooLong);
    for (const char* name : {"", "two\nlines", "tab\t", "\x7f", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xae"})
      CHECK(with([&](KeyDoc& d) { d.legal_name = name; }) == Code::kKeyDocRule);
    CHECK(with([](KeyDoc& d) { d.legal_name = "\xff"; }) == Code::kBadUtf8);
    CHECK(with([](KeyDoc& d) { d.legal_name = std::string(257, 'x'); }) == Code::kFieldTooLong);
  }
}

TEST_CASE("keys of low order, off the curve or in a second spelling are refused in every role") {
  TestAgency agency(5);
  const auto ed25519 = [](std::string_view hex) {
    return Ed25519PublicKey::from(proto::from_hex(hex).value()).value();
  };
  const std::string_view bad_ed25519[] = {
      "0000000000000000000000000000000000000000000000000000000000000000",  // order 4
      "0100000000000000000000000000000000000000000000000000000000000000",  // order 1
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // order 2
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",  // order 8
      "0200000000000000000000000000000000000000000000000000000000000000",  // not on the curve
      "0100000000000000000000000000000000000000000000000000000000000080",  // order 1, second spelling
  };
  for (const std::string_view hex : bad_ed25519) {
    CAPTURE(hex);
    KeyDoc doc = agency.doc;
    doc.node_sign[0].key = ed25519(hex);
    CHECK(code_of(doc) == Code::kLowOrderPoint);
    doc = agency.doc;
    doc.witness[0].key = ed25519(hex);
    CHECK(code_of(doc) == Code::kLowOrderPoint);
    doc = agency.doc;
    doc.roots.keys[0] = RootKey::of(ed25519(hex));
    CHECK(code_of(doc) == Code::kLowOrderPoint);
  }
  for (const std::string_view hex : kLowOrderX25519) {
    KeyDoc doc = agency.doc;
    doc.transport[0].key = X25519PublicKey::from(proto::from_hex(hex).value()).value();
    CHECK(code_of(doc) == Code::kLowOrderPoint);
  }
  KeyDoc spare_bit = agency.doc;
  spare_bit.transport[0].key.writable()[31] |= std::byte{0x80};
  CHECK(code_of(spare_bit) == Code::kLowOrderPoint);
  // Numbers from p on, the second spellings of 0 to 18, some of which are honest points.
  for (unsigned low = 0xed; low <= 0xff; ++low) {
    CAPTURE(low);
    std::array<std::byte, 32> number;
    number.fill(std::byte{0xff});
    number.front() = static_cast<std::byte>(low);
    for (const std::byte last : {std::byte{0x7f}, std::byte{0xff}}) {
      number.back() = last;
      CHECK(check_public_key(Ed25519PublicKey(number)).error().code == Code::kLowOrderPoint);
      CHECK(check_public_key(X25519PublicKey(number)).error().code == Code::kLowOrderPoint);
    }
    number.back() = std::byte{0x7f};
    number[1] = std::byte{0xfe};
    CHECK(check_public_key(X25519PublicKey(number)).ok());
  }
}

TEST_CASE("row 14: keys that everybody can sign with are refused in every role, our own among them") {
  const TestAgency agency(7);
  const auto seed_of = [](auto byte_at) {
    Bytes seed;
    for (unsigned i = 0; i < 32; ++i)
      seed.push_back(static_cast<std::byte>(byte_at(i)));
    return seed;
  };
  const Bytes seeds[] = {
      seed_of([](unsigned) { return 0U; }), seed_of([](unsigned) { return 0xffU; }),
      seed_of([](unsigned i) { return i; }),
      proto::from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").value(),
      proto::from_hex("e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1").value()};
  std::size_t refused = 0;
  for (const Bytes& seed : seeds) {
    CAPTURE(proto::to_hex(seed));
    const auto signing = Ed25519KeyPair::from_seed(seed).value().public_key();
    const auto transport = X25519KeyPair::from_private(seed).value().public_key();
    if (!check_public_key(signing).ok()) {
      ++refused;
      KeyDoc doc = agency.doc;
      doc.node_sign[0].key = signing;
      CHECK(code_of(doc) == Code::kKeyDocRule);
      doc = agency.doc;
      doc.witness[0].key = signing;
      CHECK(code_of(doc) == Code::kKeyDocRule);
      doc = agency.doc;
      doc.roots.keys[0] = RootKey::of(signing);
      CHECK(code_of(doc) == Code::kKeyDocRule);
    }
    if (!check_public_key(transport).ok()) {
      ++refused;
      KeyDoc doc = agency.doc;
      doc.transport[0].key = transport;
      CHECK(code_of(doc) == Code::kKeyDocRule);
    }
  }
  // Three seeds count for both algorithms, the published ones for the one they were published for.
  CHECK(refused == 8);
}

TEST_CASE("keys of the wrong type or size are refused, those of unknown types are carried") {
  TestAgency agency(6);
  const auto change = [&](auto edit) { return changed_message(agency.doc, edit); };
  CHECK(change([](v1::KeyDoc& d) { d.mutable_node_sign(0)->set_alg(v1::ALG_X25519); }) == Code::kKeyDocRule);
  CHECK(change([](v1::KeyDoc& d) { d.mutable_witness(0)->set_alg(v1::ALG_X25519); }) == Code::kKeyDocRule);
  CHECK(change([](v1::KeyDoc& d) { d.mutable_transport(0)->set_alg(v1::ALG_ED25519); }) == Code::kKeyDocRule);
  CHECK(change([](v1::KeyDoc& d) { d.mutable_root(0)->set_alg(v1::ALG_X25519); }) == Code::kKeyDocRule);
  CHECK(change([](v1::KeyDoc& d) { d.mutable_root(0)->set_not_after(1); }) == Code::kKeyDocRule);
  CHECK(change([](v1::KeyDoc& d) { d.mutable_node_sign(0)->mutable_pk()->push_back('x'); }) ==
        Code::kWrongSize);
  CHECK(change([](v1::KeyDoc& d) { d.mutable_transport(0)->mutable_pk()->push_back('x'); }) ==
        Code::kWrongSize);
  CHECK(change([](v1::KeyDoc& d) { d.mutable_root(0)->mutable_pk()->push_back('x'); }) == Code::kKeyDocRule);
  CHECK(change([](v1::KeyDoc& d) { d.set_nonce(std::string(32, '\0')); }) == Code::kKeyDocRule);
  CHECK(change([](v1::KeyDoc& d) { d.set_expires(std::uint64_t{1} << 48U); }) == Code::kKeyDocRule);

  const auto unknown = [](v1::Key& key) {
    key.set_alg(static_cast<v1::Alg>(77));
    key.set_pk(std::string(1184, 'q'));
  };
  CHECK(change([&](v1::KeyDoc& d) { unknown(*d.add_node_sign()); }) == Code::kUnknown);
  CHECK(change([&](v1::KeyDoc& d) { unknown(*d.add_root()); }) == Code::kUnknown);
  // It does not count: with it alone nobody could check a signature.
  CHECK(change([&](v1::KeyDoc& d) { unknown(*d.mutable_root(0)); }) == Code::kKeyDocRule);
  CHECK(change([&](v1::KeyDoc& d) {
          unknown(*d.add_root());
          d.set_threshold(2);
        }) == Code::kKeyDocRule);
  CHECK(change([&](v1::KeyDoc& d) {
          unknown(*d.add_root());
          d.mutable_root(1)->set_alg(static_cast<v1::Alg>(256));
        }) == Code::kKeyDocRule);
}

}  // namespace comity::crypto
