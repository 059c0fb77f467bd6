// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/reindex.h"

#include <doctest/doctest.h>

#include "node/feed/audit_log.h"
#include "node/feed/check_projections.h"
#include "node/feed/check_rows.h"
#include "node/feed/dispose.h"
#include "node/feed/fork_proofs.h"
#include "node/feed/incarnation.h"
#include "node/feed/key_epochs.h"
#include "node/feed/row.h"
#include "node/feed/withdraw.h"
#include "test/unit/feed/peer.h"

namespace comity::feed {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

struct World {
  SeededRandom random{41};
  Peer peer{random};
  Author author{random};
  Node& node = peer.node;
  SpaceId space = random.next<SpaceId>();
  FeedId feed = node.open(space);
  SpaceCounts counts;
  std::vector<const Follower*> followers{&counts};

  World() {
    author.introduce(peer.signers);
    storage::Batch fresh;
    put_fresh_projections(fresh, node.projections, followers);
    REQUIRE(node.store->commit(std::move(fresh)).ok());
  }

  void fill() {
    for (int i = 0; i < 80; ++i)
      node.post(feed, space, "post " + std::to_string(i));
    node.run();
    const auto target = FeedReader(*node.view(), node.storage_key).find(node.last().id)->header;
    node.writer->append(feed, withdraw_draft(target, v1::WITHDRAW_REASON_LEGAL, {}, node.note()));
    node.run();
    std::vector<Made> entries{open_entry(author)};
    for (Made& made : author.feed(30, 7))
      entries.push_back(std::move(made));
    Made odd = author.write(v1::KIND_WITHDRAW, Bytes(9));
    author.sign(odd);
    entries.push_back(std::move(odd));
    Made late = author.write(v1::KIND_CONTENT, Bytes(9),
                             [](Header& h) { h.hlc = make_hlc(kNoon + std::chrono::hours(3)); });
    author.sign(late);
    entries.push_back(std::move(late));
    REQUIRE(peer.take(author, entries)->stored.size() == entries.size());
  }
  // A row at least in every table.
  void fill_everything() {
    fill();
    const FeedId shared = node.open(space, false);
    node.readers = {random.next<AgencyId>()};
    node.audience(shared);
    node.run();
    node.post(shared, space, "shared", millis(kNoon) + 1000);
    node.run();
    storage::Batch hold;
    put_hold(hold, node.last().id, "case 9", kNoon);
    REQUIRE(node.store->commit(std::move(hold)).ok());
    // Disposed of, and cut off before the files were rewritten.
    auto plan = plan_disposal(
        *node.view(), std::vector{FeedReader(*node.view(), node.storage_key).header(feed, Seq{3})->header.id},
        kNoon);
    REQUIRE(node.store->commit(std::move(plan->rows)).ok());
    // In quarantine, then forked.
    Author other(random);
    other.introduce(peer.signers);
    std::vector<Made> entries{open_entry(other)};
    const ChainEnd place = other.end();
    entries.push_back(other.write(v1::KIND_CONTENT, Bytes(50), [](Header& h) { h.label.tlp = v1::TLP_RED; }));
    other.sign(entries.back());
    peer.hold(other, entries);
    other.rewind(place);
    Made fork = other.write(v1::KIND_CONTENT, Bytes(60));
    other.sign(fork);
    REQUIRE(peer.take(other, {fork})->refusal->error.code == Code::kFeedForked);
  }
  void put(const Bytes& key, const Bytes& value) {
    storage::Batch batch;
    batch.put(key, value);
    REQUIRE(node.store->commit(std::move(batch)).ok());
  }
  // What reading the row by its own function says; kUnknown when it is served.
  Code read(const storage::TableInfo& table, const Bytes& key) const {
    const auto at = node.view();
    const FeedReader reader(*at, node.storage_key);
    const auto code = [](const auto& result) { return result.ok() ? Code::kUnknown : result.error().code; };
    const auto body = [&](const FeedId& of, Seq seq) {
      const auto stored = reader.header(of, seq);
      return is_quarantine(reader.withheld(of, seq)->why) ? reader.quarantined_body(stored->header)
                                                          : reader.body(stored->header);
    };
    switch (table.prefix) {
      case kFeeds.info().prefix:
        return code(get_feed(*at, std::get<0>(kFeeds.parse(key).value())));
      case kHeaders.info().prefix: {
        const auto place = kHeaders.parse(key).value();
        return code(reader.header(std::get<0>(place), std::get<1>(place)));
      }
      case kBodies.info().prefix: {
        const auto place = kBodies.parse(key).value();
        return code(body(std::get<0>(place), std::get<1>(place)));
      }
      case kBodyKeys.info().prefix: {
        const auto place = kBodyKeys.parse(key).value();
        return code(body(std::get<0>(place), std::get<1>(place)));
      }
      case kEntries.info().prefix:
        return code(reader.find(std::get<0>(kEntries.parse(key).value())));
      case kKeyEpochs.info().prefix: {
        const auto place = kKeyEpochs.parse(key).value();
        return code(get_feed_key(*at, std::get<0>(place), std::get<1>(place), node.storage_key));
      }
      case kReleases.info().prefix:
        return code(reader.release(std::get<0>(kReleases.parse(key).value())));
      case kWithheld.info().prefix: {
        const auto place = kWithheld.parse(key).value();
        return code(reader.withheld(std::get<0>(place), std::get<1>(place)));
      }
      case kForkProofs.info().prefix:
        return code(find_fork_proof(*at, std::get<0>(kForkProofs.parse(key).value())));
      case kProjections.info().prefix:
        return code(projection_state(*at, std::get<0>(kProjections.parse(key).value())));
      case kHolds.info().prefix:
        return code(is_held(*at, std::get<0>(kHolds.parse(key).value())));
      case kExpiring.info().prefix:
        return code(plan_expiry(*at, kNoon + std::chrono::hours(1), 10));
      case kScrubs.info().prefix:
        return code(RowReader::open(table, key, at->get(key).value().value()));
      case kBySpace.info().prefix:
        return code(decode_by_space(key, at->get(key).value().value()));
      case kWithdrawals.info().prefix:
        return code(decode_withdrawal(key, at->get(key).value().value()));
      default: {
        const auto place = kSpaceCounts.parse(key).value();
        return code(space_count(*at, std::get<0>(place), std::get<1>(place)));
      }
    }
  }
  void catch_up() {
    while (follow(*node.store, counts).value()) {
    }
  }
  Sha256Digest hash() const {
    std::vector<storage::TableInfo> tables;
    for (const Projection* projection : node.projections)
      for (const auto& table : projection->tables())
        tables.push_back(table);
    for (const Follower* follower : followers)
      for (const auto& table : follower->tables())
        tables.push_back(table);
    return range_hash(*node.view(), tables).value();
  }
};

}  // namespace

