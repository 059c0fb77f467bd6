// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/feed/ingest.h"
#include "test/unit/feed/node.h"

namespace comity::feed::test {

/// Unwraps with one encryption key, base mode.
class OneKeyOpener final : public GrantOpener {
 public:
  explicit OneKeyOpener(crypto::Random& random) : pair(crypto::X25519KeyPair::generate(random)) {}
  crypto::X25519KeyPair pair;

  Result<crypto::FeedKey> open(const crypto::GrantContext& context, const v1::Wrap& wrap) override {
    crypto::WrappedFeedKey wrapped;
    COMITY_TRY(wrapped.encapsulated, crypto::X25519PublicKey::from(proto::as_bytes(wrap.enc())));
    std::copy_n(proto::as_bytes(wrap.ct()).begin(), wrapped.ciphertext.size(), wrapped.ciphertext.begin());
    COMITY_TRY(auto opened, crypto::unwrap_feed_key(wrapped, context, pair, {}));
    return std::move(opened.key);
  }
};

/// A node that receives: a Node with an Ingester beside its writer.
class Peer {
 public:
  explicit Peer(SeededRandom& random, std::unique_ptr<storage::Store> with = nullptr)
      : node(random, std::move(with)), opener(random) {
    restart();
  }

  void restart() {
    ingester.reset();
    node.restart();
    ingester = std::make_unique<Ingester>(
        IngesterSetup{.store = *node.store,
                      .random = node.random,
                      .self = node.self,
                      .storage_key = node.storage_key,
                      .grants = opener,
                      .projections = node.projections,
                      .to_owner = [this](std::function<void()> f) { node.work.push_back(std::move(f)); },
                      .recent = node.recent});
  }

  IngestContext context(const AgencyId& sender) const {
    return {.self = node.self,
            .sender = sender,
            .now = node.now,
            .ceiling = {.tlp = v1::TLP_AMBER},
            .first = first,
            .history_to = history_to,
            .signers = signers};
  }

  Result<Ingested> take(const FeedId& feed, const std::vector<WireEntry>& entries, const AgencyId& sender) {
    std::optional<Result<Ingested>> out;
    ingester->ingest(feed, entries, context(sender),
                     [&](Result<Ingested> result) { out = std::move(result); });
    node.run();
    REQUIRE(out.has_value());
    return *std::move(out);
  }
  Result<Ingested> take(const Author& author, const std::vector<Made>& entries) {
    REQUIRE(ingester->learn(author.end().agency, author.space(), author.incarnation()).ok());
    return take(author.end().feed, wires(entries), author.end().agency);
  }

  /// The same for entries that are to be taken to the last one.
  void hold(const Author& author, const std::vector<Made>& entries) {
    const auto result = take(author, entries);
    REQUIRE(result.ok());
    REQUIRE_FALSE(result->refusal);
  }

  std::vector<StoredHeader> stored(const FeedId& feed) const {
    const auto view = node.view();
    return FeedReader(*view, node.storage_key).headers(feed, Seq{1}, 100'000).value();
  }
  FeedState state(const FeedId& feed) const { return get_feed(*node.view(), feed).value(); }
  Withholding withheld(const FeedId& feed, Seq seq) const {
    const auto view = node.view();
    return FeedReader(*view, node.storage_key).withheld(feed, seq).value().why;
  }

  Node node;
  OneKeyOpener opener;
  KnownSigners signers;
  Seq first{1};
  Seq history_to{};
  std::unique_ptr<Ingester> ingester;
};

/// A FEED_OPEN that is what it says, signed.
inline Made open_entry(Author& author) {
  v1::FeedOpen open;
  open.set_agency(field(author.end().agency.view()));
  open.set_space(field(author.space().view()));
  open.set_incarnation(field(author.incarnation().view()));
  open.set_reason(v1::FEED_OPEN_REASON_FIRST);
  Made made = author.write(v1::KIND_FEED_OPEN, proto::encode(open));
  author.sign(made);
  return made;
}

}  // namespace comity::feed::test
