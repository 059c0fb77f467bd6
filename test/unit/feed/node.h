// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <deque>

#include <doctest/doctest.h>

#include "comity/v1/content.pb.h"

#include "node/feed/pack.h"
#include "node/feed/reader.h"
#include "node/feed/tables.h"
#include "node/feed/writer.h"
#include "proto/decode.h"
#include "storage/memory/memory_store.h"
#include "test/unit/feed/author.h"

namespace comity::feed::test {

/// Wraps keys for recipients whose encryption key it is told; the psk stays out of it.
class KnownGrants final : public GrantMaker {
 public:
  explicit KnownGrants(crypto::Random& random) : random_(random) {}
  std::map<AgencyId, crypto::X25519PublicKey> keys{};

  Result<v1::Wrap> wrap(const crypto::FeedKey& key, const crypto::GrantContext& context) override {
    const auto at = keys.find(context.recipient);
    if (at == keys.end()) return Error{Code::kFeedNoGrant, context.recipient.hex()};
    COMITY_TRY(const auto wrapped, crypto::wrap_feed_key(key, context, at->second, nullptr, random_));
    v1::Wrap wrap;
    wrap.set_to(field(context.recipient.view()));
    wrap.set_key_id(std::string(16, 'k'));
    wrap.set_enc(field(wrapped.encapsulated.view()));
    wrap.set_ct(field(wrapped.ciphertext));
    return wrap;
  }

 private:
  crypto::Random& random_;
};

/// One agency's node as far as feeds go: a store, a writer, an owner thread that runs when it is told to.
class Node {
 public:
  explicit Node(SeededRandom& seed, std::unique_ptr<storage::Store> with = nullptr)
      : random(seed),
        self(random.next<AgencyId>()),
        pair(crypto::Ed25519KeyPair::generate(random)),
        key_id(random.next<KeyId>()),
        grants(random) {
    random.fill(storage_key.writable());
    store =
        with ? std::move(with)
             : storage::MemoryStore::open(std::make_shared<storage::MemoryDisk>(), storage::Tables(tables()))
                   .value();
    restart();
  }

  void restart() {
    writer.reset();
    work.clear();
    writer = std::make_unique<FeedWriter>(
        WriterSetup{.store = *store,
                    .random = random,
                    .self = self,
                    .signing = {&pair, key_id, 1},
                    .storage_key = storage_key,
                    .grants = grants,
                    .projections = projections,
                    .now = [this] { return now; },
                    .to_owner = [this](std::function<void()> f) { work.push_back(std::move(f)); },
                    .stored =
                        [this](std::span<const Appended> entries) {
                          if (on_stored) on_stored(entries);
                        },
                    .waits = waits,
                    .clock_ahead = clock_ahead,
                    .recent = recent});
  }

  /// Runs the owner thread until nothing is left to do.
  void run() {
    writer->flush();
    while (!work.empty()) {
      const auto next = std::move(work.front());
      work.pop_front();
      next();
    }
  }

  /// Records the answer in `answers`.
  OnAppended note() {
    return [this](Result<Appended> result) { answers.push_back(std::move(result)); };
  }
  Appended last() const {
    REQUIRE_FALSE(answers.empty());
    REQUIRE_MESSAGE(answers.back().ok(),
                    (answers.back().ok() ? std::string() : proto::to_string(answers.back().error())));
    return answers.back().value();
  }

  FeedId open(const SpaceId& space, bool inside = true) {
    const auto feed =
        writer->open({.space = space, .inside = inside, .ceiling = {.tlp = v1::TLP_AMBER}}, note());
    REQUIRE(feed.ok());
    run();
    last();
    return *feed;
  }

  policy::SpaceRules rules(const SpaceId& space) const {
    std::vector<AgencyId> members = readers;
    members.push_back(self);
    std::sort(members.begin(), members.end());
    return {.id = space,
            .kind = readers.empty() ? v1::SPACE_KIND_INSIDE : v1::SPACE_KIND_SHARED,
            .ceiling = {.tlp = v1::TLP_AMBER},
            .members = std::move(members)};
  }
  policy::ReleaseDecision decide(const SpaceId& space) const {
    std::vector<policy::PeerStanding> peers;
    for (const AgencyId& reader : readers) {
      peers.push_back({.agency = reader,
                       .active = true,
                       .may_send = true,
                       .space_allowed = true,
                       .ceiling = {.tlp = v1::TLP_RED}});
    }
    auto decision = policy::release(self, rules(space), peers, {.tlp = v1::TLP_GREEN}, {});
    REQUIRE(decision.ok());
    return *std::move(decision);
  }

  static Bytes packed(std::string_view text) {
    v1::Update update;
    update.set_text(std::string(text));
    v1::Content content;
    content.set_type("update");
    content.set_data(field(proto::encode(update)));
    return pack(proto::encode(content)).value();
  }
  void post(const FeedId& feed, const SpaceId& space, std::string_view text, std::uint64_t expires = 0) {
    Draft draft = content_draft(decide(space), packed(text), note());
    draft.expires = expires;
    writer->append(feed, std::move(draft));
  }

  void audience(const FeedId& feed) {
    v1::Audience audience;
    std::sort(readers.begin(), readers.end());
    for (const AgencyId& reader : readers) {
      auto* member = audience.add_member();
      member->set_agency(field(reader.view()));
      member->set_from_seq(1);
    }
    audience.set_readers(v1::READER_RULE_OPEN);
    writer->set_audience(feed, audience, note());
  }

  std::unique_ptr<storage::View> view() const { return store->snapshot().value(); }
  std::string text(const Header& header) const {
    const auto at = view();
    const auto content = FeedReader(*at, storage_key).content(header);
    REQUIRE_MESSAGE(content.ok(), (content.ok() ? std::string() : proto::to_string(content.error())));
    const auto update = proto::decode<v1::Update>(proto::as_bytes(content->data()), 100'000);
    REQUIRE(update.ok());
    return update->text();
  }

  SeededRandom& random;
  std::shared_ptr<Recent> recent = std::make_shared<Recent>(kRecentBytes);
  AgencyId self;
  crypto::Ed25519KeyPair pair;
  KeyId key_id;
  crypto::Key32 storage_key;
  KnownGrants grants;
  BySpace by_space;
  Withdrawals withdrawals;
  std::vector<const Projection*> projections{&by_space, &withdrawals};
  WallTime now = kNoon;
  std::vector<AgencyId> readers{};
  std::deque<std::function<void()>> work{};
  std::function<void(const FeedId&)> waits{};        ///< for WriterSetup, from the next restart on
  std::function<void(const FeedId&)> clock_ahead{};  ///< the same
  std::vector<Result<Appended>> answers{};
  std::function<void(std::span<const Appended>)> on_stored{};
  std::unique_ptr<storage::Store> store;
  std::unique_ptr<FeedWriter> writer;
};

}  // namespace comity::feed::test
