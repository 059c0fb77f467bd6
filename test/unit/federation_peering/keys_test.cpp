// SPDX-License-Identifier: EUPL-1.2
#include <doctest/doctest.h>

#include "crypto/hkdf.h"
#include "crypto/sha256.h"
#include "node/federation/keys/distrust.h"
#include "node/federation/keys/grants.h"
#include "node/federation/keys/own_endpoints.h"
#include "node/feed/row.h"
#include "test/unit/federation_peering/office.h"

namespace comity::federation::test {
namespace {

template <class T>
Code code_of(const Result<T>& result) {
  return result.ok() ? Code::kUnknown : result.error().code;
}

v1::KeyDocs docs_of(const Office& office, std::uint32_t from = 1) {
  v1::KeyDocWant want;
  want.set_agency(field(office.id().view()));
  want.set_from_version(from);
  return office.chains->serve(want).front();
}

void hold(Office& office, const v1::KeyDocs& docs) {
  auto taken = office.chains->take(docs, true);
  REQUIRE(taken.ok());
  office.apply(Step{.rows = std::move(taken->rows)});
}

crypto::KeyDoc next_doc(const Office& office) {
  return crypto::following(office.chain);
}

struct Keys {
  Office health{11};
  Office finance{22};
  OwnEncKeys own{finance.id(), finance.storage_key, finance.random};

