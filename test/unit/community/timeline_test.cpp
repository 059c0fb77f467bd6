// SPDX-License-Identifier: EUPL-1.2
// The home timeline against a slow, obvious twin, and what may not stand in it.
#include "node/community/posts/timeline.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "node/community/people/follows.h"
#include "node/feed/dispose.h"
#include "test/unit/community/world.h"

namespace comity::community {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

void commit(Agency& at, Result<storage::Batch> rows) {
  REQUIRE(rows.ok());
  REQUIRE(at.peer.node.store->commit(*std::move(rows)).ok());
}

void follow(Agency& at, const std::string& who, const Person& whom) {
  const Person self{at.self(), find_person(*at.view(), who)->id};
  if (self != whom) commit(at, follow_person(*at.view(), self, whom, kNoon));
}

void follow(Agency& at, const std::string& who, const SpaceId& space) {
  commit(at, follow_space(*at.view(), find_person(*at.view(), who)->id, space, kNoon));
}

Result<PostPage> page(Agency& at, const std::string& who, const TimelineQuery& query) {
  return at.read(at.as(who), [&](PostReader& posts) {
    const auto view = at.view();
    const auto sights = at.spaces->sights();
    return Timeline(*view, *sights, posts).page(find_person(*at.view(), who)->id, query);
  });
}

/// All pages, in pieces of `limit`; how each of them is looked for makes no difference.
std::vector<std::string> timeline(Agency& at, const std::string& who, TimelineQuery query) {
  std::vector<std::string> out;
  const std::size_t limit = query.limit;
  for (int i = 0; i < 1000; ++i) {
    const auto got = page(at, who, query);
    REQUIRE(got.ok());
    CHECK(got->posts.size() <= limit);
    for (const PostView& post : got->posts)
      out.push_back(post.id);
    if (got->next.empty()) return out;
    query.after = got->next;
  }
  FAIL("the pages do not end");
  return out;
}

std::vector<std::string> timeline(Agency& at, const std::string& who, std::size_t limit) {
  auto merged = timeline(at, who, {.limit = limit, .scanned = 0, .few = 0});
  CHECK(timeline(at, who, {.limit = limit, .few = 0}) == merged);
  CHECK(timeline(at, who, {.limit = limit, .scanned = 5, .few = 0}) == merged);
  CHECK(timeline(at, who, {.limit = limit}) == merged);
  return merged;
}

struct Written {
  feed::Appended entry{};
  Person author{};
  SpaceId space;
  bool imported = false;
  bool begins = true;
};

/// Three agencies with spaces, some of them read by a few only.
struct Town {
  World world{4711};
  std::vector<Agency*> agencies{&world.add("health"), &world.add("finance"), &world.add("justice")};
  std::vector<std::pair<Agency*, PersonRow>> people{};
  std::vector<SpaceId> spaces{};
  std::vector<Written> written{};
  std::size_t late = 0;  ///< places that came from the time of receipt

  Town() {
    for (Agency* const a : agencies) {
      for (Agency* const b : agencies) {
        if (a < b) world.pair(*a, *b);
      }
      for (const char* handle : {"ann", "bo", "cy"})
        people.emplace_back(a, a->person(handle));
    }
    for (Agency* const at : agencies) {
      NewSpace shared{.slug = "shared-" + at->name, .kind = v1::SPACE_KIND_SHARED};
      for (Agency* const other : agencies) {
        if (other != at) shared.members.push_back(other->self());
      }
      spaces.push_back(at->create(shared).value());
      spaces.push_back(at->create({.slug = "inside-" + at->name}).value());
    }
    world.exchange();
    // Of one shared space only bo reads at home.
    for (Agency* const at : agencies) {
      REQUIRE(at->finish([&](Done done) {
                  at->spaces->add_reader(spaces[0], {.user = find_person(*at->view(), "bo")->id}, done);
                }).ok());
    }
  }