TEST_CASE("rebuilding all projections yields what live writing made, and a lost row is mended") {
  World world;
  world.fill();
  world.catch_up();
  const Sha256Digest live = world.hash();
  std::uint64_t seen = 0;
  const auto rebuild = [&] {
    return reindex(*world.node.store, world.node.storage_key, world.node.projections, world.followers,
                   [&](std::uint64_t entries) { seen = entries; });
  };
  const auto count = rebuild();
  REQUIRE(count.ok());
  CHECK(*count == 82 + 33);
  CHECK(seen == *count);
  CHECK(world.hash() == live);
  CHECK_FALSE(needs_reindex(*world.node.view(), world.node.projections, world.followers).value());

  const storage::Range range = kBySpace.range(world.space);
  storage::Batch lost;
  lost.erase_range(range.begin, range.end);
  REQUIRE(world.node.store->commit(std::move(lost)).ok());
  CHECK(world.hash() != live);
  REQUIRE(rebuild().ok());
  CHECK(world.hash() == live);
}

TEST_CASE("a follower counts each entry once, across restarts and after a rebuild") {
  World world;
  world.fill();
  world.catch_up();
  world.catch_up();
  const auto count = [&] { return space_count(*world.node.view(), world.space, world.node.self).value(); };
  CHECK(count().entries == 82);
  CHECK(count().content == 80);
  CHECK(space_count(*world.node.view(), world.author.space(), world.author.end().agency)->entries == 33);
  REQUIRE(
      reindex(*world.node.store, world.node.storage_key, world.node.projections, world.followers, {}).ok());
  world.node.post(world.feed, world.space, "one more");
  world.node.run();
  world.catch_up();
  CHECK(count().entries == 83);
}

TEST_CASE("rows of another version ask to be rebuilt") {
  World world;
  storage::Batch batch;
  put_projection_state(batch, "space_counts", {});
  REQUIRE(world.node.store->commit(std::move(batch)).ok());
  CHECK(needs_reindex(*world.node.view(), world.node.projections, world.followers).value());
  CHECK(follow(*world.node.store, world.counts).error().code == Code::kFeedReindex);
}

