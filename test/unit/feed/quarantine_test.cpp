// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/quarantine.h"

#include <doctest/doctest.h>

#include "node/feed/withdraw.h"
#include "test/unit/feed/peer.h"

namespace comity::feed::test {
namespace {

using std::chrono::hours;

constexpr std::size_t kAll = 1000;

/// A feed of another agency, as one node holds it.
struct World {
  SeededRandom random{7};
  Peer peer{random};
  Author author{random};
  std::vector<Made> entries{};

  World() { author.introduce(peer.signers); }
  [[nodiscard]] const FeedId& feed() const { return author.end().feed; }
  EntryId add(v1::Kind kind, const Bytes& body) {
    Made made = author.write(kind, body);
    author.sign(made);
    peer.hold(author, {made});
    entries.push_back(made);
    return made.header.id;
  }
  void open() {
    const Made made = open_entry(author);
    peer.hold(author, {made});
    entries.push_back(made);
  }
  EntryId content() {
    Bytes body(80);
    random.fill(body);
    return add(v1::KIND_CONTENT, body);
  }
  EntryId withdraw(const EntryId& target) {
    v1::Withdraw message;
    message.set_target(field(ref_of(target).view()));
    message.set_reason(v1::WITHDRAW_REASON_AUTHOR);
    return add(v1::KIND_WITHDRAW, proto::encode(message));
  }
  /// Everything by one key, as many steps as it takes.
  std::size_t judge(const RevokedKey& revoked, std::size_t limit = kAll) {
    std::size_t found = 0;
    std::optional<Seq> from = Seq{1};
    while (from) {
      auto step = judge_again(*peer.node.view(), peer.node.storage_key, feed(), revoked, *from, limit,
                              peer.node.now, peer.node.projections);
      REQUIRE(step.ok());
      found += step->entries.size();
      from = step->next;
      if (!step->entries.empty()) REQUIRE(peer.node.store->commit(std::move(step->rows)).ok());
    }
    return found;
  }
  [[nodiscard]] Withholding why(Seq seq) const { return peer.withheld(feed(), seq); }
  [[nodiscard]] bool hidden(const EntryId& id) const {
    const auto view = peer.node.view();
    const auto header = FeedReader(*view, peer.node.storage_key).find(id)->header;
    return withdrawn(*view, header, [](const AgencyId&) { return false; }).value().has_value();
  }
  Status release(const EntryId& id) {
    storage::Batch batch;
    COMITY_CHECK(peer.ingester->release(id, batch));
    REQUIRE(peer.node.store->commit(std::move(batch)).ok());
    return {};
  }
};

}  // namespace

TEST_CASE(
    "what a compromised key signed and we first saw since then is quarantined, whatever its clock says") {
  World world;
  world.open();
  world.content();
  const WallTime since = world.peer.node.now + hours(1);
  world.peer.node.now = since;
  // Its author dates all entries to noon.
  const EntryId late = world.content();
  CHECK(hlc_time(world.entries.back().header.hlc) < since);
  const RevokedKey revoked{world.author.signer(), true, since};
  CHECK(world.judge(revoked) == 1);
  CHECK(world.why(Seq{1}) == Withholding::kNone);
  CHECK(world.why(Seq{2}) == Withholding::kNone);
  CHECK(world.why(Seq{3}) == Withholding::kSignerRevoked);
  CHECK(world.judge(revoked) == 0);
  REQUIRE(world.release(late).ok());
  CHECK(world.why(Seq{3}) == Withholding::kNone);
}

TEST_CASE(
    "of a key that was replaced in the normal course only what its own clock dates later is quarantined") {
  World world;
  world.open();
  world.content();
  world.peer.node.now += hours(2);
  world.content();
  CHECK(world.judge({world.author.signer(), false, kNoon + hours(1)}) == 0);
  CHECK(world.judge({world.author.signer(), false, kNoon}) == 2);
}

TEST_CASE("entries by another key stay, and a long feed is judged in steps") {
  World world;
  world.open();
  for (int i = 0; i < 5; ++i)
    world.content();
  const KeyId old = world.author.signer();
  world.author.change_key();
  world.author.introduce(world.peer.signers);
  for (int i = 0; i < 5; ++i)
    world.content();
  CHECK(world.judge({old, true, kNoon}, 3) == 5);
  CHECK(world.why(Seq{6}) == Withholding::kSignerRevoked);
  CHECK(world.why(Seq{7}) == Withholding::kNone);
  // A multiple of the step as well.
  CHECK(world.judge({world.author.signer(), true, kNoon}, 11) == 5);
}

TEST_CASE("a withdrawal by a stolen key hides nothing any more, until it is released") {
  World world;
  world.open();
  const EntryId target = world.content();
  world.peer.node.now += hours(1);
  const EntryId withdraw = world.withdraw(target);
  CHECK(world.hidden(target));
  CHECK(world.judge({world.author.signer(), true, world.peer.node.now}) == 1);
  CHECK_FALSE(world.hidden(target));
  REQUIRE(world.release(withdraw).ok());
  CHECK(world.hidden(target));
}

TEST_CASE("of two who decide about one entry the later fails") {
  World world;
  world.open();
  world.content();
  const RevokedKey revoked{world.author.signer(), true, kNoon};
  auto first = judge_again(*world.peer.node.view(), world.peer.node.storage_key, world.feed(), revoked,
                           Seq{1}, kAll, kNoon, world.peer.node.projections);
  CHECK(world.judge(revoked) == 1);
  REQUIRE(first->entries.size() == 1);
  CHECK_FALSE(world.peer.node.store->commit(std::move(first->rows)).ok());
}

TEST_CASE(
    "bodies that were checked before the end of their key was known are withheld when they are stored") {
  World world;
  world.open();
  world.peer.ingester->distrust(world.author.signer());
  world.content();
  CHECK(world.why(Seq{2}) == Withholding::kSignerRevoked);
}

TEST_CASE("the list of quarantine pages, and holds nothing else that is withheld") {
  World world;
  world.open();
  std::vector<EntryId> ids;
  for (int i = 0; i < 5; ++i)
    ids.push_back(world.content());
  CHECK(world.judge({world.author.signer(), true, kNoon}) == 5);
  // Another reason, which no operator decides about.
  const Bytes gone = kWithheld.key(world.feed(), Seq{3});
  storage::Batch batch;
  batch.put(gone, encode_withheld(gone, {Withholding::kDisposed, kNoon}));
  REQUIRE(world.peer.node.store->commit(std::move(batch)).ok());

  const auto view = world.peer.node.view();
  std::vector<EntryId> found;
  Bytes after;
  do {
    const auto page = quarantine_page(*view, world.peer.node.storage_key, after, 2);
    REQUIRE(page.ok());
    CHECK(page->rows.size() <= 2);
    for (const QuarantineRow& row : page->rows) {
      CHECK(row.why == Withholding::kSignerRevoked);
      CHECK(row.space == world.author.space());
      found.push_back(row.stored.header.id);
    }
    after = page->next;
  } while (!after.empty());
  ids.erase(ids.begin() + 1);
  CHECK(found == ids);
  CHECK(quarantine_page(*view, world.peer.node.storage_key, proto::as_bytes("nowhere"), 2).error().code ==
        Code::kBadArguments);
}

}  // namespace comity::feed::test
