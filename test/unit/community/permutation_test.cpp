// SPDX-License-Identifier: EUPL-1.2
// Row 3 of docs/threat-model.md: nothing that arrives late, twice or in another order changes what a node
// holds.
#include <doctest/doctest.h>

#include "crypto/sha256.h"
#include "node/community/posts/timeline_table.h"
#include "node/feed/reindex.h"
#include "test/unit/community/world.h"

namespace comity::community {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

constexpr std::size_t kPermutations = 1000;
constexpr std::size_t kListeners = 5;

/// One feed as its author would send it: batches that each end on a signature.
struct Stream {
  feed::FeedState state;
  std::vector<std::vector<v1::Entry>> batches{};
};

/// A node that only takes. Made anew with the same seed it is the same agency with an empty store.
struct Listener {
  explicit Listener(std::size_t which) : random(1000 + which), node(random, "listener") {
    node.auto_join = false;
  }
  SeededRandom random;
  Agency node;
};

/// Two agencies with a history: members come and go, posts are answered and withdrawn.
struct History {
  World world{303};
  Agency& health = world.add("health");
  Agency& finance = world.add("finance");
  PersonRow maria = health.person("maria");
  PersonRow jo = finance.person("jo");
  SpaceId space;
  std::vector<Stream> streams{};
  feed::Appended asked{};
  feed::Appended answered{};

  History() {
    world.pair(health, finance);
    std::vector<AgencyId> members{finance.self()};
    for (std::size_t i = 0; i < kListeners; ++i) {
      const Listener listener(i);
      members.push_back(listener.node.self());
      World::know(health, listener.node, v1::TLP_AMBER);
      World::know(finance, listener.node, v1::TLP_AMBER);
    }
    health.spaces->peers_changed();
    finance.spaces->peers_changed();
    std::sort(members.begin(), members.end());
    space =
        health
            .create({.slug = "budget", .title = "Budget", .kind = v1::SPACE_KIND_SHARED, .members = members})
            .value();
    between();
    const auto question = health.post(by("maria", "question")).value();
    between();
    const auto answer = finance.reply({.author = "jo", .parent = question.id, .text = "answer"}).value();
    between();
    REQUIRE(health.reply({.author = "maria", .parent = answer.id, .text = "thanks"}).ok());
    REQUIRE(finance.withdraw({.author = "jo", .entry = answer.id, .reason = "wrong"}).ok());
    Agency& guest = world.add("guest");
    world.pair(health, guest);
    REQUIRE(health
                .finish([&](Done done) {
                  health.spaces->add_member(space, guest.self(), v1::MEMBER_ROLE_WRITER, std::move(done));
                })
                .ok());
    between();
    REQUIRE(health.post(by("maria", "with the guest")).ok());
    REQUIRE(
        health.finish([&](Done done) { health.spaces->remove_member(space, guest.self(), std::move(done)); })
            .ok());
    between();
    REQUIRE(finance.post(by("jo", "without the guest")).ok());
    between();
    talk_about();
    collect(health);
    collect(finance);
  }

  [[nodiscard]] NewPost by(const std::string& who, std::string text) const {
    return {.author = who, .space = space, .title = "t", .text = std::move(text)};
  }

  /// What is said of an entry comes in other feeds than the entry: those of other agencies, and the one that
  /// its author's agency opened since.
  void talk_about() {
    asked = finance.post(by("jo", "first words")).value();
    between();
    answered = health.reply({.author = "maria", .parent = asked.id, .text = "an answer"}).value();
    REQUIRE(health
                .written([&](OnPosted done) {
                  health.posts->react({.author = "maria", .entry = asked.id, .kind = "agree"},
                                      std::move(done));
                })
                .ok());
    between();
    REQUIRE(
        finance.finish([&](Done done) { finance.spaces->reopen(space, v1::FEED_OPEN_REASON_RESTORE, done); })
            .ok());
    REQUIRE(finance
                .written([&](OnPosted done) {
                  finance.posts->edit({.author = "jo",
                                       .entry = asked.id,
                                       .text = "better words",
                                       .tags = std::vector<std::string>{"late"}},
                                      std::move(done));
                })
                .ok());
    REQUIRE(finance
                .written([&](OnPosted done) {
                  finance.posts->mark_answer({.author = "jo", .answer = answered.id}, std::move(done));
                })
                .ok());
    between();
  }

  void between() {
    world.deliver(health, finance);
    world.deliver(finance, health);
    health.follow();
    finance.follow();
  }