  Keys() { hold(health, docs_of(finance)); }
  v1::SignedEncKeys renew(WallTime now = kNow) {
    auto renewed = own.renew(*finance.enc_keys, *finance.chains, finance.signing(), now);
    REQUIRE(renewed.ok());
    finance.apply(Step{.rows = std::move(renewed->rows)});
    REQUIRE(renewed->announce);
    return *renewed->announce;
  }
  Code take(const v1::SignedEncKeys& message, WallTime now = kNow) {
    auto rows = health.enc_keys->take(message, *health.chains, now);
    if (!rows.ok()) return rows.error().code;
    health.apply(Step{.rows = *std::move(rows)});
    return Code::kUnknown;
  }
};

}  // namespace

TEST_CASE("a key that was made a moment ago counts for a clock that runs a little behind") {
  EncKeySet set;
  set.keys.push_back({.not_before = kNow, .not_after = kNow + days(30)});
  CHECK(set.usable(kNow) == set.keys.data());
  CHECK(set.usable(kNow - kClockAllowance) == set.keys.data());
  // Far behind too: a grant that is not made now is never made once the feed has ended.
  CHECK(set.usable(kNow - std::chrono::hours(1)) == set.keys.data());
  CHECK(set.usable(kNow + days(30) + std::chrono::milliseconds(1)) == nullptr);
  set.keys.push_back({.not_before = kNow - days(30), .not_after = kNow + days(1)});
  CHECK(set.usable(kNow - std::chrono::minutes(1)) == &set.keys.back());
}

TEST_CASE("a chain is taken, kept over a restart, served on, and verifies signers") {
  Office health(11);
  Office finance(22);
  Office justice(33);
  hold(health, docs_of(finance));
  health.restart();
  REQUIRE(health.chains->find(finance.id()) != nullptr);
  CHECK(health.chains->find(finance.id())->current_hash() == finance.chain.current_hash());
  // Any agency may forward it.
  v1::KeyDocWant want;
  want.set_agency(field(finance.id().view()));
  want.set_from_version(1);
  hold(justice, health.chains->serve(want).front());
  const auto signers = justice.chains->signers();
  CHECK(signers->find(finance.id(), finance.signing().id, 1).ok());
  CHECK(code_of(signers->find(finance.id(), finance.signing().id, 2)) == Code::kFeedSignerUnknown);
  want.set_from_version(2);
  CHECK(health.chains->serve(want).empty());
  want.set_agency(field(justice.id().view()));
  CHECK(health.chains->serve(want).empty());
}

TEST_CASE("a chain that nobody asked for is passed over, and our own comes from nobody") {
  Office health(11);
  Office finance(22);
  const auto taken = health.chains->take(docs_of(finance), false);
  REQUIRE(taken.ok());
  CHECK_FALSE(taken->changed);
  CHECK(health.chains->find(finance.id()) == nullptr);
  CHECK_FALSE(health.chains->take(docs_of(health), true)->changed);
}

TEST_CASE("a long chain travels in several messages and comes together on the other side") {
  Office health(11);
  Office finance(22);
  for (unsigned i = 0; i < 69; ++i)
    finance.rotate(next_doc(finance));
  v1::KeyDocWant want;
  want.set_agency(field(finance.id().view()));
  want.set_from_version(1);
  const auto parts = finance.chains->serve(want);
  REQUIRE(parts.size() == 2);
  CHECK(code_of(health.chains->take(parts[1], true)) == Code::kKeyDocGap);
  for (const v1::KeyDocs& part : parts)
    hold(health, part);
  CHECK(health.chains->find(finance.id())->version() == 70);
  health.restart();
  CHECK(health.chains->find(finance.id())->version() == 70);
  const auto before = health.chains->snapshot();
  finance.rotate(next_doc(finance));
  hold(health, docs_of(finance, 71));
  CHECK(before->at(finance.id())->version() == 70);
  CHECK(health.chains->find(finance.id())->version() == 71);
}

TEST_CASE("a chain beyond its bound is refused, and that of a caller whom nobody has verified much sooner") {
  Office health(11);
  Office finance(22);
  v1::KeyDocWant want;
  want.set_agency(field(finance.id().view()));
  want.set_from_version(1);
  const v1::KeyDocs one = finance.chains->serve(want).front();
  const std::size_t bytes = finance.chain.signed_bytes(1).size();
  CHECK(code_of(health.chains->take(one, true, bytes - 1)) == Code::kKeyChainFull);
  CHECK(health.chains->find(finance.id()) == nullptr);
  CHECK(health.chains->take(one, true, bytes).ok());
  health.apply(Step{.rows = health.chains->forget(finance.id())});

  while (finance.chain.version() * bytes <= ChainBook::kMostUnverified + bytes)
    REQUIRE(finance.chain.append(finance.agency.sign(crypto::following(finance.chain))).ok());
  finance.chains->set_own(finance.chain);
  SeededRandom random(33);
  finance.accept(health.invite("finance"), "health");
  PairCall call(health, finance, health.last_invite, random);
  call.run();
  CHECK(call.failed() == Code::kKeyChainFull);
  health.apply(Step{.rows = call.host_session->closed()});
  CHECK(health.chains->find(finance.id()) == nullptr);
  health.restart();
  CHECK(health.chains->find(finance.id()) == nullptr);
}

TEST_CASE("a message with one bad version adds none of them") {
  Office health(11);
  Office finance(22);
  hold(health, docs_of(finance));
  finance.rotate(next_doc(finance));
  finance.rotate(next_doc(finance));
  v1::KeyDocs docs = docs_of(finance, 2);
  (*docs.mutable_doc(1)->mutable_sigs(0)->mutable_sig())[5] ^= 1;
  CHECK(code_of(health.chains->take(docs, false)) == Code::kKeyDocSignature);
  CHECK(health.chains->find(finance.id())->version() == 1);
}

TEST_CASE("exchanged roots replace what a thief built, in the store too") {
  Office health(11);
  Office finance(22);
  crypto::KeyChain honest = finance.chain;
  hold(health, docs_of(finance));
  // With today's root key somebody else writes versions 2 and 3.
  finance.rotate(next_doc(finance));
  finance.rotate(next_doc(finance));
  hold(health, docs_of(finance, 2));
  REQUIRE(health.chains->find(finance.id())->version() == 3);
  const crypto::KeyDoc doc = finance.agency.with_next_roots(crypto::following(honest));
  const Bytes signed_doc = finance.agency.sign_by_both(doc);
  v1::KeyDocs docs;
  docs.set_agency(field(finance.id().view()));
  *docs.add_doc() = proto::decode<v1::SignedKeyDoc>(signed_doc, signed_doc.size()).value();
  auto taken = health.chains->take(docs, false);
  REQUIRE(taken.ok());
  CHECK(taken->replaced);
  health.apply(Step{.rows = std::move(taken->rows)});
  health.restart();
  CHECK(health.chains->find(finance.id())->version() == 2);
  CHECK(health.chains->find(finance.id())->current_hash() ==
        crypto::keydoc_hash(crypto::encode_keydoc(doc).value()));
}

TEST_CASE("encryption keys are taken when genuine and newer") {
  Keys keys;
  const v1::SignedEncKeys first = keys.renew();
  CHECK(keys.take(first) == Code::kUnknown);
  keys.health.restart();
  REQUIRE(keys.health.enc_keys->find(keys.finance.id()) != nullptr);
  CHECK(keys.health.enc_keys->serial(keys.finance.id()) == 1);
  const v1::SignedEncKeys second = keys.renew(kNow + days(21));
  CHECK(keys.take(second, kNow + days(21)) == Code::kUnknown);
  CHECK(keys.take(first, kNow + days(21)) == Code::kUnknown);
  CHECK(keys.health.enc_keys->serial(keys.finance.id()) == 2);
  CHECK(keys.health.enc_keys->find(keys.finance.id())->usable(kNow + days(21))->not_before ==
        kNow + days(21));
  CHECK(keys.health.enc_keys->find(keys.finance.id())->usable(kNow + days(60)) == nullptr);
}

TEST_CASE("encryption keys that anybody else signed or bent are refused") {
  Keys keys;
  Office other(77);
  const v1::SignedEncKeys genuine = keys.renew();
  v1::SignedEncKeys flipped = genuine;
  (*flipped.mutable_sig()->mutable_sig())[3] ^= 1;
  CHECK(keys.take(flipped) == Code::kEncKeysSignature);
  const std::vector<EncKey> some{{keys.finance.transport(), kNow, kNow + days(5)}};
  const auto stranger = sign_enc_keys(keys.finance.id(), 9, some, kNow, other.signing()).value();
  CHECK(keys.take(stranger) == Code::kUnknownKey);
  const auto unheard = sign_enc_keys(other.id(), 9, some, kNow, other.signing()).value();
  CHECK(keys.take(unheard) == Code::kKeyUnknown);
  feed::SigningKey early = keys.finance.signing();
  early.keydoc = 2;
  CHECK(keys.take(sign_enc_keys(keys.finance.id(), 9, some, kNow, early).value()) == Code::kKeyDocNewer);
  const EncKey backwards{keys.finance.transport(), kNow, kNow - days(1)};
  CHECK(code_of(sign_enc_keys(keys.finance.id(), 9, {&backwards, 1}, kNow, keys.finance.signing())) ==
        Code::kEncKeysRule);
  const EncKey eternal{keys.finance.transport(), kNow, kNow + days(500)};
  CHECK(code_of(sign_enc_keys(keys.finance.id(), 9, {&eternal, 1}, kNow, keys.finance.signing())) ==
        Code::kEncKeysRule);
  const EncKey low{crypto::X25519PublicKey(), kNow, kNow + days(5)};
  CHECK_FALSE(sign_enc_keys(keys.finance.id(), 9, {&low, 1}, kNow, keys.finance.signing()).ok());
  CHECK(keys.health.enc_keys->find(keys.finance.id()) == nullptr);
}

TEST_CASE("what a key signed that was revoked since is dropped, and older documents count no more") {
  Keys keys;
  const v1::SignedEncKeys first = keys.renew();
  REQUIRE(keys.take(first) == Code::kUnknown);
  crypto::KeyDoc doc = next_doc(keys.finance);
  const KeyId old = doc.node_sign.front().id();
  doc.node_sign = {keys.finance.agency.signing_key()};
  doc.revoked = {{old, crypto::RevocationReason::kCompromised, 0, kNow}};
  keys.finance.rotate(doc);
  hold(keys.health, docs_of(keys.finance, 2));
  const crypto::KeyChain& chain = *keys.health.chains->find(keys.finance.id());
  keys.health.apply(Step{.rows = keys.health.enc_keys->chain_changed(chain)});
  CHECK(keys.health.enc_keys->find(keys.finance.id()) == nullptr);
  CHECK(keys.take(first) == Code::kEncKeysRule);
  // The owner signs the same keys anew under the new document.
  const v1::SignedEncKeys anew = keys.renew();
  CHECK(keys.take(anew) == Code::kUnknown);
  CHECK(keys.health.enc_keys->serial(keys.finance.id()) == 2);
  keys.health.restart();
  CHECK(keys.health.enc_keys->serial(keys.finance.id()) == 2);
}

TEST_CASE("our encryption keys are renewed ten days before their end and destroyed thirty days after it") {
  Keys keys;
  keys.renew();
  const auto idle =
      keys.own.renew(*keys.finance.enc_keys, *keys.finance.chains, keys.finance.signing(), kNow + days(19));
  REQUIRE(idle.ok());
  CHECK_FALSE(idle->made);
  CHECK_FALSE(idle->announce);
  keys.renew(kNow + days(20));
  CHECK(keys.own.size() == 2);
  // Not before everything was fetched once after its end.
  CHECK(keys.own.destroy(kNow + days(61), kNow + days(29)).empty());
  CHECK(keys.own.destroy(kNow + days(59), kNow + days(59)).empty());
  Rows gone = keys.own.destroy(kNow + days(60), kNow + days(59));
  CHECK_FALSE(gone.empty());
  CHECK(keys.own.size() == 1);
  keys.finance.apply(Step{.rows = std::move(gone)});

  OwnEncKeys again(keys.finance.id(), keys.finance.storage_key, keys.finance.random);
  REQUIRE(again.load(*keys.finance.store->snapshot().value()).ok());
  CHECK(again.size() == 1);
  // Private halves lie in the store sealed: with another storage key nothing opens.
  crypto::Key32 other_key;
  OwnEncKeys thief(keys.finance.id(), other_key, keys.finance.random);
  const Status opened = thief.load(*keys.finance.store->snapshot().value());
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().code == Code::kFeedDamaged);
  CHECK(opened.error().detail.starts_with("enc_secrets key="));
}

