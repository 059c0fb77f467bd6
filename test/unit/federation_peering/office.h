// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <deque>
#include <memory>

#include <doctest/doctest.h>

#include "node/federation/keys/own_enc_keys.h"
#include "node/federation/peering/pair_session.h"
#include "node/federation/peering/peer_session.h"
#include "node/federation/tables.h"
#include "storage/memory/memory_store.h"
#include "test/unit/crypto_protocol/agency_fixture.h"

namespace comity::federation::test {

using comity::test::SeededRandom;
using crypto::kNow;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

/// One agency's node as far as peering goes: a store, and everything that is built again from it.
class Office {
 public:
  explicit Office(std::uint64_t seed)
      : agency(seed),
        random(seed * 7919),
        chain(crypto::KeyChain::start(agency.sign(agency.doc), std::nullopt).value()),
        disk(std::make_shared<storage::MemoryDisk>()) {
    random.fill(storage_key.writable());
    restart();
  }

  [[nodiscard]] const AgencyId& id() const { return chain.agency(); }
  [[nodiscard]] std::string words() const { return crypto::words_text(crypto::words_of(id())); }
  [[nodiscard]] const crypto::X25519PublicKey& transport() const {
    return chain.current().transport.front().key;
  }
  [[nodiscard]] feed::SigningKey signing() const {
    const auto& key = chain.current().node_sign.front();
    return {&agency.pair_of(key.key), key.id(), chain.version()};
  }

  /// Everything in memory is gone; the store stays.
  void restart() {
    peering.reset();
    store.reset();
    store = storage::MemoryStore::open(disk, storage::Tables(tables())).value();
    book = std::make_unique<PeerBook>(id(), storage_key, random);
    chains = std::make_unique<ChainBook>(chain);
    enc_keys = std::make_unique<EncKeyBook>();
    endpoints = std::make_unique<EndpointBook>();
    const auto view = store->snapshot().value();
    REQUIRE(book->load(*view).ok());
    REQUIRE(chains->load(*view).ok());
    REQUIRE(enc_keys->load(*view).ok());
    REQUIRE(endpoints->load(*view).ok());
    peering = std::make_unique<Peering>(
        PeeringSetup{.self = id(),
                     .random = random,
                     .book = *book,
                     .chains = *chains,
                     .enc_keys = *enc_keys,
                     .endpoints = *endpoints,
                     .signing = [this] { return signing(); },
                     .advertised = [] { return std::vector<std::string>{"node.example:7443"}; }});
    crashed = false;
  }

  /// What the caller of a step does: rows and event in one batch, then the messages. Nothing after a crash.
  std::vector<v1::Wire> apply(Step step) {
    if (crashed) return {};
    if (!step.rows.empty()) {
      if (crash_at && batches++ == *crash_at) {
        crashed = true;
        return {};
      }
      storage::Batch batch;
      step.rows.into(batch);
      REQUIRE(store->commit(std::move(batch)).ok());
    }
    if (step.event) {
      REQUIRE(proto::encode_checked(*step.event).ok());
      log.push_back(step.event->event());
    }
    return std::move(step.messages);
  }
  std::vector<v1::Wire> apply(Result<Step> step) {
    REQUIRE_MESSAGE(step.ok(), (step.ok() ? std::string() : proto::to_string(step.error())));
    return apply(*std::move(step));
  }

  std::string invite(const std::string& name, std::optional<Terms> terms = {}) {
    auto invited = peering->invite({.name = name, .terms = std::move(terms)}, By::node(), now);
    REQUIRE_MESSAGE(invited.ok(), (invited.ok() ? std::string() : proto::to_string(invited.error())));
    last_invite = invited->id;
    apply(std::move(invited->step));
    return std::move(invited->text);
  }
  void accept(const std::string& text, const std::string& name, bool review = false) {
    apply(peering->accept(text, name, review, By::node(), now));
  }
  void verify(const std::string& name, const Office& other) {
    apply(peering->verify(name, other.words(), By::node(), now));
  }
  [[nodiscard]] const Peer& peer(std::string_view name) const {
    const Peer* const found = book->find(name);
    REQUIRE(found != nullptr);
    return *found;
  }
  [[nodiscard]] PeerState state(std::string_view name) const { return peer(name).state_at(book->time(now)); }
  [[nodiscard]] std::size_t logged(std::string_view event) const {
    return static_cast<std::size_t>(std::count(log.begin(), log.end(), event));
  }
  /// Another version of our key document, signed by the roots.
  void rotate(const crypto::KeyDoc& doc) {
    REQUIRE(chain.append(agency.sign(doc)).ok());
    chains->set_own(chain);
  }