  void collect(Agency& author) {
    const auto view = author.view();
    const feed::FeedReader reader(*view, author.peer.node.storage_key);
    REQUIRE(feed::each_feed(*view, [&](const feed::FeedState& state) {
              if (!state.own || state.inside) return true;
              Stream stream{.state = state};
              for (Seq from{1}; from <= state.end.seq;) {
                stream.batches.push_back(reader.wire(state.feed(), from, 1, 300'000, kNoon).value());
                REQUIRE_FALSE(stream.batches.back().empty());
                from = Seq{raw(from) + stream.batches.back().size()};
              }
              streams.push_back(std::move(stream));
              return true;
            }).ok());
  }
};

void take(Agency& to, const Stream& stream, std::size_t batch) {
  REQUIRE(to.peer.ingester->learn(stream.state.agency(), stream.state.space, stream.state.incarnation).ok());
  std::vector<feed::WireEntry> wires;
  for (const v1::Entry& entry : stream.batches[batch])
    wires.push_back(feed::view_of(entry));
  to.peer.first = Seq{1};
  to.peer.history_to = stream.state.end.audience_seq;
  const auto taken = to.peer.take(stream.state.feed(), wires, stream.state.agency());
  REQUIRE(taken.ok());
  // A gap is told, and nothing after it is stored.
  if (taken->refusal) REQUIRE(taken->refusal->error.code == Code::kFeedGap);
  if (taken->stored.empty()) return;
  to.spaces->entries_stored(taken->stored);
  to.run();
}

/// All that derives from what was sent, and the heads; not the keys of bodies, which each node makes for
/// itself.
proto::Sha256Digest state_hash(Agency& at, const History& history) {
  at.follow();
  std::vector<storage::TableInfo> tables{feed::kEntries.info(), feed::kWithdrawals.info(),
                                         kByThread.info(),      kTopics.info(),
                                         kNames.info(),         kManifests.info(),
                                         kByAuthor.info(),      kAuthorNewest.info(),
                                         kSpaceNewest.info(),   kAbout.info(),
                                         kTagged.info(),        kChannels.info(),
                                         kTimeline.info()};
  std::string heads;
  for (const Stream& stream : history.streams) {
    const auto state = feed::get_feed(*at.view(), stream.state.feed()).value();
    heads += state.end.id.hex() + state.end.audience_id.hex() + (state.frozen ? "!" : ".");
  }
  const auto rows = feed::range_hash(*at.view(), tables).value();
  return crypto::sha256({rows.view(), proto::as_bytes(heads)});
}

bool says_all(Agency& at, const History& history) {
  const auto asked = at.show(history.asked.id);
  const auto answered = at.show(history.answered.id);
  return asked.ok() && asked->text == "better words" && asked->edited &&
         asked->tags == std::vector<std::string>{"late"} && asked->reactions.size() == 1 &&
         asked->reactions[0].kind == "agree" && asked->reactions[0].count == 1 &&
         asked->answer == id_text(history.answered.id) && answered.ok() && answered->is_answer;
}

}  // namespace

TEST_CASE(
    "row 3: whatever the order of arrival, with repeats and old entries in between, the state is the same") {
  History history;
  std::size_t all = 0;
  for (const Stream& stream : history.streams)
    all += stream.batches.size();
  REQUIRE(history.streams.size() >= 2);
  REQUIRE(all > 15);
  SeededRandom random(99);
  std::map<std::size_t, proto::Sha256Digest> first;
  for (std::size_t turn = 0; turn < kPermutations; ++turn) {
    CAPTURE(turn);
    const std::size_t which = turn % kListeners;
    Listener made(which);
    Agency& listener = made.node;
    World::know(listener, history.health, v1::TLP_AMBER);
    World::know(listener, history.finance, v1::TLP_AMBER);
    std::vector<std::size_t> next(history.streams.size(), 0);
    for (std::size_t left = all; left > 0;) {
      const std::size_t from = random.below(history.streams.size());
      const Stream& stream = history.streams[from];
      switch (random.below(4)) {
        case 0:  // something old once more
          if (next[from] > 0) take(listener, stream, random.below(next[from]));
          break;
        case 1:  // something that is not due
          if (next[from] + 1 < stream.batches.size()) take(listener, stream, next[from] + 1);
          break;
        default:
          if (next[from] == stream.batches.size()) break;
          take(listener, stream, next[from]++);
          --left;
      }
    }
    const auto hash = state_hash(listener, history);
    const auto [at, fresh] = first.emplace(which, hash);
    REQUIRE(at->second == hash);
    if (turn % 50 != 0) continue;
    REQUIRE(listener.finish([&](Done done) { listener.spaces->join(history.space, done); }).ok());
    REQUIRE(says_all(listener, history));
  }
  // What they hold is the same for all of them.
  for (const auto& [which, hash] : first)
    CHECK(hash == first.at(0));
}

TEST_CASE("an edit, a reaction and a mark that come before what they are about wait for it, unseen") {
  const History history;
  Listener made(0);
  Agency& listener = made.node;
  World::know(listener, history.health, v1::TLP_AMBER);
  World::know(listener, history.finance, v1::TLP_AMBER);
  const auto bring = [&](bool the_one) {
    for (const Stream& stream : history.streams) {
      if ((stream.state.feed() == history.asked.feed) != the_one) continue;
      for (std::size_t batch = 0; batch < stream.batches.size(); ++batch)
        take(listener, stream, batch);
    }
    listener.follow();
  };
  bring(false);
  REQUIRE(listener.finish([&](Done done) { listener.spaces->join(history.space, done); }).ok());
  // The answer is here, below a place for what it answers; of the edit nothing shows, not even as an entry.
  CHECK(listener.show(history.asked.id).error().code == Code::kPostUnknown);
  const auto early = listener.thread(history.answered.id);
  REQUIRE(early.ok());
  REQUIRE(early->posts.size() == 2);
  CHECK(early->posts[0].unseen);
  CHECK(early->posts[0].text.empty());
  CHECK(early->posts[0].reactions.empty());
  CHECK_FALSE(early->posts[1].is_answer);
  CHECK(listener.list(history.space, {.tag = "late"})->posts.empty());
  bring(true);
  CHECK(says_all(listener, history));
  const auto whole = listener.thread(history.answered.id);
  REQUIRE(whole->posts.size() == 2);
  CHECK_FALSE(whole->posts[0].unseen);
  CHECK(whole->posts[0].text == "better words");
  const auto tagged = listener.list(history.space, {.tag = "late"});
  REQUIRE(tagged->posts.size() == 1);
  CHECK(tagged->posts[0].id == id_text(history.asked.id));
}

}  // namespace comity::community