TEST_CASE("addresses are taken from their owner when genuine and newer") {
  Keys keys;
  const std::vector<std::string> first{"finance.example:7443", "[2001:db8::7]:7443"};
  const auto message = sign_endpoints(keys.finance.id(), 4, first, kNow, keys.finance.signing()).value();
  auto rows = keys.health.endpoints->take(message, *keys.health.chains, kNow);
  REQUIRE(rows.ok());
  keys.health.apply(Step{.rows = *std::move(rows)});
  keys.health.restart();
  CHECK(keys.health.endpoints->find(keys.finance.id())->endpoints == first);
  const auto older = sign_endpoints(keys.finance.id(), 3, first, kNow, keys.finance.signing()).value();
  CHECK(keys.health.endpoints->take(older, *keys.health.chains, kNow)->empty());
  v1::SignedEndpoints flipped = message;
  (*flipped.mutable_sig()->mutable_sig())[3] ^= 1;
  CHECK(code_of(keys.finance.endpoints->take(flipped, *keys.finance.chains, kNow)) ==
        Code::kEndpointsSignature);
  const std::vector<std::string> nonsense{"not an address"};
  CHECK(code_of(sign_endpoints(keys.finance.id(), 5, nonsense, kNow, keys.finance.signing())) ==
        Code::kEndpointsRule);
}