TEST_CASE("a follower that stands before what the change stream holds is rebuilt, and goes on from there") {
  World world;
  storage::Store& store = *world.node.store;
  const auto behind = [&] {
    return has_fallen_behind(*world.node.view(), world.followers, store.stats().first_change).value();
  };
  CHECK_FALSE(behind());
  world.fill();
  world.catch_up();
  const Sha256Digest live = world.hash();
  CHECK_FALSE(behind());
  // Rows and place of one that followed nothing, and a stream that begins later.
  storage::Batch batch;
  put_projection_state(batch, "space_counts", {world.counts.version(), {}});
  const storage::Range range = kSpaceCounts.range();
  batch.erase_range(range.begin, range.end);
  REQUIRE(store.commit(std::move(batch)).ok());
  CHECK_FALSE(behind());
  REQUIRE(store.trim_changes(world.node.view()->version().value()).ok());
  CHECK(behind());
  CHECK(follow(store, world.counts).error().code == Code::kStoreChangesTruncated);
  REQUIRE(reindex(store, world.node.storage_key, world.node.projections, world.followers, {}).ok());
  CHECK_FALSE(behind());
  CHECK(world.hash() == live);
}

TEST_CASE("every row passes its check, and a flipped byte of any row does not and is never served") {
  World world;
  world.fill_everything();
  world.catch_up();
  const auto view = world.node.view();
  std::size_t rows = 0;
  for (const auto& table : tables()) {
    const std::byte prefix{table.prefix};
    std::size_t of_table = 0;
    REQUIRE(view->walk(storage::prefix_range(ByteView(&prefix, 1)), false,
                       [&](ByteView key, ByteView value) {
                         ++of_table;
                         const auto status = check_row(*view, world.node.storage_key, table, key, value);
                         CHECK_MESSAGE(status.ok(),
                                       (status.ok() ? std::string() : proto::to_string(status.error())));
                         return true;
                       })
                .ok());
    CHECK_MESSAGE(of_table > 0, table.name);
    rows += of_table;
  }
  CHECK(rows > 500);
  for (const auto& table : tables()) {
    CAPTURE(table.name);
    const std::byte prefix{table.prefix};
    const auto page = view->scan({.range = storage::prefix_range(ByteView(&prefix, 1)), .limit = 1});
    REQUIRE(page->rows.size() == 1);
    storage::Row row = page->rows[0];
    // Where the value is empty, a byte more is what damage would show.
    if (row.value.empty()) {
      row.value.push_back(std::byte{1});
    } else {
      row.value[world.random.below(row.value.size())] ^= std::byte{4};
    }
    world.put(row.key, row.value);
    const auto now = world.node.view();
    const auto status = check_row(*now, world.node.storage_key, table, row.key, row.value);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == Code::kFeedDamaged);
    CHECK(status.error().detail.find(std::string(table.name) + " ") != std::string::npos);
    CHECK(world.read(table, row.key) == Code::kFeedDamaged);
    world.put(row.key, page->rows[0].value);
  }
}

TEST_CASE("a row that is missing is found from what it derives from, and one too many from what it is not") {
  World world;
  world.fill_everything();
  world.catch_up();
  const auto faults = [&] {
    std::vector<std::string> out;
    const auto now = world.node.view();
    for (const auto& table : tables()) {
      const std::byte prefix{table.prefix};
      REQUIRE(now->walk(storage::prefix_range(ByteView(&prefix, 1)), false,
                        [&](ByteView key, ByteView value) {
                          const auto status = check_row(*now, world.node.storage_key, table, key, value);
                          if (!status.ok()) out.push_back(status.error().detail);
                          return true;
                        })
                  .ok());
    }
    auto scratch =
        storage::MemoryStore::open(std::make_shared<storage::MemoryDisk>(), storage::Tables(tables()));
    const auto compared = compare_projections(
        *world.node.store, **scratch, world.node.storage_key, world.node.projections, world.followers,
        [&](const storage::TableInfo&, ByteView, const Error& error) { out.push_back(error.detail); }, {});
    REQUIRE(compared.ok());
    CHECK(compared->unbuilt.empty());
    return out;
  };
  REQUIRE(faults().empty());
  const auto view = world.node.view();
  for (const auto& table :
       {kFeeds.info(), kHeaders.info(), kBodies.info(), kBodyKeys.info(), kEntries.info(), kKeyEpochs.info(),
        kReleases.info(), kExpiring.info(), kBySpace.info(), kWithdrawals.info(), kSpaceCounts.info()}) {
    CAPTURE(table.name);
    const std::byte prefix{table.prefix};
    const auto page = view->scan({.range = storage::prefix_range(ByteView(&prefix, 1)), .limit = 1});
    REQUIRE(page->rows.size() == 1);
    storage::Batch lost;
    lost.erase(page->rows[0].key);
    REQUIRE(world.node.store->commit(std::move(lost)).ok());
    CHECK_FALSE(faults().empty());
    world.put(page->rows[0].key, page->rows[0].value);
  }
  // A header that came back was counted twice.
  REQUIRE(
      reindex(*world.node.store, world.node.storage_key, world.node.projections, world.followers, {}).ok());
  const Bytes extra = kBySpace.key(world.space, make_hlc(kNoon), world.feed, Seq{900});
  world.put(extra, std::move(RowWriter().number(std::uint8_t{1})).finish(extra));
  const auto told = faults();
  REQUIRE(told.size() == 1);
  CHECK(told[0].starts_with("by_space "));
  CHECK(told[0].ends_with("no entry makes this row"));
}

