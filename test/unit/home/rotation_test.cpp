// SPDX-License-Identifier: EUPL-1.2
#include "node/home/rotation.h"

#include <fstream>

#include <doctest/doctest.h>

#include "node/home/files.h"
#include "node/home/identity.h"
#include "test/unit/home/folder.h"
#include "test/unit/seeded.h"

namespace comity::home {
namespace {

using proto::Code;
using proto::KeyId;
using std::chrono::days;

const Moment kNow{std::chrono::milliseconds(1'795'000'000'000)};
const std::optional<crypto::Secret> kOpen;

template <class T>
Code code_of(const proto::Result<T>& result) {
  return result.ok() ? Code::kUnknown : result.error().code;
}

/// The files of a directory as far as keys go, and the root key file beside it.
struct House {
  explicit House(std::uint64_t seed) : random(seed) {
    RootKeys roots = RootKeys::generate(random);
    NodeKeys keys = NodeKeys::generate(random);
    auto chain = first_key_chain(keys, roots, "health", "Ministry of Health", kNow, random);
    REQUIRE(chain.ok());
    REQUIRE(make_directory(paths.keys()).ok());
    REQUIRE(save_keys(paths.node_keys(), encode_keys(keys).view(), kOpen, random).ok());
    REQUIRE(save_keys(root_file(), encode_keys(roots).view(), kOpen, random).ok());
    REQUIRE(store_chain(paths, *chain).ok());
    marker = {chain->agency(), random.next<proto::InstanceId>(), kNow};
  }
  [[nodiscard]] std::filesystem::path root_file() const { return folder.path / "root.key"; }
  [[nodiscard]] Identity identity() const {
    auto loaded = load_identity(paths, marker, kOpen);
    REQUIRE_MESSAGE(loaded.ok(), (loaded.ok() ? std::string() : proto::to_string(loaded.error())));
    return *std::move(loaded);
  }
  [[nodiscard]] proto::Bytes sign(const PlannedKeys& planned) const {
    auto signed_doc = sign_as_root(root_file(), kOpen, planned.doc);
    REQUIRE_MESSAGE(signed_doc.ok(),
                    (signed_doc.ok() ? std::string() : proto::to_string(signed_doc.error())));
    return *std::move(signed_doc);
  }
  /// All steps of a change.
  Identity change(const PlannedKeys& planned) {
    auto chain = take_signed(identity().chain, planned, sign(planned));
    REQUIRE_MESSAGE(chain.ok(), (chain.ok() ? std::string() : proto::to_string(chain.error())));
    REQUIRE(store_keys(paths, planned.keys, kOpen, random).ok());
    REQUIRE(store_chain(paths, *chain).ok());
    Identity now = identity();
    REQUIRE(store_keys(paths, now.keys, kOpen, random).ok());
    return identity();
  }
  Identity rotate(Moment now) {
    auto planned = plan_rotation(identity(), now, random);
    REQUIRE(planned.ok());
    return change(*planned);
  }