  void write(SeededRandom& random) {
    const auto& [at, person] = people[random.below(people.size())];
    const SpaceId space = spaces[random.below(spaces.size())];
    const Person author{at->self(), person.id};
    at->peer.node.now += std::chrono::milliseconds(random.below(3));
    Result<feed::Appended> result = Error{Code::kUnknown, {}};
    Written one{.author = author, .space = space};
    switch (random.below(6)) {
      case 0:
      case 1:
        result = at->update({.author = person.handle, .space = space, .text = "update"});
        break;
      case 2: {
        NewPost post{.author = person.handle, .space = space, .title = "t", .text = "imported"};
        post.origin = PostOrigin{.source = "list", .id = std::to_string(random.number())};
        one.imported = true;
        result = at->post(post);
        break;
      }
      case 3: {
        one.begins = false;
        if (written.empty()) return;
        const Written& above = written[random.below(written.size())];
        result = at->reply({.author = person.handle, .parent = above.entry.id, .text = "reply"});
        break;
      }
      default:
        result = at->post({.author = person.handle, .space = space, .title = "t", .text = "post"});
    }
    if (!result.ok()) return;  // not for this person
    one.entry = *result;
    written.push_back(one);
    if (random.chance(10) && one.begins)
      REQUIRE(at->withdraw({.author = person.handle, .entry = one.entry.id}).ok());
  }

  std::vector<std::string> expected(Agency& at, const std::string& who) {
    const UserId self = find_person(*at.view(), who)->id;
    const auto people_followed = followed_by(*at.view(), self).value();
    const auto spaces_followed = spaces_followed_by(*at.view(), self).value();
    std::vector<Written> found;
    for (const Written& one : written) {
      const bool own = one.author == Person{at.self(), self};
      const bool person =
          !one.imported && (own || std::any_of(people_followed.begin(), people_followed.end(),
                                               [&](const Followed& f) { return f.who == one.author; }));
      const bool space = std::any_of(spaces_followed.begin(), spaces_followed.end(),
                                     [&](const FollowedSpace& f) { return f.space == one.space; });
      if (one.begins && (person || space) && at.show(one.entry.id, at.as(who)).ok()) found.push_back(one);
    }
    // What an author's clock dates more than five minutes ahead of ours stands where it came.
    const auto view = at.view();
    const feed::FeedReader reader(*view, at.peer.node.storage_key);
    for (Written& one : found) {
      const auto stored = reader.find(one.entry.id).value();
      if (feed::hlc_time(one.entry.hlc) > stored.received + std::chrono::minutes(5)) {
        one.entry.hlc = feed::make_hlc(stored.received);
        ++late;
      }
    }
    std::sort(found.begin(), found.end(), [](const Written& a, const Written& b) {
      return std::tuple(b.entry.hlc, b.entry.feed, b.entry.seq) <
             std::tuple(a.entry.hlc, a.entry.feed, a.entry.seq);
    });
    std::vector<std::string> ids;
    for (const Written& one : found)
      ids.push_back(id_text(one.entry.id));
    return ids;
  }
};

/// Random entries and follows; each round all timelines are compared. The count of rows that were.
std::size_t agree_with_twin(Town& town, SeededRandom& random, int rounds) {
  std::size_t shown = 0;
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < 25; ++i)
      town.write(random);
    town.world.exchange();
    auto& [at, person] = town.people[random.below(town.people.size())];
    const auto& [agency, whom] = town.people[random.below(town.people.size())];
    follow(*at, person.handle, {agency->self(), whom.id});
    follow(*at, person.handle, town.spaces[random.below(town.spaces.size())]);
    for (const auto& [reader_at, reader] : town.people) {
      const auto expected = town.expected(*reader_at, reader.handle);
      shown += expected.size();
      for (const std::size_t limit : {std::size_t{1} + random.below(9), std::size_t{100}})
        CHECK(timeline(*reader_at, reader.handle, limit) == expected);
    }
  }
  return shown;
}

}  // namespace