TEST_CASE("the entry of a row is told even when its own header is damaged") {
  World world;
  world.fill();
  const auto view = world.node.view();
  const Bytes key = kHeaders.key(world.feed, Seq{7});
  const auto stored = FeedReader(*view, world.node.storage_key).header(world.feed, Seq{7});
  Bytes value = view->get(key).value().value();
  value[20] ^= std::byte{1};
  world.put(key, value);
  CHECK(entry_of_row(*world.node.view(), kHeaders.info(), key) == stored->header.id);
  CHECK(entry_of_row(*world.node.view(), kBodies.info(), kBodies.key(world.feed, Seq{7})) ==
        stored->header.id);
  CHECK_FALSE(entry_of_row(*world.node.view(), kFeeds.info(), kFeeds.key(world.feed)));
}

TEST_CASE("a chain is verified without key documents too, signatures apart") {
  World world;
  world.fill();
  const auto judge = [&] {
    return judge_feed(*world.node.view(), world.node.storage_key, world.author.end().feed, nullptr);
  };
  CHECK(judge().status.ok());
  CHECK(judge().entries == 33);
  FeedState state = world.peer.state(world.author.end().feed);
  state.end.id = world.random.next<EntryId>();
  world.put(kFeeds.key(state.feed()), encode(state));
  CHECK(judge().status.error().code == Code::kFeedDamaged);
}

TEST_CASE("a whole feed verifies from its signatures, and a head that was moved does not") {
  World world;
  world.fill();
  world.peer.signers.keys[world.node.key_id] = {.key = world.node.pair.public_key()};
  const auto verify = [&](const FeedId& feed) {
    return verify_feed(*world.node.view(), world.node.storage_key, feed, world.peer.signers);
  };
  CHECK(verify(world.feed).value() == 82);
  CHECK(verify(world.author.end().feed).value() == 33);
  FeedState state = world.peer.state(world.feed);
  state.end.seq = Seq{raw(state.end.seq) - 1};
  storage::Batch moved;
  moved.put(kFeeds.key(world.feed), encode(state));
  REQUIRE(world.node.store->commit(std::move(moved)).ok());
  CHECK(verify(world.feed).error().code == Code::kFeedDamaged);
}

TEST_CASE("a body released from quarantine counts from then on") {
  World world;
  const Appended posted = [&] {
    world.node.post(world.feed, world.space, "target");
    world.node.run();
    return world.node.last();
  }();
  const auto target = FeedReader(*world.node.view(), world.node.storage_key).find(posted.id)->header;
  v1::Withdraw withdraw;
  withdraw.set_target(field(ref_of(posted.id).view()));
  withdraw.set_reason(v1::WITHDRAW_REASON_MODERATION);
  world.peer.hold(world.author, {open_entry(world.author)});
  world.peer.signers.keys[world.author.signer()].expires = kNoon;
  std::vector<Made> entries{world.author.write(v1::KIND_WITHDRAW, proto::encode(withdraw))};
  world.author.sign(entries.back());
  world.peer.hold(world.author, entries);
  const auto anybody = [](const AgencyId&) { return true; };
  CHECK_FALSE(withdrawn(*world.node.view(), target, anybody).value());
  storage::Batch batch;
  REQUIRE(world.peer.ingester->release(entries[0].header.id, batch).ok());
  REQUIRE(world.node.store->commit(std::move(batch)).ok());
  CHECK(withdrawn(*world.node.view(), target, anybody).value());
  CHECK(world.peer.withheld(world.author.end().feed, Seq{2}) == Withholding::kNone);
  storage::Batch again;
  CHECK(world.peer.ingester->release(entries[0].header.id, again).error().code == Code::kFeedWithheld);
}

