// SPDX-License-Identifier: EUPL-1.2
#include "node/community/spaces/spaces.h"

#include <doctest/doctest.h>

#include "node/community/spaces/history.h"
#include "node/config/settings.h"
#include "test/unit/community/world.h"

namespace comity::community {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

v1::SpaceManifest manifest_of(SeededRandom& random, const AgencyId& steward) {
  v1::SpaceGenesis genesis;
  genesis.set_v(1);
  genesis.set_steward(field(steward.view()));
  genesis.set_kind(v1::SPACE_KIND_SHARED);
  genesis.set_nonce(field(random.next<proto::Sha256Digest>().view()));
  genesis.set_created(1);
  v1::SpaceManifest manifest;
  manifest.set_genesis(field(proto::encode(genesis)));
  manifest.set_term(1);
  manifest.set_revision(1);
  put_member(manifest, steward, v1::MEMBER_ROLE_WRITER);
  manifest.mutable_ceiling()->set_tlp(v1::TLP_AMBER);
  return manifest;
}

}  // namespace

TEST_CASE("an inside space is there at once, and after a restart") {
  World world;
  Agency& health = world.add("health");
  const auto id = health.create({.slug = "staff/notes", .title = "Notes", .description = "For **us**"});
  REQUIRE(id.ok());
  for (int i = 0; i < 2; ++i) {
    const Space* space = health.spaces->find(*id);
    REQUIRE(space != nullptr);
    CHECK(space->slug() == "staff/notes");
    CHECK(space->title() == "Notes");
    CHECK(space->card->description() == "For **us**");
    CHECK(space->inside());
    CHECK(space->manifest.ceiling.tlp == v1::TLP_AMBER_STRICT);
    CHECK(space->standing(health.self()) == Standing::kJoined);
    CHECK(health.spaces->resolve("staff/notes").value() == *id);
    CHECK(health.spaces->resolve("staff/notes@health").value() == *id);
    CHECK(health.spaces->resolve(id_text(*id)).value() == *id);
    CHECK(health.spaces->resolve("staff").error().code == Code::kSpaceUnknown);
    CHECK(health.spaces->resolve("staff/notes@finance").error().code == Code::kSpaceUnknown);
    health.restart();
  }
  // Nothing of it may ever be sent.
  CHECK(health.peer.state(health.spaces->find(*id)->membership.feed).inside);
}

TEST_CASE("spaces that cannot be are refused, and leave nothing behind") {
  World world;
  Agency& health = world.add("health");
  const Person jo{world.random.next<AgencyId>(), world.random.next<proto::UserId>()};
  const auto code = [&](const NewSpace& what) { return health.create(what).error().code; };
  for (const char* slug : {"", "Budget", "bud get", "-budget", "/budget", "budget/", "a//b", "b\n", "büdget"})
    CHECK_MESSAGE(code({.slug = slug}) == Code::kSlugRule, slug);
  CHECK(code({.slug = std::string(65, 'a')}) == Code::kSlugRule);
  CHECK(code({.slug = "a", .title = "two\nlines"}) == Code::kTitleRule);
  CHECK(code({.slug = "a", .title = std::string(300, 't')}) == Code::kTitleRule);
  CHECK(code({.slug = "a", .description = "\x1b"}) == Code::kTextRule);
  CHECK(code({.slug = "a", .members = {jo.agency}}) == Code::kSpaceKindRule);
  CHECK(code({.slug = "a", .people = {jo}}) == Code::kSpaceKindRule);
  CHECK(code({.slug = "a", .kind = v1::SPACE_KIND_CIRCLE}) == Code::kSpaceKindRule);
  CHECK(code({.slug = "a", .kind = v1::SPACE_KIND_SHARED, .people = {jo}}) == Code::kSpaceKindRule);
  CHECK(code({.slug = "a", .kind = v1::SPACE_KIND_DIRECTORY, .people = {jo}}) == Code::kSpaceKindRule);
  CHECK(health.spaces->list().empty());
  REQUIRE(health.create({.slug = "a"}).ok());
  CHECK(code({.slug = "a"}) == Code::kSlugTaken);
  CHECK(health.spaces->list().size() == 1);
}