  crypto::TestAgency agency;
  SeededRandom random;
  crypto::KeyChain chain;
  crypto::Key32 storage_key;
  std::shared_ptr<storage::MemoryDisk> disk;
  std::unique_ptr<storage::Store> store;
  std::unique_ptr<PeerBook> book;
  std::unique_ptr<ChainBook> chains;
  std::unique_ptr<EncKeyBook> enc_keys;
  std::unique_ptr<EndpointBook> endpoints;
  std::unique_ptr<Peering> peering;
  std::vector<std::string> log{};
  InviteId last_invite{};
  WallTime now = kNow;
  std::optional<std::size_t> crash_at{};  ///< number of the batch that never reaches the disk
  std::size_t batches = 0;
  bool crashed = false;
};

/// One pairing session between the inviter and a caller.
class PairCall {
 public:
  PairCall(Office& host, Office& guest, const InviteId& invite, SeededRandom& random)
      : host_(host), guest_(guest), hash_(random.next<Sha256Digest>()) {
    const auto contact = [&](const Office& other, bool we_dialled) {
      return PairContact{
          invite, other.transport(), other.id(), other.chain.version(), other.chain.current_hash(),
          hash_,  we_dialled};
    };
    host_session = std::make_unique<PairSession>(*host.peering, contact(guest, false));
    guest_session = std::make_unique<PairSession>(*guest.peering, contact(host, true));
  }

  /// Delivers at most `most` messages; what is under way then is lost.
  void run(std::size_t most = 1000) {
    if (!opened_) {
      opened_ = true;
      if (took(host_, host_session->opened(host_.now), to_guest_))
        took(guest_, guest_session->opened(guest_.now), to_host_);
    }
    while (most > 0 && !failure && !over() && (!to_guest_.empty() || !to_host_.empty())) {
      --most;
      ++delivered;
      if (!to_host_.empty()) {
        const v1::Wire wire = std::move(to_host_.front());
        to_host_.pop_front();
        took(host_, host_session->message(wire, host_.now), to_guest_);
      } else {
        const v1::Wire wire = std::move(to_guest_.front());
        to_guest_.pop_front();
        took(guest_, guest_session->message(wire, guest_.now), to_host_);
      }
    }
  }
  void poll() {
    took(host_, host_session->poll(host_.now), to_guest_);
    took(guest_, guest_session->poll(guest_.now), to_host_);
    run();
  }
  void to_host(const v1::Wire& wire) { took(host_, host_session->message(wire, host_.now), to_guest_); }
  void to_guest(const v1::Wire& wire) { took(guest_, guest_session->message(wire, guest_.now), to_host_); }
  [[nodiscard]] bool over() const { return host_.crashed || guest_.crashed; }
  [[nodiscard]] Code failed() const { return failure ? failure->code : Code::kUnknown; }

  std::unique_ptr<PairSession> host_session;
  std::unique_ptr<PairSession> guest_session;
  std::optional<Error> failure{};
  std::size_t delivered = 0;
  std::deque<v1::Wire> seen{};  ///< everything that was ever sent

 private:
  bool took(Office& office, Result<Step> step, std::deque<v1::Wire>& out) {
    if (!step.ok()) {
      failure = step.error();
      return false;
    }
    for (v1::Wire& wire : office.apply(*std::move(step))) {
      REQUIRE(proto::encode_checked(wire).ok());
      seen.push_back(wire);
      out.push_back(std::move(wire));
    }
    return true;
  }

  Office& host_;
  Office& guest_;
  Sha256Digest hash_;
  bool opened_ = false;
  std::deque<v1::Wire> to_host_{};
  std::deque<v1::Wire> to_guest_{};
};

/// Two agencies in peace: "finance" is what health calls the other, and the other way round.
struct Pair {
  explicit Pair(std::optional<Terms> terms = {}) {
    finance.accept(health.invite("finance", std::move(terms)), "health");
    PairCall call(health, finance, health.last_invite, random);
    call.run();
    health.verify("finance", finance);
    finance.verify("health", health);
    call.poll();
    REQUIRE(health.state("finance") == PeerState::kActive);
    REQUIRE(finance.state("health") == PeerState::kActive);
  }
  Office health{11};
  Office finance{22};
  SeededRandom random{33};
};

[[nodiscard]] inline bool same_secret(const Office& a, std::string_view name_a, const Office& b,
                                      std::string_view name_b) {
  const auto& psks_a = a.peer(name_a).psks;
  const auto& psks_b = b.peer(name_b).psks;
  return !psks_a.empty() && !psks_b.empty() &&
         crypto::equal_ct(psks_a.front().bytes.view(), psks_b.front().bytes.view());
}

}  // namespace comity::federation::test
