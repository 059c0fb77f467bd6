// SPDX-License-Identifier: EUPL-1.2
#include <algorithm>
#include <functional>

#include <doctest/doctest.h>

#include "node/community/posts/compose.h"
#include "test/unit/community/world.h"

namespace comity::community {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

struct Shared {
  World world{11};
  Agency& health = world.add("health");
  Agency& finance = world.add("finance");
  SpaceId space;

  Shared() {
    world.pair(health, finance);
    health.person("maria");
    finance.person("jo");
    space =
        health.create({.slug = "budget", .kind = v1::SPACE_KIND_SHARED, .members = {finance.self()}}).value();
    world.exchange();
  }
};

// One entry as the twin knows it.
struct Known {
  EntryId id;
  EntryId parent;
  Hlc hlc{};
  AgencyId agency;
  Seq seq{};
  std::string text{};
};

/// Where a node puts an entry: an author whose clock is more than five minutes ahead of ours says nothing of
/// the order, then the time of receipt does.
std::vector<Known> placed_at(Agency& at, std::vector<Known> all) {
  const auto view = at.view();
  const feed::FeedReader reader(*view, at.peer.node.storage_key);
  for (Known& one : all) {
    const auto stored = reader.find(one.id).value();
    if (feed::hlc_time(one.hlc) > stored.received + std::chrono::minutes(5))
      one.hlc = feed::make_hlc(stored.received);
  }
  return all;
}

// The slow, obvious twin: children looked for anew at every step.
void oracle_order(const std::vector<Known>& all, const EntryId& above, std::vector<std::string>& out) {
  std::vector<const Known*> below;
  for (const Known& one : all) {
    if (one.parent == above) below.push_back(&one);
  }
  std::sort(below.begin(), below.end(), [](const Known* a, const Known* b) {
    return std::tuple(a->hlc, a->agency, a->seq) < std::tuple(b->hlc, b->agency, b->seq);
  });
  for (const Known* one : below) {
    out.push_back(one->text);
    oracle_order(all, one->id, out);
  }
}

std::vector<PostView> whole_thread(Agency& agency, const EntryId& entry, std::size_t limit) {
  std::vector<PostView> out;
  std::string after;
  do {
    const auto page = agency.thread(entry, {.after = after, .limit = limit});
    REQUIRE(page.ok());
    out.insert(out.end(), page->posts.begin(), page->posts.end());
    after = page->next;
  } while (!after.empty());
  return out;
}

}  // namespace

TEST_CASE("random replies at two agencies: each shows the same tree, the one that the obvious twin builds") {
  Shared at;
  SeededRandom& random = at.world.random;
  for (int round = 0; round < 6; ++round) {
    std::vector<Known> known;
    for (int i = 0; i < 40; ++i) {
      Agency& agency = random.chance(50) ? at.health : at.finance;
      const std::string handle = &agency == &at.health ? "maria" : "jo";
      agency.peer.node.now += std::chrono::milliseconds(random.below(3));
      const std::string text = "r" + std::to_string(round) + " entry " + std::to_string(i);
      const std::size_t parent = known.empty() ? 0 : random.below(known.size());
      const auto written =
          known.empty() ? agency.post({.author = handle, .space = at.space, .title = "t", .text = text})
                        : agency.reply({.author = handle, .parent = known[parent].id, .text = text});
      if (!written.ok()) {
        // What it answers has not come here yet.
        CHECK(written.error().code == Code::kPostUnknown);
        continue;
      }
      known.push_back({written->id, known.empty() ? EntryId() : known[parent].id, written->hlc, agency.self(),
                       written->seq, text});
      if (random.chance(30) || known.size() == 1) at.world.exchange();
    }
    at.world.exchange();
    std::vector<std::string> wanted;
    oracle_order(known, EntryId(), wanted);
    REQUIRE(wanted.size() == known.size());
    for (Agency* agency : {&at.health, &at.finance}) {
      for (const std::size_t limit : {std::size_t{100}, std::size_t{7}, std::size_t{1}}) {
        const auto views = whole_thread(*agency, known[random.below(known.size())].id, limit);
        std::vector<std::string> seen;
        for (const PostView& view : views)
          seen.push_back(view.text);
        REQUIRE(seen == wanted);
      }
    }
    CHECK(whole_thread(at.health, known[0].id, 100) == whole_thread(at.finance, known[0].id, 100));
  }
}

TEST_CASE("under clocks that disagree each node shows the tree that its twin builds, parents first") {
  std::size_t differing = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    Shared at;
    SeededRandom random(seed);
    // One of them up to two hours ahead of the other, often around the five minutes that are borne.
    const auto minutes =
        static_cast<std::int64_t>(random.below(2) == 0 ? random.below(12) : random.below(120));
    (random.chance(50) ? at.finance : at.health).peer.node.now += std::chrono::minutes(minutes);
    std::vector<Known> known;
    for (int i = 0; i < 40; ++i) {
      Agency& agency = random.chance(50) ? at.health : at.finance;
      const std::string handle = &agency == &at.health ? "maria" : "jo";
      // Clocks run unevenly, too.
      agency.peer.node.now += std::chrono::seconds(random.below(90));
      const std::string text = "entry " + std::to_string(i);
      const std::size_t parent = known.empty() ? 0 : random.below(known.size());
      const auto written =
          known.empty() ? agency.post({.author = handle, .space = at.space, .title = "t", .text = text})
                        : agency.reply({.author = handle, .parent = known[parent].id, .text = text});
      if (!written.ok()) {
        CHECK(written.error().code == Code::kPostUnknown);
        continue;
      }
      known.push_back({written->id, known.empty() ? EntryId() : known[parent].id, written->hlc, agency.self(),
                       written->seq, text});
      if (random.chance(30) || known.size() == 1) at.world.exchange();
    }
    at.world.exchange();
    std::vector<std::vector<std::string>> orders;
    for (Agency* agency : {&at.health, &at.finance}) {
      std::vector<std::string> wanted;
      oracle_order(placed_at(*agency, known), EntryId(), wanted);
      REQUIRE(wanted.size() == known.size());
      for (const std::size_t limit : {std::size_t{100}, std::size_t{3}}) {
        std::vector<std::string> seen;
        for (const PostView& view : whole_thread(*agency, known[random.below(known.size())].id, limit))
          seen.push_back(view.text);
        REQUIRE(seen == wanted);
      }
      orders.push_back(std::move(wanted));
    }
    differing += orders[0] == orders[1] ? 0 : 1;
  }
  // The cases are about something: some clocks were ahead of what the others bear.
  CHECK(differing > 0);
}