TEST_CASE("a new shared space reaches whom the agreements admit: its ceiling follows them") {
  World world;
  Agency& health = world.add("health");
  Agency& finance = world.add("finance");
  Agency& justice = world.add("justice");
  world.pair(health, finance, v1::TLP_AMBER);
  world.pair(health, justice, v1::TLP_GREEN);
  const auto ceiling = [&](const NewSpace& what) {
    return health.spaces->find(health.create(what).value())->manifest.ceiling.tlp;
  };
  const auto shared = v1::SPACE_KIND_SHARED;
  CHECK(ceiling({.slug = "a", .kind = shared, .members = {finance.self()}}) == v1::TLP_AMBER);
  CHECK(ceiling({.slug = "b", .kind = shared}) == v1::TLP_GREEN);
  CHECK(ceiling({.slug = "c", .kind = shared, .ceiling = Label{.tlp = v1::TLP_AMBER_STRICT}}) ==
        v1::TLP_AMBER_STRICT);
  Agency& lonely = world.add("lonely");
  CHECK(lonely.spaces->find(lonely.create({.slug = "a", .kind = shared}).value())->manifest.ceiling.tlp ==
        v1::TLP_AMBER);
  // The numbers of the members say who is not reached, and why.
  const auto id = health.spaces->resolve("c").value();
  REQUIRE(health
              .finish([&](Done done) {
                health.spaces->add_member(id, finance.self(), v1::MEMBER_ROLE_WRITER, done);
              })
              .ok());
  const auto members = health.spaces->members(*health.view(), id, [](auto&, auto&) { return std::nullopt; });
  REQUIRE(members->size() == 2);
  for (const MemberView& member : *members) {
    if (member.self) continue;
    CHECK_FALSE(member.reached);
    CHECK(not_reached_text(*member.why) == "the space admits labels that the agreement does not");
  }
}