TEST_CASE("a timeline is what its slow twin says, whatever is followed and however it is paged") {
  Town town;
  SeededRandom random(12);
  const std::size_t shown = agree_with_twin(town, random, 12);
  CHECK(shown > 500);
  // Rebuilt, it is the same.
  for (Agency* const at : town.agencies) {
    const auto before = at->projection_hash();
    REQUIRE(feed::reindex(*at->peer.node.store, at->peer.node.storage_key, at->peer.node.projections,
                          at->followers, {})
                .ok());
    CHECK(at->projection_hash() == before);
    CHECK(timeline(*at, "ann", 7) == town.expected(*at, "ann"));
  }
}

TEST_CASE("a timeline is what its twin says under clocks that disagree") {
  Town town;
  SeededRandom random(13);
  town.agencies[1]->peer.node.now += std::chrono::minutes(45);
  town.agencies[2]->peer.node.now -= std::chrono::minutes(3);
  CHECK(agree_with_twin(town, random, 6) > 100);
  // Back to ours, and two others: what was ahead once stays where it came.
  town.agencies[0]->peer.node.now += std::chrono::hours(2);
  town.agencies[2]->peer.node.now += std::chrono::minutes(7);
  CHECK(agree_with_twin(town, random, 6) > 100);
  CHECK(town.late > 0);
}

TEST_CASE("what somebody writes stands in their own timeline, and in nobody else's for that") {
  World world(9);
  Agency& health = world.add("health");
  health.person("maria");
  const PersonRow jo = health.person("jo");
  const auto update = health.update({.author = "maria", .text = "back on Monday"});
  REQUIRE(update.ok());
  CHECK(timeline(health, "maria", 5) == std::vector<std::string>{id_text(update->id)});
  CHECK(timeline(health, "jo", 5).empty());
  REQUIRE(health.message({.author = "maria", .to = {{health.self(), jo.id}}, .text = "for jo"}).ok());
  CHECK(timeline(health, "maria", 5).size() == 1);
  REQUIRE(health.withdraw({.author = "maria", .entry = update->id}).ok());
  CHECK(page(health, "maria", {})->posts.at(0).withdrawn);
}

TEST_CASE("private messages of followed people stand in no timeline, and hide nothing behind them") {
  World world(5);
  Agency& health = world.add("health");
  const PersonRow maria = health.person("maria");
  const PersonRow jo = health.person("jo");
  const auto first = health.update({.author = "maria", .text = "for all"});
  REQUIRE(first.ok());
  for (int i = 0; i < 30; ++i)
    REQUIRE(health.message({.author = "maria", .to = {{health.self(), jo.id}}, .text = "for jo"}).ok());
  follow(health, "jo", Person{health.self(), maria.id});
  CHECK(timeline(health, "jo", 50) == std::vector<std::string>{id_text(first->id)});
  CHECK(timeline(health, "jo", 1) == std::vector<std::string>{id_text(first->id)});
}

