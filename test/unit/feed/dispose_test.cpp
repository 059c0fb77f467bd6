// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/dispose.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "node/feed/withdraw.h"
#include "storage/rocks/rocks_store.h"
#include "test/support/temp_dir.h"
#include "test/unit/feed/peer.h"

namespace comity::feed {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

// Whether any file below `directory` holds `bytes`.
bool on_disk(const std::filesystem::path& directory, ByteView bytes) {
  for (const auto& file : std::filesystem::recursive_directory_iterator(directory)) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path(), std::ios::binary);
    const std::string all((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (all.find(proto::as_text(bytes)) != std::string::npos) return true;
  }
  return false;
}

struct World {
  SeededRandom random{31};
  Node node{random};
  SpaceId space = random.next<SpaceId>();
  FeedId feed = node.open(space);

  Appended post(std::string_view text, std::uint64_t expires = 0) {
    node.post(feed, space, text, expires);
    node.run();
    return node.last();
  }
  Status dispose_now(const EntryId& entry) {
    auto plan = plan_disposal(*node.view(), std::vector{entry}, node.now);
    if (!plan.ok()) return plan.error();
    return dispose(*node.store, *std::move(plan));
  }
  Result<v1::Content> content(const EntryId& entry) const {
    const auto view = node.view();
    const FeedReader reader(*view, node.storage_key);
    COMITY_TRY(const auto stored, reader.find(entry));
    return reader.content(stored.header);
  }
};

}  // namespace