  Folder folder;
  test::SeededRandom random;
  Paths paths{folder.path};
  Marker marker{};
};

KeyId signing_id(const Identity& identity) {
  return crypto::key_id(identity.keys.signing.public_key());
}

}  // namespace

TEST_CASE("a rotation lists the new keys before those in use, and never more than two of a purpose") {
  House house(1);
  const Identity before = house.identity();
  Identity after = house.rotate(kNow + days(300));
  CHECK(after.chain.version() == 2);
  CHECK(signing_id(after) != signing_id(before));
  CHECK(after.keys.transport.public_key() != before.keys.transport.public_key());
  CHECK(after.keys.witness.public_key() != before.keys.witness.public_key());
  CHECK(proto::equal(after.keys.storage.view(), before.keys.storage.view()));
  const crypto::KeyDoc& doc = after.chain.current();
  REQUIRE(doc.node_sign.size() == 2);
  CHECK(doc.node_sign[0].key == after.keys.signing.public_key());
  CHECK(doc.node_sign[1].key == before.keys.signing.public_key());
  CHECK(doc.expires == kNow + days(300) + days(395));
  // Peers who have not heard call the old transport key; nothing is signed by the old signing key.
  REQUIRE(after.keys.more_transport.size() == 1);
  CHECK(after.keys.more_transport[0].public_key() == before.keys.transport.public_key());
  CHECK(after.keys.more_signing.empty());
  // What the old key has signed is checked against the document that named it.
  CHECK(after.chain.signing_key(1, signing_id(before)).ok());

  for (int year = 0; year < 5; ++year) {
    after = house.rotate(kNow + days(600 + 300 * year));
    CHECK(after.chain.current().node_sign.size() == 2);
    CHECK(after.chain.current().transport.size() == 2);
    CHECK(after.keys.more_transport.size() <= 2);
  }
}

TEST_CASE("a node that is cut off between any two steps of a rotation starts, with keys of one document") {
  House house(2);
  const Identity before = house.identity();
  const auto planned = plan_rotation(before, kNow, house.random);
  REQUIRE(planned.ok());
  const auto chain = take_signed(before.chain, *planned, house.sign(*planned));
  REQUIRE(chain.ok());

  // A half-written file never has the name of the real one.
  std::ofstream(house.paths.node_keys().string() + ".new") << "half";
  CHECK(signing_id(house.identity()) == signing_id(before));
  REQUIRE(store_keys(house.paths, planned->keys, kOpen, house.random).ok());
  const Identity between = house.identity();
  CHECK(signing_id(between) == signing_id(before));
  CHECK(between.keys.transport.public_key() == before.keys.transport.public_key());
  CHECK(between.keys.more_transport.empty());

  SUBCASE("it is tried again from there") {
    const auto again = plan_rotation(between, kNow, house.random);
    REQUIRE(again.ok());
    CHECK(house.change(*again).chain.version() == 2);
  }
  SUBCASE("it goes on") {
    std::ofstream(house.paths.key_chain().string() + ".new") << "half";
    REQUIRE(store_chain(house.paths, *chain).ok());
    const Identity after = house.identity();
    CHECK(signing_id(after) != signing_id(before));
    CHECK(after.chain.current().node_sign.front().key == after.keys.signing.public_key());
    REQUIRE(after.keys.more_transport.size() == 1);
    CHECK(after.keys.more_transport[0].public_key() == before.keys.transport.public_key());
  }
  SUBCASE("the document without its keys is not believed") {
    House other(3);
    REQUIRE(store_keys(house.paths, before.keys, kOpen, house.random).ok());
    REQUIRE(store_chain(house.paths, *chain).ok());
    // The keys that it lists second are held: a node put back from between the steps signs with those.
    CHECK(signing_id(house.identity()) == signing_id(before));
    REQUIRE(store_keys(house.paths, other.identity().keys, kOpen, house.random).ok());
    CHECK(code_of(load_identity(house.paths, house.marker, kOpen)) == Code::kHomeForeign);
  }
}

TEST_CASE("only the planned document, signed by the agency's own root, is taken") {
  House house(4);
  const Identity identity = house.identity();
  const auto planned = plan_rotation(identity, kNow, house.random);
  REQUIRE(planned.ok());
  const proto::Bytes good = house.sign(*planned);

  House other(5);
  CHECK(code_of(sign_as_root(other.root_file(), kOpen, planned->doc)) == Code::kRootKeyOther);
  const auto stranger = crypto::Ed25519KeyPair::generate(house.random);
  const crypto::Ed25519KeyPair* const by = &stranger;
  CHECK(code_of(take_signed(identity.chain, *planned, crypto::sign_keydoc(planned->doc, {&by, 1}, {}))) ==
        Code::kRootKeyOther);
  CHECK(code_of(take_signed(identity.chain, *planned, crypto::sign_keydoc(planned->doc, {}, {}))) ==
        Code::kRootKeyOther);
  for (std::size_t bit = 0; bit < good.size() * 8; bit += 7) {
    proto::Bytes bent = good;
    bent[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    CHECK_FALSE(take_signed(identity.chain, *planned, bent).ok());
  }
  // Another document of the same version, also a genuine one.
  const auto second = plan_rotation(identity, kNow, house.random);
  REQUIRE(second.ok());
  CHECK(code_of(take_signed(identity.chain, *planned, house.sign(*second))) == Code::kKeyDocRule);
  const auto chain = take_signed(identity.chain, *planned, good);
  REQUIRE(chain.ok());
  CHECK(code_of(take_signed(*chain, *planned, good)) == Code::kKeyDocRule);
  CHECK(identity.chain.version() == 1);
}

TEST_CASE("a root key file that cannot be used says why") {
  House house(6);
  const auto planned = plan_rotation(house.identity(), kNow, house.random);
  REQUIRE(planned.ok());
  const auto sign = [&](const std::filesystem::path& file, const std::optional<crypto::Secret>& passphrase) {
    return code_of(sign_as_root(file, passphrase, planned->doc));
  };
  CHECK(code_of(root_key_is_sealed(house.folder.path / "none")) == Code::kRootKeyWanted);
  CHECK(sign(house.folder.path / "none", kOpen) == Code::kKeyMissing);
  CHECK(sign(house.paths.node_keys(), kOpen) == Code::kKeyUnusable);
  CHECK(sign(house.root_file(), crypto::Secret::copy_of(proto::as_bytes("in vain"))) == Code::kKeyUnusable);

  const auto sealed = house.folder.path / "sealed.key";
  const auto payload = load_keys(house.root_file(), kOpen);
  REQUIRE(payload.ok());
  const proto::Bytes cheap = crypto::seal_key_file(payload->view(), proto::as_bytes("right"),
                                                   {.passes = 1, .memory_kib = 64}, house.random)
                                 .value();
  REQUIRE(write_new_file(sealed, cheap).ok());
  CHECK(*root_key_is_sealed(sealed));
  CHECK(sign(sealed, kOpen) == Code::kPassphraseNeeded);
  CHECK(sign(sealed, crypto::Secret::copy_of(proto::as_bytes("wrong"))) == Code::kKeyUnusable);
  CHECK(sign_as_root(sealed, crypto::Secret::copy_of(proto::as_bytes("right")), planned->doc).ok());
  for (const std::size_t at : {std::size_t{0}, std::size_t{16}, cheap.size() - 1}) {
    proto::Bytes damaged = cheap;
    damaged[at] ^= std::byte{1};
    REQUIRE(replace_file(sealed, damaged).ok());
    CHECK(sign(sealed, crypto::Secret::copy_of(proto::as_bytes("right"))) == Code::kKeyUnusable);
  }
}

TEST_CASE("the root does not sign away its own place") {
  House house(7);
  House other(8);
  const auto planned = plan_rotation(house.identity(), kNow, house.random);
  REQUIRE(planned.ok());
  const crypto::KeyDoc good = crypto::decode_keydoc(planned->doc).value();
  const auto sign = [&](const crypto::KeyDoc& doc) {
    return code_of(sign_as_root(house.root_file(), kOpen, crypto::encode_keydoc(doc).value()));
  };
  CHECK(sign(good) == Code::kUnknown);
  crypto::KeyDoc bent = good;
  bent.next_root_commit = other.identity().chain.current().next_root_commit;
  CHECK(sign(bent) == Code::kKeyDocRule);
  bent = good;
  bent.roots.keys.push_back(other.identity().chain.current().roots.keys.front());
  CHECK(sign(bent) == Code::kKeyDocRule);
  CHECK(code_of(sign_as_root(house.root_file(), kOpen, proto::as_bytes("no document"))) != Code::kUnknown);
}

TEST_CASE("revoking a key in use replaces it, and a revoked key never comes back") {
  House house(9);
  const Identity before = house.identity();
  const crypto::Revocation compromised{signing_id(before), crypto::RevocationReason::kCompromised, 0,
                                       kNow - days(2)};
  const auto planned = plan_revocation(before, compromised, kNow, house.random);
  REQUIRE(planned.ok());
  const Identity after = house.change(*planned);
  CHECK(signing_id(after) != compromised.key);
  CHECK(after.keys.transport.public_key() == before.keys.transport.public_key());
  REQUIRE(after.chain.revocation(compromised.key) != nullptr);
  CHECK(after.chain.revocation(compromised.key)->reason == crypto::RevocationReason::kCompromised);
  CHECK(code_of(after.chain.current_signing_key(compromised.key, kNow)) == Code::kKeyRevoked);
  CHECK(after.chain.current_signing_key(signing_id(after), kNow).ok());

  const auto again = [&](crypto::RevocationReason reason, Moment since, const KeyId& key) {
    return code_of(plan_revocation(after, {key, reason, 0, since}, kNow, house.random));
  };
  CHECK(again(crypto::RevocationReason::kCompromised, kNow - days(2), compromised.key) ==
        Code::kKeyNotRevocable);
  CHECK(again(crypto::RevocationReason::kRoutine, kNow, compromised.key) == Code::kKeyNotRevocable);
  // It turns out that it was in other hands for longer.
  CHECK(again(crypto::RevocationReason::kCompromised, kNow - days(9), compromised.key) == Code::kUnknown);
  CHECK(again(crypto::RevocationReason::kRoutine, kNow, house.random.next<KeyId>()) == Code::kKeyUnknown);
  CHECK(again(crypto::RevocationReason::kRoutine, kNow, after.chain.current().roots.keys.front().id()) ==
        Code::kKeyNotRevocable);

  const KeyId transport = crypto::key_id(after.keys.transport.public_key());
  const auto next =
      plan_revocation(after, {transport, crypto::RevocationReason::kRoutine, 0, kNow}, kNow, house.random);
  REQUIRE(next.ok());
  const Identity last = house.change(*next);
  CHECK(crypto::key_id(last.keys.transport.public_key()) != transport);
  // A peer that has not heard yet is still answered, and told.
  REQUIRE(last.keys.more_transport.size() == 1);
  CHECK(crypto::key_id(last.keys.more_transport[0].public_key()) == transport);
  CHECK(signing_id(last) == signing_id(after));
}

TEST_CASE("a key that a rotation has replaced can be revoked as well") {
  House house(10);
  const KeyId old = signing_id(house.identity());
  const Identity rotated = house.rotate(kNow);
  const auto planned =
      plan_revocation(rotated, {old, crypto::RevocationReason::kRoutine, 0, kNow}, kNow, house.random);
  REQUIRE(planned.ok());
  const Identity after = house.change(*planned);
  CHECK(signing_id(after) == signing_id(rotated));
  CHECK(after.chain.current().node_sign.size() == 1);
  CHECK(after.chain.revocation(old) != nullptr);
}

TEST_CASE("a payload with keys besides is read whole or not at all") {
  test::SeededRandom random(11);
  NodeKeys keys = NodeKeys::generate(random);
  keys.more_signing.push_back(crypto::Ed25519KeyPair::generate(random));
  keys.more_transport.push_back(crypto::X25519KeyPair::generate(random));
  keys.more_transport.push_back(crypto::X25519KeyPair::generate(random));
  keys.more_witness.push_back(crypto::Ed25519KeyPair::generate(random));
  const crypto::Secret payload = encode_keys(keys);
  const auto again = decode_node_keys(payload.view());
  REQUIRE(again.ok());
  CHECK(again->more_signing.at(0).public_key() == keys.more_signing[0].public_key());
  CHECK(again->more_transport.at(1).public_key() == keys.more_transport[1].public_key());
  CHECK(again->more_witness.at(0).public_key() == keys.more_witness[0].public_key());
  CHECK(proto::equal(encode_keys(*again).view(), payload.view()));
  for (std::size_t size = 0; size < payload.size(); ++size)
    CHECK(code_of(decode_node_keys(payload.view().first(size))) == Code::kKeyUnusable);
  for (std::size_t at = 1; at <= 3; ++at) {
    crypto::Secret bent = payload.clone();
    bent.writable()[at] = std::byte{200};
    CHECK(code_of(decode_node_keys(bent.view())) == Code::kKeyUnusable);
  }
  CHECK(code_of(decode_root_keys(payload.view())) == Code::kKeyUnusable);
}

}  // namespace comity::home