TEST_CASE("a reply to what is not here stands below a placeholder, which heals when it comes") {
  Shared at;
  const auto root = at.health.post({.author = "maria", .space = at.space, .title = "t", .text = "root"});
  at.world.exchange();
  // Finance answers an answer that health has not got yet: only its own feed is carried to health late.
  const auto first = at.finance.reply({.author = "jo", .parent = root->id, .text = "first"});
  const auto unseen = at.world.random.next<EntryId>();
  const auto orphan = at.finance.reply(
      {.author = "jo", .parent = unseen, .text = "orphan", .thread = ref_of(root->id), .space = at.space});
  REQUIRE(orphan.ok());
  const auto below = at.finance.reply({.author = "jo", .parent = orphan->id, .text = "below"});
  REQUIRE(below.ok());
  const auto page = at.finance.thread(root->id);
  CHECK(texts(*page) == std::vector<std::string>{"root", "first", "?", "orphan", "below"});
  std::vector<std::uint32_t> depths;
  for (const PostView& view : page->posts)
    depths.push_back(view.depth);
  CHECK(depths == std::vector<std::uint32_t>{0, 1, 1, 2, 3});
  CHECK(page->posts[2].unseen);
  CHECK(page->posts[2].kind == "unseen");
  CHECK(page->posts[2].id == id_text(ref_of(unseen)));

  // Page by page the placeholder comes once.
  const auto in_pages = whole_thread(at.finance, root->id, 1);
  CHECK(std::count_if(in_pages.begin(), in_pages.end(), [](const PostView& view) { return view.unseen; }) ==
        1);

  // A thread whose beginning is not here has one for it.
  const auto far = at.finance.reply({.author = "jo",
                                     .parent = unseen,
                                     .text = "far",
                                     .thread = at.world.random.next<EntryRef>(),
                                     .space = at.space});
  CHECK(texts(at.finance.thread(far->id).value()) == std::vector<std::string>{"?", "?", "far"});
  at.world.exchange();
  CHECK(texts(at.health.thread(first->id).value()) == texts(*page));
}

TEST_CASE("the answer comes before what it answers, and finds its place once that is there") {
  Shared at;
  Agency& justice = at.world.add("justice");
  at.world.pair(at.health, justice);
  at.world.pair(at.finance, justice);
  REQUIRE(at.health
              .finish([&](Done done) {
                at.health.spaces->add_member(at.space, justice.self(), v1::MEMBER_ROLE_WRITER, done);
              })
              .ok());
  at.world.exchange();
  const auto root = at.health.post({.author = "maria", .space = at.space, .title = "t", .text = "root"});
  at.world.deliver(at.health, at.finance);
  at.finance.follow();
  const auto reply = at.finance.reply({.author = "jo", .parent = root->id, .text = "reply"});
  at.world.deliver(at.finance, justice);
  justice.follow();
  CHECK(texts(justice.thread(reply->id).value()) == std::vector<std::string>{"?", "reply"});
  CHECK(justice.show(root->id).error().code == Code::kPostUnknown);
  // By the id that the row of the reply tells, and by the one that its author knows.
  const EntryId told = parse_entry_id(justice.show(reply->id)->thread).value();
  CHECK(texts(justice.thread(told).value()) == std::vector<std::string>{"?", "reply"});
  CHECK(texts(justice.thread(root->id).value()) == std::vector<std::string>{"?", "reply"});
  CHECK(justice.thread(at.world.random.next<EntryId>()).error().code == Code::kPostUnknown);
  at.world.exchange();
  CHECK(texts(justice.thread(reply->id).value()) == std::vector<std::string>{"root", "reply"});
  CHECK(texts(justice.thread(told).value()) == std::vector<std::string>{"root", "reply"});
}

TEST_CASE("entries of one thread id in two spaces do not mix") {
  Shared at;
  const SpaceId other =
      at.health.create({.slug = "other", .kind = v1::SPACE_KIND_SHARED, .members = {at.finance.self()}})
          .value();
  const auto root = at.health.post({.author = "maria", .space = at.space, .title = "t", .text = "root"});
  const auto stray = at.health.reply(
      {.author = "maria", .parent = root->id, .text = "stray", .thread = ref_of(root->id), .space = other});
  REQUIRE(stray.ok());
  CHECK(texts(at.health.thread(root->id).value()) == std::vector<std::string>{"root"});
  CHECK(texts(at.health.thread(stray->id).value()) == std::vector<std::string>{"?", "stray"});
}

}  // namespace comity::community