TEST_CASE("a manifest that does not hold together is none") {
  SeededRandom random(5);
  const auto steward = random.next<AgencyId>();
  const auto other = random.next<AgencyId>();
  const v1::SpaceManifest good = manifest_of(random, steward);
  CHECK(read_manifest(proto::encode(good)).ok());
  const auto refused = [&](auto change) {
    v1::SpaceManifest bad = good;
    change(bad);
    const auto bytes = proto::encode_checked(bad);
    return !bytes.ok() || !read_manifest(*bytes).ok();
  };
  CHECK(refused([&](auto& m) { m.clear_member(); }));
  CHECK(refused([&](auto& m) { put_member(m, other, v1::MEMBER_ROLE_READER), erase_member(m, steward); }));
  CHECK(refused([&](auto& m) { *m.add_member() = m.member(0); }));
  CHECK(refused([&](auto& m) { m.set_history_since(7); }));
  CHECK(refused([&](auto& m) { m.set_history(v1::HISTORY_RULE_SINCE); }));
  CHECK(refused([&](auto& m) { m.mutable_ceiling()->add_category("a"); }));
  CHECK(refused([&](auto& m) { m.set_genesis(m.genesis() + std::string(3, 'x')); }));
  CHECK(refused([&](auto& m) { m.set_genesis(std::string(80, '\0')); }));
  CHECK(refused([&](auto& m) { m.set_revision(0); }));
  // Bytes of all kinds, at most a refusal.
  std::size_t taken = 0;
  for (int i = 0; i < 20'000; ++i) {
    Bytes bytes = proto::encode(good);
    for (std::size_t k = 0; k <= random.below(3); ++k)
      bytes[random.below(bytes.size())] = static_cast<std::byte>(random.number());
    if (random.chance(20)) bytes.resize(random.below(bytes.size()));
    taken += read_manifest(bytes).ok() ? 1 : 0;
    taken += read_card(bytes).ok() ? 1 : 0;
  }
  CHECK(taken < 20'000);
}

TEST_CASE("only the steward's own manifest, in its own space, says anything") {
  World world;
  Agency& health = world.add("health");
  Agency& finance = world.add("finance");
  world.pair(health, finance);
  const auto id =
      health.create({.slug = "budget", .kind = v1::SPACE_KIND_SHARED, .members = {finance.self()}}).value();
  world.exchange();
  REQUIRE(finance.spaces->find(id) != nullptr);
  // Finance writes a manifest of its own into health's space, with a higher revision and without health.
  v1::SpaceManifest taken = finance.spaces->find(id)->manifest.message;
  taken.set_revision(99);
  taken.clear_sealed_card();
  taken.set_closed(true);
  finance.peer.node.writer->append(finance.spaces->find(id)->membership.feed,
                                   feed::clear_draft(v1::KIND_SPACE_MANIFEST, proto::encode(taken), {}));
  finance.run();
  world.exchange();
  CHECK_FALSE(health.spaces->find(id)->manifest.message.closed());
  health.restart();
  finance.restart();
  CHECK_FALSE(health.spaces->find(id)->manifest.message.closed());
  CHECK_FALSE(finance.spaces->find(id)->manifest.message.closed());
}

TEST_CASE("a space goes stale in two steps, by the settings") {
  const FreshnessLimits limits = limits_of(config::Settings());
  CHECK(limits.warn == std::chrono::hours(24));
  CHECK(limits.refuse == std::chrono::hours(72));
  using std::chrono::hours;
  CHECK(freshness(hours(0), limits) == Freshness::kFresh);
  CHECK(freshness(hours(24) - std::chrono::milliseconds(1), limits) == Freshness::kFresh);
  CHECK(freshness(hours(24), limits) == Freshness::kWarn);
  CHECK(freshness(hours(72), limits) == Freshness::kRefuse);
  CHECK(freshness(std::nullopt, limits) == Freshness::kRefuse);
}

TEST_CASE("a new reader's history begins with a whole key epoch, by the rule of the space") {
  SeededRandom random(4);
  feed::test::Node node(random);
  const auto space = random.next<SpaceId>();
  node.readers = {random.next<AgencyId>()};
  const FeedId feed = node.open(space, false);
  const auto start = [&](v1::HistoryRule rule, WallTime since = {}) {
    const auto view = node.view();
    const feed::FeedReader reader(*view, node.storage_key);
    return history_start(reader, feed::get_feed(*view, feed).value(), rule, since).value();
  };
  CHECK(start(v1::HISTORY_RULE_NONE) == HistoryStart{Seq{1}, KeyEpoch{1}});
  std::vector<WallTime> began;
  for (int epoch = 0; epoch < 3; ++epoch) {
    node.now += std::chrono::hours(1);
    node.audience(feed);
    began.push_back(node.now);
    for (int i = 0; i < 10; ++i) {
      node.post(feed, space, "text");
      node.now += std::chrono::seconds(1);
      node.run();
    }
  }
  const auto view = node.view();
  const feed::FeedReader reader(*view, node.storage_key);
  const auto end = feed::get_feed(*view, feed)->end.seq;
  CHECK(start(v1::HISTORY_RULE_ALL) == HistoryStart{Seq{1}, KeyEpoch{1}});
  CHECK(start(v1::HISTORY_RULE_NONE) == HistoryStart{feed::next(end), KeyEpoch{4}});
  for (std::size_t i = 0; i < 3; ++i) {
    const auto exact = start(v1::HISTORY_RULE_SINCE, began[i]);
    CHECK(exact.epoch == KeyEpoch{i + 1});
    const auto header = reader.header(feed, exact.seq)->header;
    CHECK(header.key_epoch == KeyEpoch{i + 1});
    // In the middle of an epoch only the next one may be given.
    CHECK(start(v1::HISTORY_RULE_SINCE, began[i] + std::chrono::seconds(5)).epoch == KeyEpoch{i + 2});
  }
  CHECK(start(v1::HISTORY_RULE_SINCE, node.now + std::chrono::hours(9)) ==
        HistoryStart{feed::next(end), KeyEpoch{4}});
}

}  // namespace comity::community