TEST_CASE("disposing erases key and body and keeps the header, which says why") {
  World world;
  const Appended gone = world.post("gone");
  const Appended kept = world.post("kept");
  REQUIRE(world.dispose_now(gone.id).ok());
  CHECK(world.content(gone.id).error().code == Code::kFeedWithheld);
  CHECK(world.content(kept.id).ok());
  const auto view = world.node.view();
  CHECK_FALSE(view->get(kBodies.key(world.feed, gone.seq)).value());
  CHECK_FALSE(view->get(kBodyKeys.key(world.feed, gone.seq)).value());
  const auto wire =
      FeedReader(*view, world.node.storage_key).wire(world.feed, gone.seq, 1, 10'000, world.node.now);
  CHECK(wire->at(0).withheld() == v1::WITHHELD_DISPOSED);
  CHECK(wire->at(0).body().empty());
}

TEST_CASE("a legal hold stops disposal, even one that is placed in between") {
  World world;
  const Appended posted = world.post("evidence");
  storage::Batch hold;
  put_hold(hold, posted.id, "case 7", world.node.now);
  auto plan = plan_disposal(*world.node.view(), std::vector{posted.id}, world.node.now);
  REQUIRE(world.node.store->commit(std::move(hold)).ok());
  CHECK(dispose(*world.node.store, *std::move(plan)).error().code == Code::kStoreGuardFailed);
  const auto held = plan_disposal(*world.node.view(), std::vector{posted.id}, world.node.now);
  REQUIRE(held->held.size() == 1);
  CHECK(held->entries.empty());
  CHECK(world.content(posted.id).ok());
  storage::Batch lift;
  lift_hold(lift, posted.id);
  REQUIRE(world.node.store->commit(std::move(lift)).ok());
  CHECK(world.dispose_now(posted.id).ok());
}

TEST_CASE("a disposal that was cut off before the files were rewritten is finished later") {
  World world;
  const Appended gone = world.post("gone");
  auto plan = plan_disposal(*world.node.view(), std::vector{gone.id}, world.node.now);
  REQUIRE(world.node.store->commit(std::move(plan->rows)).ok());
  CHECK(world.node.view()->get(kScrubs.key(world.feed, gone.seq)).value().has_value());
  CHECK(resume_scrubs(*world.node.store).value() == 1);
  CHECK_FALSE(world.node.view()->get(kScrubs.key(world.feed, gone.seq)).value());
  CHECK(resume_scrubs(*world.node.store).value() == 0);
  const Appended other = world.post("other");
  REQUIRE(world.dispose_now(other.id).ok());
  CHECK_FALSE(world.node.view()->get(kScrubs.key(world.feed, other.seq)).value());
}

TEST_CASE("what the protocol itself needs cannot be disposed of") {
  World world;
  const auto view = world.node.view();
  const auto open = FeedReader(*view, world.node.storage_key).header(world.feed, Seq{1});
  CHECK(world.dispose_now(open->header.id).error().code == Code::kFeedNotDisposable);
  CHECK(world.dispose_now(world.random.next<EntryId>()).error().code == Code::kEntryUnknown);
}

TEST_CASE("bodies are purged when their time has come, held ones when the hold is lifted") {
  World world;
  const std::uint64_t soon = millis(kNoon) + 1000;
  const Appended first = world.post("first", soon);
  const Appended second = world.post("second", soon);
  const Appended later = world.post("later", soon + 60'000);
  storage::Batch hold;
  put_hold(hold, second.id, "case 8", world.node.now);
  REQUIRE(world.node.store->commit(std::move(hold)).ok());
  CHECK(plan_expiry(*world.node.view(), kNoon, 100)->entries.empty());
  const WallTime then = kNoon + std::chrono::seconds(2);
  auto plan = plan_expiry(*world.node.view(), then, 100);
  CHECK(plan->entries == std::vector{first.id});
  CHECK(plan->held == std::vector{second.id});
  REQUIRE(dispose(*world.node.store, *std::move(plan)).ok());
  CHECK(world.content(first.id).error().code == Code::kFeedWithheld);
  CHECK(world.content(later.id).ok());
  storage::Batch lift;
  lift_hold(lift, second.id);
  REQUIRE(world.node.store->commit(std::move(lift)).ok());
  CHECK(plan_expiry(*world.node.view(), then, 100)->entries == std::vector{second.id});
}

TEST_CASE("after disposal neither text nor key nor body is in any file of the store") {
  comity::test::TempDir directory;
  const std::string path = directory.file("store");
  SeededRandom random(32);
  auto store = storage::RocksStore::create(
      path, storage::Tables(tables()), {.committer = storage::Committer::kCaller},
      {.schema = 1, .written_by = "0.1.0", .created_ms = 1, .instance = random.next<proto::InstanceId>()});
  REQUIRE_MESSAGE(store.ok(), (store.ok() ? std::string() : proto::to_string(store.error())));
  Node node(random, *std::move(store));
  const SpaceId space = random.next<SpaceId>();
  const FeedId feed = node.open(space);
  for (int i = 0; i < 20; ++i)
    node.post(feed, space, "ordinary " + std::to_string(i));
  node.post(feed, space, "the text that has to go");
  for (int i = 0; i < 20; ++i)
    node.post(feed, space, "ordinary " + std::to_string(i));
  while (node.answers.size() < 42)
    node.run();
  const Appended target = node.answers[21].value();

  Bytes key;
  Bytes wrapped;
  Bytes sealed;
  {
    const auto view = node.view();
    key = view->get(kBodyKeys.key(feed, target.seq)).value().value();
    wrapped = view->get(kBodies.key(feed, target.seq)).value().value();
    const FeedReader reader(*view, node.storage_key);
    sealed = reader.body(reader.find(target.id)->header).value();
  }
  const ByteView bare_key = ByteView(key).first(32);
  REQUIRE(on_disk(path, bare_key));
  REQUIRE(on_disk(path, ByteView(wrapped).subspan(20, 60)));
  CHECK_FALSE(on_disk(path, proto::as_bytes("the text that has to go")));

  auto plan = plan_disposal(*node.view(), std::vector{target.id}, node.now);
  REQUIRE(plan.ok());
  const auto done = dispose(*node.store, *std::move(plan));
  REQUIRE_MESSAGE(done.ok(), (done.ok() ? std::string() : proto::to_string(done.error())));
  for (const ByteView part : {bare_key, ByteView(wrapped).subspan(20, 60), ByteView(sealed).subspan(20, 60),
                              proto::as_bytes("the text that has to go")}) {
    CHECK_FALSE(on_disk(path, part));
  }
  const auto view = node.view();
  const FeedReader reader(*view, node.storage_key);
  CHECK(reader.content(reader.header(feed, Seq{raw(target.seq) + 1})->header).ok());
}

TEST_CASE("a withdrawal by the author or a moderator hides, one by anybody else does not") {
  World world;
  const Appended posted = world.post("oops");
  const auto target = FeedReader(*world.node.view(), world.node.storage_key).find(posted.id)->header;
  const auto nobody = [](const AgencyId&) { return false; };
  CHECK_FALSE(withdrawn(*world.node.view(), target, nobody).value());
  world.node.writer->append(world.feed, withdraw_draft(target, v1::WITHDRAW_REASON_AUTHOR,
                                                       Node::packed("note"), world.node.note()));
  world.node.run();
  const Appended word = world.node.last();
  const auto found = withdrawn(*world.node.view(), target, nobody).value();
  REQUIRE(found);
  CHECK(found->by == world.node.self);
  CHECK(found->withdraw == word.id);
  // Readers find the note in the entry itself.
  const auto view = world.node.view();
  const FeedReader reader(*view, world.node.storage_key);
  const auto entry = reader.find(word.id)->header;
  const auto message = proto::decode<v1::Withdraw>(reader.body(entry).value(), 100'000);
  CHECK(reader.open_sealed(entry, proto::as_bytes(message->sealed_note())).ok());
  world.node.writer->append(world.feed, receipt_draft(ref_of(word.id), ref_of(posted.id),
                                                      v1::WITHDRAW_OUTCOME_HIDDEN, world.node.note()));
  world.node.run();
  world.node.last();

  Header foreign = target;
  foreign.agency = world.random.next<AgencyId>();
  CHECK_FALSE(withdrawn(*world.node.view(), foreign, nobody).value());
  CHECK(withdrawn(*world.node.view(), foreign, [](const AgencyId&) { return true; }).value());
}

}  // namespace comity::feed