TEST_CASE("an audit event is stored together with what it records") {
  World world;
  AuditLog log(*world.node.writer, world.feed);
  v1::LocalAudit event;
  event.set_event("records.hold");
  event.set_time(millis(kNoon));
  event.set_via(v1::AUDIT_VIA_CLI);
  const EntryId about = world.random.next<EntryId>();
  log.record(event, world.node.note(), [&](storage::Batch& batch, const Appended&) {
    batch.put(kHolds.key(about), proto::as_bytes("x"));
  });
  world.node.run();
  const Appended at = world.node.last();
  const auto view = world.node.view();
  const FeedReader reader(*view, world.node.storage_key);
  const auto body = reader.body(reader.find(at.id)->header);
  CHECK(proto::decode<v1::LocalAudit>(*body, 10'000)->event() == "records.hold");
  CHECK(view->get(kHolds.key(about)).value().has_value());
  log.record(v1::LocalAudit(), world.node.note());
  CHECK_FALSE(world.node.answers.back().ok());
}

TEST_CASE("when a feed goes on after a start, and when a new incarnation opens") {
  World world;
  FeedState feed = world.peer.state(world.feed);
  feed.inside = false;
  const auto decide = [&](const StartFacts& facts) { return decide_start(feed, facts, kNoon); };
  const auto opens = [](v1::FeedOpenReason reason) { return StartDecision{Continue::kNewFeed, reason}; };
  v1::FeedHead same;
  same.set_seq(raw(feed.end.seq));
  same.set_id(field(feed.end.id.view()));
  v1::FeedHead beyond = same;
  beyond.set_seq(raw(feed.end.seq) + 1);
  v1::FeedHead other = same;
  other.set_id(std::string(32, 'x'));
  CHECK(decide({}) == StartDecision{});
  CHECK(decide({.restored = true}) == opens(v1::FEED_OPEN_REASON_RESTORE));
  CHECK(decide({.clone_seen = true}) == opens(v1::FEED_OPEN_REASON_CLONE));
  CHECK(decide({.told = beyond}) == opens(v1::FEED_OPEN_REASON_RESTORE));
  CHECK(decide({.told = other}) == opens(v1::FEED_OPEN_REASON_RESTORE));
  for (const StartFacts& unclean : {StartFacts{.clean_start = false}, StartFacts{.boot_matches = false}}) {
    StartFacts facts = unclean;
    CHECK(decide(facts).how == Continue::kAskMembers);
    facts.waited = true;
    CHECK(decide(facts) == opens(v1::FEED_OPEN_REASON_UNCONFIRMED));
    facts.told = same;
    CHECK(decide(facts) == StartDecision{});
  }
  CHECK(decide_start(feed, {}, kNoon - std::chrono::hours(1)) == opens(v1::FEED_OPEN_REASON_CLOCK));
  feed.inside = true;
  CHECK(decide({.clean_start = false}) == StartDecision{});
  feed.frozen = Code::kFeedForked;
  CHECK(decide({}) == opens(v1::FEED_OPEN_REASON_FORK));
}

TEST_CASE("a new incarnation names the heads of those before it") {
  World world;
  world.fill();
  const auto heads = earlier_heads(*world.node.view(), world.space);
  REQUIRE(heads->size() == 1);
  CHECK(heads->front().seq() == 82);
  // Whoever reads the next one may never have been told of this one.
  const auto held = get_feed(*world.node.view(), world.feed)->end;
  CHECK(heads->front().id() == field(ref_of(held.id).view()));
  CHECK(heads->front().feed() == field(crypto::tagged_hash("feed-ref", {world.feed.view()}).view()));
  const auto second = world.node.writer->open({.space = world.space,
                                               .inside = true,
                                               .ceiling = {.tlp = v1::TLP_AMBER},
                                               .reason = v1::FEED_OPEN_REASON_CLOCK,
                                               .earlier = *heads},
                                              world.node.note());
  world.node.run();
  REQUIRE(second.ok());
  CHECK(*second != world.feed);
  const auto view = world.node.view();
  const FeedReader reader(*view, world.node.storage_key);
  const auto open =
      proto::decode<v1::FeedOpen>(reader.body(reader.find(world.node.last().id)->header).value(), 10'000);
  CHECK(open->earlier(0).seq() == 82);
  CHECK(earlier_heads(*view, world.space)->size() == 2);
}

}  // namespace comity::feed