TEST_CASE("what is disposed of leaves the timeline, and the newest that is left counts") {
  World world(6);
  Agency& health = world.add("health");
  const PersonRow maria = health.person("maria");
  health.person("jo");
  const SpaceId space = health.create({.slug = "general"}).value();
  std::vector<EntryId> ids;
  for (int i = 0; i < 6; ++i) {
    health.peer.node.now += std::chrono::seconds(1);
    ids.push_back(health.update({.author = "maria", .space = space, .text = std::to_string(i)})->id);
  }
  follow(health, "jo", Person{health.self(), maria.id});
  follow(health, "jo", space);
  const auto dispose = [&](std::vector<EntryId> gone) {
    auto plan = feed::plan_disposal(*health.view(), gone, health.peer.node.now);
    REQUIRE(plan.ok());
    REQUIRE(health.peer.node.store->commit(std::move(plan->rows)).ok());
  };
  // In one page of the change stream: what is disposed of and what is new.
  dispose({ids[5], ids[4], ids[1]});
  ids.push_back(health.update({.author = "maria", .space = space, .text = "6"})->id);
  const auto left = [&](std::vector<int> which) {
    std::vector<std::string> out;
    for (const int i : which)
      out.push_back(id_text(ids[static_cast<std::size_t>(i)]));
    return out;
  };
  CHECK(timeline(health, "jo", 2) == left({6, 3, 2, 0}));
  const auto rebuild = [&] {
    const auto live = health.projection_hash();
    REQUIRE(feed::reindex(*health.peer.node.store, health.peer.node.storage_key, health.peer.node.projections,
                          health.followers, {})
                .ok());
    CHECK(health.projection_hash() == live);
  };
  rebuild();
  dispose({ids[6], ids[3]});
  health.follow();
  CHECK(timeline(health, "jo", 2) == left({2, 0}));
  rebuild();
  dispose({ids[2], ids[0]});
  health.follow();
  CHECK(timeline(health, "jo", 2).empty());
  rebuild();
}

TEST_CASE("a suspended agency and a space that is no longer read show nothing more") {
  World world(7);
  Agency& health = world.add("health");
  Agency& finance = world.add("finance");
  const PersonRow maria = health.person("maria");
  finance.person("jo");
  world.pair(health, finance);
  const SpaceId space =
      health.create({.slug = "b", .kind = v1::SPACE_KIND_SHARED, .members = {finance.self()}}).value();
  world.exchange();
  REQUIRE(health.update({.author = "maria", .space = space, .text = "one"}).ok());
  world.exchange();
  follow(finance, "jo", Person{health.self(), maria.id});
  follow(finance, "jo", space);
  CHECK(timeline(finance, "jo", 5).size() == 1);
  finance.hidden.insert(health.self());
  finance.spaces->peers_changed();
  CHECK(timeline(finance, "jo", 5).empty());
  finance.hidden.clear();
  finance.spaces->peers_changed();
  CHECK(timeline(finance, "jo", 5).size() == 1);
  REQUIRE(
      finance.finish([&](Done done) { finance.spaces->add_reader(space, {.unit = "others"}, done); }).ok());
  CHECK(timeline(finance, "jo", 5).empty());
}

TEST_CASE("bad places and limits are refused; following has bounds") {
  World world(8);
  Agency& health = world.add("health");
  const PersonRow jo = health.person("jo");
  CHECK(page(health, "jo", {.after = "x"}).error().code == Code::kIdRule);
  CHECK(page(health, "jo", {.limit = 0}).error().code == Code::kStoreBounds);
  CHECK(page(health, "jo", {.limit = 101}).error().code == Code::kStoreBounds);
  CHECK(page(health, "jo", {})->posts.empty());
  for (std::size_t i = 0; i < kMostSpacesFollowed; ++i)
    follow(health, "jo", health.peer.node.random.next<SpaceId>());
  const SpaceId one_more = health.peer.node.random.next<SpaceId>();
  CHECK(follow_space(*health.view(), jo.id, one_more, kNoon).error().code == Code::kFollowRule);
  CHECK(unfollow_space(*health.view(), jo.id, one_more).error().code == Code::kFollowRule);
  const auto followed = spaces_followed_by(*health.view(), jo.id).value();
  REQUIRE(followed.size() == kMostSpacesFollowed);
  commit(health, follow_space(*health.view(), jo.id, followed[0].space, kNoon + std::chrono::hours(1)));
  CHECK(spaces_followed_by(*health.view(), jo.id)->front() == followed[0]);
  commit(health, unfollow_space(*health.view(), jo.id, followed[0].space));
  CHECK(spaces_followed_by(*health.view(), jo.id)->size() == kMostSpacesFollowed - 1);
  CHECK(page(health, "jo", {})->posts.empty());
}

}  // namespace comity::community