TEST_CASE("a node that loses its last address can say so") {
  Keys keys;
  auto& finance = keys.finance;
  const std::vector<std::string> some{"finance.example:7443"};
  auto first = renew_endpoints(*finance.endpoints, *finance.chains, some, finance.signing(), kNow);
  REQUIRE(first.ok());
  auto none = renew_endpoints(*finance.endpoints, *finance.chains, {}, finance.signing(), kNow + days(1));
  REQUIRE(none.ok());
  REQUIRE(none->announce);
  for (const auto* message : {&*first->announce, &*none->announce}) {
    // As it travels: the strict walker sees it too.
    const auto arrived = proto::decode<v1::SignedEndpoints>(proto::encode(*message), 10'000);
    REQUIRE(arrived.ok());
    REQUIRE(keys.health.endpoints->take(*arrived, *keys.health.chains, kNow + days(1)).ok());
  }
  CHECK(keys.health.endpoints->find(finance.id())->endpoints.empty());
}

TEST_CASE("a feed key that we wrapped for ourselves opens after a restore, under our storage key alone") {
  Pair pair;
  OwnEncKeys none(pair.health.id(), pair.health.storage_key, pair.health.random);
  const auto make = [&](Office& office, const crypto::Key32& storage_key) {
    return Grants(
        GrantSetup{.store = *office.store,
                   .random = office.random,
                   .self = office.id(),
                   .storage_key = storage_key,
                   .enc_keys = *office.enc_keys,
                   .own = none,
                   .psks = [&office](const AgencyId& agency) { return office.book->grant_psks(agency); },
                   .now = [] { return kNow; }});
  };
  const auto key = crypto::FeedKey::generate(pair.random);
  const crypto::GrantContext context{pair.health.id(), pair.random.next<proto::FeedId>(), proto::KeyEpoch{3},
                                     pair.health.id()};
  const auto wrap = make(pair.health, pair.health.storage_key).wrap(key, context);
  REQUIRE(wrap.ok());
  // Another object, as after a restart: nothing of it is stored.
  const auto opened = make(pair.health, pair.health.storage_key).open(context, *wrap);
  REQUIRE(opened.ok());
  CHECK(proto::equal(opened->bytes.view(), key.bytes.view()));
  auto elsewhere = context;
  elsewhere.epoch = proto::KeyEpoch{4};
  CHECK(code_of(make(pair.health, pair.health.storage_key).open(elsewhere, *wrap)) == Code::kNoGrant);
  crypto::Key32 thief;
  CHECK(code_of(make(pair.health, thief).open(context, *wrap)) == Code::kNoGrant);
  // One that anybody can make for our key pair, in base mode, is not ours.
  const auto pair_of = crypto::hkdf_expand_key(pair.health.storage_key.view(),
                                               {crypto::context("recovery"), pair.health.id().view()});
  const auto ours = crypto::X25519KeyPair::from_private(pair_of.view()).value();
  const auto forged = crypto::wrap_feed_key(key, context, ours.public_key(), nullptr, pair.random);
  REQUIRE(forged.ok());
  v1::Wrap base = *wrap;
  base.set_enc(field(forged->encapsulated.view()));
  base.set_ct(field(forged->ciphertext));
  CHECK(code_of(make(pair.health, pair.health.storage_key).open(context, base)) == Code::kNoGrant);
}

TEST_CASE(
    "feed keys travel under the secret of the pair, else in base mode, and open on the other side only") {
  Pair pair;
  OwnEncKeys own(pair.finance.id(), pair.finance.storage_key, pair.finance.random);
  auto renewed = own.renew(*pair.finance.enc_keys, *pair.finance.chains, pair.finance.signing(), kNow);
  REQUIRE(renewed.ok());
  WallTime now = kNow;
  bool paired = true;
  const auto make = [&](Office& office, const OwnEncKeys& keys) {
    return std::make_unique<Grants>(GrantSetup{.store = *office.store,
                                               .random = office.random,
                                               .self = office.id(),
                                               .storage_key = office.storage_key,
                                               .enc_keys = *office.enc_keys,
                                               .own = keys,
                                               .psks =
                                                   [&office, &paired](const AgencyId& agency) {
                                                     return paired ? office.book->grant_psks(agency)
                                                                   : std::vector<crypto::Key32>();
                                                   },
                                               .now = [&now] { return now; }});
  };
  OwnEncKeys none(pair.health.id(), pair.health.storage_key, pair.health.random);
  const auto health = make(pair.health, none);
  const auto finance = make(pair.finance, own);
  const auto key = crypto::FeedKey::generate(pair.random);
  const crypto::GrantContext context{pair.health.id(), pair.random.next<proto::FeedId>(), proto::KeyEpoch{3},
                                     pair.finance.id()};

  CHECK(code_of(health->wrap(key, context)) == Code::kFeedNoGrant);
  REQUIRE(health->due().ok());
  CHECK(health->due()->empty());
  auto rows = pair.health.enc_keys->take(*renewed->announce, *pair.health.chains, kNow);
  REQUIRE(rows.ok());
  const auto due = health->due().value();
  REQUIRE(due.size() == 1);
  CHECK(due[0].feed == context.feed);
  CHECK(due[0].agency == pair.finance.id());
  storage::Batch batch;
  Grants::made(batch, due[0]);
  REQUIRE(pair.health.store->commit(std::move(batch)).ok());
  CHECK(health->due()->empty());

  const v1::Wrap wrap = health->wrap(key, context).value();
  CHECK(proto::equal(finance->open(context, wrap)->bytes.view(), key.bytes.view()));
  // Without the secret of the pair it does not open.
  paired = false;
  CHECK(code_of(finance->open(context, wrap)) == Code::kNoGrant);
  const v1::Wrap base = health->wrap(key, context).value();
  CHECK(finance->open(context, base).ok());
  paired = true;
  CHECK(finance->open(context, base).ok());
  crypto::GrantContext moved = context;
  moved.epoch = proto::KeyEpoch{4};
  CHECK(code_of(finance->open(moved, wrap)) == Code::kNoGrant);
  v1::Wrap unknown = wrap;
  unknown.set_key_id(std::string(16, 'x'));
  CHECK(code_of(finance->open(context, unknown)) == Code::kFeedNoGrant);
  v1::Wrap short_one = wrap;
  short_one.set_ct("short");
  CHECK(code_of(finance->open(context, short_one)) == Code::kNoGrant);
  now = kNow + days(31);
  CHECK(code_of(health->wrap(key, context)) == Code::kFeedNoGrant);
}

TEST_CASE("a damaged row of any table is named with its key") {
  Pair pair;
  const std::vector<std::string> addresses{"node.example:7443"};
  auto first =
      renew_endpoints(*pair.health.endpoints, *pair.health.chains, addresses, pair.health.signing(), kNow);
  REQUIRE(first.ok());
  pair.health.apply(Step{.rows = std::move(first->rows)});
  OwnEncKeys own(pair.health.id(), pair.health.storage_key, pair.health.random);
  pair.health.apply(
      Step{.rows = own.renew(*pair.health.enc_keys, *pair.health.chains, pair.health.signing(), kNow)->rows});
  pair.health.apply(Step{.rows = pair.health.book->observe(kNow)});
  Step distrust;
  const crypto::Revocation revoked{pair.finance.signing().id, crypto::RevocationReason::kRoutine, 0, kNow};
  put_distrusts(distrust.rows, pair.finance.id(), {&revoked, 1});
  pair.health.apply(std::move(distrust));
  const auto load = [&]() -> Status {
    const auto view = pair.health.store->snapshot().value();
    PeerBook book(pair.health.id(), pair.health.storage_key, pair.random);
    ChainBook chains(pair.health.chain);
    EncKeyBook enc_keys;
    EndpointBook endpoints;
    OwnEncKeys keys(pair.health.id(), pair.health.storage_key, pair.random);
    COMITY_CHECK(book.load(*view));
    COMITY_CHECK(chains.load(*view));
    COMITY_CHECK(enc_keys.load(*view));
    COMITY_CHECK(endpoints.load(*view));
    COMITY_CHECK(waiting_distrusts(*view, 10));
    return keys.load(*view);
  };
  REQUIRE(load().ok());
  unsigned damaged = 0;
  for (const storage::TableInfo& table : tables()) {
    if (table.name == "agreements" || table.name == "missing_grants") continue;
    std::vector<storage::Row> rows;
    {
      const auto view = pair.health.store->snapshot().value();
      const std::array<std::byte, 1> prefix{std::byte{table.prefix}};
      rows = view->scan({.range = storage::prefix_range(prefix)}).value().rows;
    }
    CAPTURE(table.name);
    REQUIRE_FALSE(rows.empty());
    const storage::Row& row = rows.front();
    const std::size_t step = std::max<std::size_t>(1, row.value.size() / 60);
    for (std::size_t at = 0; at < row.value.size(); at += step) {
      storage::Batch bend;
      Bytes value = row.value;
      value[at] ^= std::byte{1};
      bend.put(row.key, value);
      REQUIRE(pair.health.store->commit(std::move(bend)).ok());
      const Status loaded = load();
      REQUIRE_FALSE(loaded.ok());
      CHECK(loaded.error().code == Code::kFeedDamaged);
      CHECK(loaded.error().detail.starts_with(table.name));
      ++damaged;
    }
    storage::Batch mend;
    mend.put(row.key, row.value);
    REQUIRE(pair.health.store->commit(std::move(mend)).ok());
  }
  CHECK(damaged > 200);
  CHECK(load().ok());
}

TEST_CASE("a peer's row whose check holds is still read with care") {
  Pair pair;
  const Bytes key = kPeers.key("finance");
  const Bytes value = pair.health.store->snapshot().value()->get(key).value().value();
  const ByteView content = ByteView(value).first(value.size() - feed::kRowCheckBytes);
  unsigned refused = 0;
  SeededRandom random(4);
  for (unsigned i = 0; i < 600; ++i) {
    Bytes bent = proto::to_bytes(content);
    bent[random.below(bent.size())] ^= static_cast<std::byte>(1 + random.below(255));
    if (random.chance(20)) bent.resize(random.below(bent.size()));
    const auto peer = decode_peer(key, checked_row(key, {bent}), pair.health.storage_key);
    if (peer.ok()) continue;
    ++refused;
    CHECK(peer.error().code == Code::kFeedDamaged);
  }
  CHECK(refused > 50);
  CHECK(decode_peer(key, value, pair.health.storage_key).ok());
  crypto::Key32 other_key;
  CHECK(code_of(decode_peer(key, value, other_key)) == Code::kFeedDamaged);
}

}  // namespace comity::federation::test
