// SPDX-License-Identifier: EUPL-1.2
#include "crypto/keydoc/key_chain.h"

#include <doctest/doctest.h>

#include "comity/v1/identity.pb.h"

#include "crypto/sha256.h"
#include "proto/bounds.h"
#include "proto/decode.h"
#include "test/unit/crypto_protocol/agency_fixture.h"

namespace comity::crypto {
namespace {

using proto::Bytes;
using proto::ByteView;
using proto::Code;
using std::chrono::days;
using Appended = KeyChain::Appended;

struct Outcome {
  std::optional<Appended> appended;
  Code code = Code::kUnknown;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome append(KeyChain& chain, ByteView bytes) {
  const auto result = chain.append(bytes);
  return result.ok() ? Outcome{result.value(), Code::kUnknown} : Outcome{std::nullopt, result.error().code};
}

const Outcome kExtended{Appended::kExtended, Code::kUnknown};
const Outcome kKnown{Appended::kKnown, Code::kUnknown};
const Outcome kReplaced{Appended::kReplaced, Code::kUnknown};
Outcome refused(Code code) {
  return {std::nullopt, code};
}

KeyChain started(const TestAgency& agency) {
  return KeyChain::start(agency.sign(agency.doc), std::nullopt).value();
}

Code start_code(ByteView bytes, const std::optional<proto::AgencyId>& expected = std::nullopt) {
  const auto chain = KeyChain::start(bytes, expected);
  return chain.ok() ? Code::kUnknown : chain.error().code;
}

template <class Change>
Bytes changed_message(ByteView signed_doc, Change change) {
  auto message = proto::decode<v1::SignedKeyDoc>(signed_doc, 1 << 20).value();
  change(message);
  return proto::encode(message);
}

}  // namespace

TEST_CASE("a chain starts with the agency's own version 1") {
  TestAgency agency(1);
  const Bytes first = agency.sign(agency.doc);
  const proto::AgencyId id = agency_id_of(encode_keydoc(agency.doc).value());
  const KeyChain chain = KeyChain::start(first, id).value();
  CHECK(chain.agency() == id);
  CHECK(chain.version() == 1);
  CHECK(chain.current_hash() == keydoc_hash(encode_keydoc(agency.doc).value()));
  CHECK(proto::equal(chain.signed_bytes(1), first));
  CHECK(chain.at(0) == nullptr);
  CHECK(chain.at(2) == nullptr);
  CHECK(chain.signed_bytes(2).empty());
  CHECK(start_code(first, agency.random().next<proto::AgencyId>()) == Code::kKeyDocAgency);
  CHECK(start_code(agency.sign(following(chain))) == Code::kKeyDocGap);
  CHECK(start_code(agency.sign(agency.doc, agency.roots().keys, agency.doc.roots.keys)) ==
        Code::kKeyDocRoots);
}

TEST_CASE("each truncation and each single bit flip of a signed document is refused") {
  TestAgency agency(2, 2, 2);
  const Bytes first = agency.sign(agency.doc);
  const proto::AgencyId id = started(agency).agency();
  for (std::size_t size = 0; size < first.size(); ++size)
    REQUIRE(start_code(ByteView(first).first(size), id) != Code::kUnknown);
  for (std::size_t bit = 0; bit < first.size() * 8; ++bit) {
    Bytes changed = first;
    changed[bit / 8] ^= std::byte{1} << (bit % 8);
    REQUIRE(start_code(changed, id) != Code::kUnknown);
  }
  KeyChain chain = started(agency);
  const Bytes second = agency.sign_by_both(agency.with_next_roots(following(chain)));
  for (std::size_t bit = 0; bit < second.size() * 8; ++bit) {
    Bytes changed = second;
    changed[bit / 8] ^= std::byte{1} << (bit % 8);
    REQUIRE_FALSE(append(chain, changed).appended.has_value());
  }
  CHECK(append(chain, second) == kExtended);
  // A version that is held already is checked no less.
  for (const Bytes& known : {first, second}) {
    CHECK(append(chain, known) == kKnown);
    for (std::size_t bit = 0; bit < known.size() * 8; bit += 7) {
      Bytes changed = known;
      changed[bit / 8] ^= std::byte{1} << (bit % 8);
      REQUIRE_FALSE(append(chain, changed).appended.has_value());
    }
  }
}

TEST_CASE("signatures count once each, by roots only, and all must be genuine") {
  TestAgency agency(3, 3, 2);
  const auto& roots = agency.roots().keys;
  CHECK(start_code(agency.sign(agency.doc, {roots[0], roots[2]})) == Code::kUnknown);
  CHECK(start_code(agency.sign(agency.doc, {roots[0], roots[1], roots[2]})) == Code::kUnknown);
  CHECK(start_code(agency.sign(agency.doc, {})) == Code::kKeyDocThreshold);
  CHECK(start_code(agency.sign(agency.doc, {roots[0]})) == Code::kKeyDocThreshold);
  CHECK(start_code(agency.sign(agency.doc, {roots[0], roots[0]})) == Code::kKeyDocSignature);
  CHECK(start_code(agency.sign(agency.doc, {roots[0], &agency.new_pair()})) == Code::kKeyDocSignature);
  const Ed25519KeyPair& node = agency.pair_of(agency.doc.node_sign[0].key);
  CHECK(start_code(agency.sign(agency.doc, {roots[0], roots[1], &node})) == Code::kKeyDocSignature);

  const Bytes good = agency.sign(agency.doc, {roots[0], roots[1], roots[2]});
  const auto edited = [&](auto change) { return start_code(changed_message(good, change)); };
  // A third, spoiled signature is refused even though the other two would do.
  CHECK(edited([](v1::SignedKeyDoc& d) { (*d.mutable_sigs(2)->mutable_sig())[5] ^= 1; }) ==
        Code::kKeyDocSignature);
  CHECK(edited([](v1::SignedKeyDoc& d) { d.mutable_sigs(2)->mutable_sig()->push_back('x'); }) ==
        Code::kKeyDocSignature);
  CHECK(edited([](v1::SignedKeyDoc& d) { d.mutable_sigs(2)->set_alg(v1::ALG_X25519); }) ==
        Code::kKeyDocSignature);
  CHECK(edited([](v1::SignedKeyDoc& d) { *d.mutable_sigs(2) = d.sigs(1); }) == Code::kKeyDocSignature);
  CHECK(edited([](v1::SignedKeyDoc& d) { d.mutable_sigs(2)->set_key_id(d.sigs(1).key_id()); }) ==
        Code::kKeyDocSignature);
  // A key of ours cannot have signed by an algorithm to come.
  CHECK(edited([](v1::SignedKeyDoc& d) { d.mutable_sigs(2)->set_alg(static_cast<v1::Alg>(3)); }) ==
        Code::kKeyDocSignature);
}

TEST_CASE("signatures of algorithms to come are neither counted nor kept, and name a root of theirs") {
  TestAgency agency(18, 2, 1);
  const RootKey future{77, Bytes(1184, std::byte{'q'})};
  agency.doc.roots.keys.push_back(future);
  const auto& roots = agency.roots().keys;
  const Bytes good = agency.sign(agency.doc, {roots[0]});
  const auto with = [&](const proto::KeyId& key, int algorithm, int times = 1) {
    return changed_message(good, [&](v1::SignedKeyDoc& d) {
      for (int i = 0; i < times; ++i) {
        v1::Sig& sig = *d.add_sigs();
        sig.set_key_id(std::string(proto::as_text(key.view())));
        sig.set_sig(std::string(2420, 's'));
        sig.set_alg(static_cast<v1::Alg>(algorithm));
      }
    });
  };
  const auto chain = KeyChain::start(with(future.id(), 77), std::nullopt);
  REQUIRE(chain.ok());
  CHECK(proto::equal(chain.value().signed_bytes(1), good));
  CHECK(start_code(with(future.id(), 77, 2)) == Code::kKeyDocSignature);
  CHECK(start_code(with(future.id(), 78)) == Code::kKeyDocSignature);
  CHECK(start_code(with(future.id(), 77 + 256)) == Code::kKeyDocSignature);
  CHECK(start_code(with(key_id(roots[1]->public_key()), 77)) == Code::kKeyDocSignature);
  CHECK(start_code(with(agency.random().next<proto::KeyId>(), 77)) == Code::kKeyDocSignature);
  CHECK(start_code(changed_message(with(future.id(), 77), [](v1::SignedKeyDoc& d) {
          d.mutable_sigs()->DeleteSubrange(0, 1);
        })) == Code::kKeyDocThreshold);
}

TEST_CASE("each single bit flip of a document with more signatures than it needs is refused") {
  TestAgency agency(19, 3, 2);
  const Bytes first = agency.sign(agency.doc);
  const proto::AgencyId id = started(agency).agency();
  REQUIRE(start_code(first, id) == Code::kUnknown);
  for (std::size_t bit = 0; bit < first.size() * 8; ++bit) {
    Bytes changed = first;
    changed[bit / 8] ^= std::byte{1} << (bit % 8);
    REQUIRE(start_code(changed, id) != Code::kUnknown);
  }
}

TEST_CASE("a signature under the bare document or another context is not one") {
  TestAgency agency(4);
  const Bytes doc = encode_keydoc(agency.doc).value();
  const Ed25519KeyPair& root = *agency.roots().keys[0];
  const auto signed_over = [&](const Bytes& text) {
    return start_code(changed_message(agency.sign(agency.doc), [&](v1::SignedKeyDoc& d) {
      d.mutable_sigs(0)->set_sig(std::string(proto::as_text(root.sign(text).view())));
    }));
  };
  CHECK(signed_over(proto::concat({context("keydoc-sig"), doc})) == Code::kUnknown);
  CHECK(signed_over(doc) == Code::kKeyDocSignature);
  CHECK(signed_over(proto::concat({context("enc-keys"), doc})) == Code::kKeyDocSignature);
}

TEST_CASE("versions follow one another without gaps and name what they follow") {
  TestAgency agency(5);
  KeyChain chain = started(agency);
  const Bytes second = agency.sign(following(chain));
  KeyChain ahead = chain;
  REQUIRE(append(ahead, second) == kExtended);
  const KeyDoc third = following(ahead);
  CHECK(append(chain, agency.sign(third)) == refused(Code::kKeyDocGap));
  CHECK(append(ahead, agency.sign(third)) == kExtended);
  CHECK(ahead.version() == 3);
  CHECK(ahead.at(2)->version == 2);

  KeyDoc wrong = following(chain);
  wrong.prev = agency.random().next<Sha256Digest>();
  CHECK(append(chain, agency.sign(wrong)) == refused(Code::kKeyDocGap));
  wrong = following(chain);
  wrong.agency = agency.random().next<proto::AgencyId>();
  CHECK(append(chain, agency.sign(wrong)) == refused(Code::kKeyDocAgency));
  TestAgency other(6);
  CHECK(append(chain, other.sign(other.doc)) == refused(Code::kKeyDocAgency));
  CHECK(chain.version() == 1);
}

TEST_CASE("the root set changes only to the committed one, signed by the old and the new") {
  TestAgency agency(7, 3, 2);
  KeyChain chain = started(agency);
  const KeyDoc next = agency.with_next_roots(following(chain));
  const auto& old_keys = agency.roots().keys;
  const auto& new_keys = agency.next_roots().keys;
  const auto& revealed = next.roots.keys;
  const auto attempt = [&](const std::vector<const Ed25519KeyPair*>& signers,
                           const std::vector<RootKey>& reveal) {
    KeyChain trial = chain;
    return append(trial, agency.sign(next, signers, reveal));
  };
  CHECK(attempt({old_keys[0], old_keys[1], new_keys[0], new_keys[2]}, revealed) == kExtended);
  CHECK(attempt({old_keys[0], old_keys[1], new_keys[0]}, revealed) == refused(Code::kKeyDocThreshold));
  CHECK(attempt({old_keys[0], new_keys[0], new_keys[1]}, revealed) == refused(Code::kKeyDocThreshold));
  CHECK(attempt({old_keys[0], old_keys[1]}, revealed) == refused(Code::kKeyDocThreshold));
  CHECK(attempt({old_keys[0], old_keys[1], new_keys[0], new_keys[1]}, {}) == refused(Code::kKeyDocRoots));
  auto reordered = revealed;
  std::swap(reordered[0], reordered[1]);
  CHECK(attempt({old_keys[0], old_keys[1], new_keys[0], new_keys[1]}, reordered) ==
        refused(Code::kKeyDocRoots));

  SUBCASE("thief of today's roots names other roots") {
    KeyDoc theft = following(chain);
    const auto theirs = agency.make_roots(1, 1);
    theft.roots = TestAgency::public_set(theirs);
    const Bytes bytes = agency.sign(theft, {old_keys[0], old_keys[1], theirs.keys[0]}, theft.roots.keys);
    CHECK(append(chain, bytes) == refused(Code::kKeyDocRoots));
  }
  SUBCASE("thief of today's roots exchanges the commitment") {
    KeyDoc theft = following(chain);
    theft.next_root_commit = TestAgency::public_set(agency.make_roots(1, 1)).commitment();
    CHECK(append(chain, agency.sign(theft)) == refused(Code::kKeyDocRoots));
  }
  SUBCASE("a lower threshold is another root set") {
    KeyDoc lower = following(chain);
    lower.roots.threshold = 1;
    CHECK(append(chain, agency.sign(lower)) == refused(Code::kKeyDocRoots));
  }
  SUBCASE("the committed roots come with the committed threshold") {
    KeyDoc lower = next;
    lower.roots.threshold = 1;
    CHECK(append(chain, agency.sign_by_both(lower)) == refused(Code::kKeyDocRoots));
  }
  SUBCASE("a reveal without a change") {
    CHECK(append(chain, agency.sign(following(chain), old_keys, next.roots.keys)) ==
          refused(Code::kKeyDocRoots));
  }
  SUBCASE("the same roots in another order are no change") {
    KeyDoc same = following(chain);
    std::swap(same.roots.keys[0], same.roots.keys[1]);
    CHECK(append(chain, agency.sign(same)) == kExtended);
  }
}

TEST_CASE("the revealed roots win over whatever today's roots alone have signed") {
  TestAgency agency(8);
  KeyChain chain = started(agency);
  const Bytes rotation = agency.sign_by_both(agency.with_next_roots(following(chain)));
  // Whoever stole today's roots puts keys of their own into versions 2 and 3 and revokes the owner's.
  KeyDoc theft = following(chain);
  theft.revoked = {{theft.node_sign[0].id(), RevocationReason::kCompromised, 0, kNow}};
  theft.node_sign = {agency.signing_key()};
  const Bytes stolen_second = agency.sign(theft);

  KeyChain robbed = chain;
  REQUIRE(append(robbed, stolen_second) == kExtended);
  const Bytes stolen_third = agency.sign(following(robbed));
  REQUIRE(append(robbed, stolen_third) == kExtended);
  REQUIRE(robbed.revocation(agency.doc.node_sign[0].id()) != nullptr);
  CHECK(robbed.lost_revocations().empty());

  CHECK(append(robbed, rotation) == kReplaced);
  CHECK(robbed.version() == 2);
  CHECK(robbed.revocation(agency.doc.node_sign[0].id()) == nullptr);
  // The owner is told what fell away, to state its own part of it again.
  CHECK(robbed.lost_revocations() == theft.revoked);
  CHECK(robbed.current().node_sign == agency.doc.node_sign);
  CHECK(append(robbed, rotation) == kKnown);
  CHECK(append(robbed, stolen_second) == refused(Code::kKeyDocSuperseded));
  CHECK(append(robbed, stolen_third) == refused(Code::kKeyDocGap));

  SUBCASE("in the other order") {
    REQUIRE(append(chain, rotation) == kExtended);
    CHECK(append(chain, stolen_second) == refused(Code::kKeyDocSuperseded));
    CHECK(chain.current_hash() == robbed.current_hash());
  }
  SUBCASE("or on top of the thief's versions, since the commitment cannot be exchanged") {
    KeyChain later = chain;
    REQUIRE(append(later, stolen_second) == kExtended);
    KeyDoc recovery = agency.with_next_roots(following(later));
    CHECK(append(later, agency.sign_by_both(recovery)) == kExtended);
  }
}

TEST_CASE("two versions of the same sort are a fork, and the first stays") {
  TestAgency agency(9);
  KeyChain chain = started(agency);
  KeyDoc one = following(chain);
  KeyDoc two = one;
  two.legal_name = "Ministry of Wealth";
  REQUIRE(append(chain, agency.sign(one)) == kExtended);
  CHECK(append(chain, agency.sign(two)) == refused(Code::kKeyDocFork));
  CHECK(chain.current().legal_name == "Ministry of Health");

  KeyChain rotated = started(agency);
  KeyDoc first = agency.with_next_roots(following(rotated));
  KeyDoc second = first;
  second.legal_name = "Ministry of Wealth";
  REQUIRE(append(rotated, agency.sign_by_both(first)) == kExtended);
  CHECK(append(rotated, agency.sign_by_both(second)) == refused(Code::kKeyDocFork));
  // A competitor that is not valid by itself is no fork.
  CHECK(append(chain, agency.sign(two, {&agency.new_pair()})) == refused(Code::kKeyDocSignature));
}

TEST_CASE("a key keeps its one purpose for ever") {
  TestAgency agency(10);
  KeyChain chain = started(agency);
  KeyDoc swapped = following(chain);
  swapped.node_sign[0].key = agency.doc.witness[0].key;
  swapped.witness.clear();
  CHECK(append(chain, agency.sign(swapped)) == refused(Code::kKeyRole));
  KeyDoc gone = following(chain);
  gone.witness.clear();
  REQUIRE(append(chain, agency.sign(gone)) == kExtended);
  swapped = following(chain);
  swapped.node_sign[0].key = agency.doc.witness[0].key;
  CHECK(append(chain, agency.sign(swapped)) == refused(Code::kKeyRole));
}

TEST_CASE("a revoked key signs nothing more, whatever version and time it claims, and never comes back") {
  TestAgency agency(11);
  KeyChain chain = started(agency);
  const SigningKey old = agency.doc.node_sign[0];
  const auto now_code = [&](const SigningKey& key) {
    const auto found = chain.current_signing_key(key.id(), kNow);
    return found.ok() ? Code::kUnknown : found.error().code;
  };
  CHECK(chain.current_signing_key(old.id(), kNow).value() == old.key);
  CHECK(chain.signing_key(1, old.id()).value().key == old);
  CHECK(chain.signing_key(1, old.id()).value().current);
  CHECK_FALSE(chain.signing_key(1, old.id()).value().revocation.has_value());

  KeyDoc rotated = following(chain);
  rotated.node_sign = {agency.signing_key()};
  const Revocation routine{old.id(), RevocationReason::kRoutine, 9, kNow + days(1)};
  rotated.revoked = {routine};
  REQUIRE(append(chain, agency.sign(rotated)) == kExtended);
  CHECK(now_code(old) == Code::kKeyRevoked);
  CHECK(now_code(rotated.node_sign[0]) == Code::kUnknown);

  // Whoever reads an old entry learns what became of its key.
  CHECK(chain.signing_key(1, old.id()).value().revocation == routine);
  CHECK_FALSE(chain.signing_key(1, old.id()).value().current);
  CHECK(chain.signing_key(2, old.id()).error().code == Code::kUnknownKey);
  CHECK(chain.signing_key(2, rotated.node_sign[0].id()).value().current);
  CHECK(chain.signing_key(1, rotated.node_sign[0].id()).error().code == Code::kUnknownKey);

  // Later it turns out to have been stolen.
  KeyDoc worse = following(chain);
  worse.revoked = {{old.id(), RevocationReason::kCompromised, 12, kNow}};
  REQUIRE(append(chain, agency.sign(worse)) == kExtended);
  const Revocation both{old.id(), RevocationReason::kCompromised, 9, kNow};
  CHECK(chain.signing_key(1, old.id()).value().revocation == both);
  CHECK(*chain.revocation(old.id()) == both);

  // Nobody can make it better again.
  KeyDoc milder = following(chain);
  milder.revoked = {{old.id(), RevocationReason::kRoutine, 0, kNow + days(1)}};
  REQUIRE(append(chain, agency.sign(milder)) == kExtended);
  CHECK(*chain.revocation(old.id()) == both);
  KeyDoc back = following(chain);
  back.node_sign.push_back(old);
  CHECK(append(chain, agency.sign(back)) == refused(Code::kKeyRevoked));
  CHECK(chain.revocation(rotated.node_sign[0].id()) == nullptr);
}

TEST_CASE("a key that was taken off the list signs nothing more, even without a revocation") {
  TestAgency agency(14);
  KeyChain chain = started(agency);
  const SigningKey old = agency.doc.node_sign[0];
  KeyDoc rotated = following(chain);
  rotated.node_sign = {agency.signing_key()};
  REQUIRE(append(chain, agency.sign(rotated)) == kExtended);
  CHECK(chain.current_signing_key(old.id(), kNow).error().code == Code::kUnknownKey);
  CHECK_FALSE(chain.signing_key(1, old.id()).value().current);
}

TEST_CASE("a key keeps its lifetime for ever") {
  TestAgency agency(15);
  KeyChain chain = started(agency);
  const auto longer = [&](auto change) {
    KeyDoc next = following(chain);
    change(next);
    KeyChain trial = chain;
    return append(trial, agency.sign(next));
  };
  CHECK(longer([](KeyDoc&) {}) == kExtended);
  CHECK(longer([](KeyDoc& d) { d.node_sign[0].not_after += days(1); }) == refused(Code::kKeyWindowChanged));
  CHECK(longer([](KeyDoc& d) { d.transport[0].not_before -= days(1); }) == refused(Code::kKeyWindowChanged));
  CHECK(longer([](KeyDoc& d) { d.witness[0].not_after -= days(1); }) == refused(Code::kKeyWindowChanged));
  // Nor by way of a version without it.
  KeyDoc gone = following(chain);
  gone.witness.clear();
  REQUIRE(append(chain, agency.sign(gone)) == kExtended);
  CHECK(longer([&](KeyDoc& d) { d.witness = agency.doc.witness; }) == kExtended);
  CHECK(longer([&](KeyDoc& d) {
          d.witness = agency.doc.witness;
          d.witness[0].not_after += days(1);
        }) == refused(Code::kKeyWindowChanged));
}

TEST_CASE("what nobody signed is neither kept nor counted") {
  TestAgency agency(16, 2, 1);
  const Bytes good = agency.sign(agency.doc, {agency.roots().keys[0]});
  // A field that may be ignored, as a hostile relay would add.
  Bytes padded = good;
  const Bytes junk(4000, std::byte{'j'});
  proto::append(padded, proto::from_hex("a206a01f").value());  // number 100, 4,000 bytes
  proto::append(padded, junk);
  const auto chain = KeyChain::start(padded, std::nullopt);
  REQUIRE(chain.ok());
  CHECK(proto::equal(chain.value().signed_bytes(1), good));
}

TEST_CASE("keys hold within their lifetime, both ends included") {
  TestAgency agency(12);
  const KeyChain chain = started(agency);
  const SigningKey key = agency.doc.node_sign[0];
  const auto tick = std::chrono::milliseconds(1);
  const auto at = [&](Moment moment) {
    const auto found = chain.current_signing_key(key.id(), moment);
    return found.ok() ? Code::kUnknown : found.error().code;
  };
  CHECK(at(key.not_before) == Code::kUnknown);
  CHECK(at(key.not_after) == Code::kUnknown);
  CHECK(at(key.not_before - tick) == Code::kKeyOutsideWindow);
  CHECK(at(key.not_after + tick) == Code::kKeyOutsideWindow);
  CHECK(chain.signing_key(2, key.id()).error().code == Code::kKeyDocNewer);
  CHECK(chain.signing_key(0, key.id()).error().code == Code::kUnknownKey);
  // A witness key signs no entries.
  CHECK(chain.signing_key(1, agency.doc.witness[0].id()).error().code == Code::kUnknownKey);
  CHECK(chain.current_signing_key(agency.doc.witness[0].id(), kNow).error().code == Code::kUnknownKey);

  const TransportKey transport = agency.doc.transport[0];
  CHECK(chain.check_transport(transport.key, kNow).ok());
  CHECK(chain.check_transport(transport.key, transport.not_after + tick).error().code ==
        Code::kKeyOutsideWindow);
  CHECK(chain.check_transport(agency.transport_key().key, kNow).error().code == Code::kUnknownKey);
  CHECK_FALSE(chain.stale(agency.doc.expires));
  CHECK(chain.stale(agency.doc.expires + tick));
}

TEST_CASE("a stale document vouches for no key, though the key has not expired") {
  TestAgency agency(17);
  agency.doc.expires = kNow + days(10);
  const KeyChain chain = started(agency);
  const SigningKey key = agency.doc.node_sign[0];
  const TransportKey transport = agency.doc.transport[0];
  CHECK(chain.current_signing_key(key.id(), agency.doc.expires).ok());
  CHECK(chain.check_transport(transport.key, agency.doc.expires).ok());
  const Moment later = agency.doc.expires + std::chrono::milliseconds(1);
  CHECK(chain.current_signing_key(key.id(), later).error().code == Code::kKeyDocStale);
  CHECK(chain.check_transport(transport.key, later).error().code == Code::kKeyDocStale);
}

TEST_CASE("a chain is bounded in bytes, a document and its parts in number") {
  TestAgency agency(13);
  KeyChain chain = started(agency);
  KeyDoc doc = following(chain);
  doc.revoked.resize(17, {agency.random().next<proto::KeyId>(), RevocationReason::kRoutine, 0, kNow});
  CHECK(encode_keydoc(doc).error().code == Code::kTooManyElements);
  doc = following(chain);
  for (unsigned i = 0; i < 8; ++i)
    doc.roots.keys.push_back(RootKey::of(agency.new_pair().public_key()));
  CHECK(encode_keydoc(doc).error().code == Code::kTooManyElements);
  CHECK(start_code(Bytes(proto::bounds::kSignedKeyDocBytes + 1)) == Code::kMessageTooLong);

  std::size_t bytes = chain.signed_bytes(1).size();
  for (;;) {
    KeyDoc next = following(chain);
    next.legal_name = std::string(256, 'x');
    for (unsigned i = 0; i < 16; ++i)
      next.revoked.push_back({agency.random().next<proto::KeyId>(), RevocationReason::kRoutine, 0, kNow});
    const Bytes signed_doc = agency.sign(next);
    const Outcome outcome = append(chain, signed_doc);
    if (bytes + signed_doc.size() > proto::bounds::kKeyChainBytes) {
      CHECK(outcome == refused(Code::kKeyChainFull));
      break;
    }
    bytes += signed_doc.size();
    REQUIRE(outcome == kExtended);
  }
}

}  // namespace comity::crypto
