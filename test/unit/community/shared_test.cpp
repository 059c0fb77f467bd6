// SPDX-License-Identifier: EUPL-1.2
// Spaces that several agencies share: what one writes, the others read, as far as they may.
#include <doctest/doctest.h>

#include "node/feed/dispose.h"
#include "node/feed/key_epochs.h"
#include "test/unit/community/world.h"

namespace comity::community {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

struct Two {
  World world{21};
  Agency& health = world.add("health");
  Agency& finance = world.add("finance");
  PersonRow maria = health.person("maria");
  PersonRow jo = finance.person("jo");

  Two() { world.pair(health, finance); }

  SpaceId share(v1::HistoryRule history = v1::HISTORY_RULE_ALL, std::vector<AgencyId> members = {}) {
    if (members.empty()) members = {finance.self()};
    const auto id = health.create({.slug = "budget",
                                   .title = "Budget",
                                   .kind = v1::SPACE_KIND_SHARED,
                                   .members = std::move(members),
                                   .history = history});
    REQUIRE(id.ok());
    return *id;
  }
  NewPost by_maria(const SpaceId& space, std::string text) const {
    return {.author = "maria", .space = space, .title = "t", .text = std::move(text)};
  }
  NewPost by_jo(const SpaceId& space, std::string text) const {
    return {.author = "jo", .space = space, .title = "t", .text = std::move(text)};
  }
  Status add(const SpaceId& space, const Agency& agency) {
    return health.finish(
        [&](Done done) { health.spaces->add_member(space, agency.self(), v1::MEMBER_ROLE_WRITER, done); });
  }
};

}  // namespace

TEST_CASE("an offered space is joined by itself, and posts go both ways with their authors' names") {
  Two at;
  const SpaceId space = at.share();
  at.world.exchange();
  const Space* there = at.finance.spaces->find(space);
  REQUIRE(there != nullptr);
  CHECK(there->standing(at.finance.self()) == Standing::kJoined);
  CHECK(there->slug() == "budget");
  CHECK(there->title() == "Budget");
  CHECK(at.finance.spaces->resolve("budget@health").value() == space);

  const auto cursor = events_now(*at.finance.peer.node.store, 0).value();
  const auto post = at.health.post(at.by_maria(space, "from health"));
  REQUIRE(post.ok());
  at.world.exchange();
  const auto seen = at.finance.show(post->id);
  REQUIRE(seen.ok());
  CHECK(seen->text == "from health");
  CHECK(seen->author == "maria@health");
  CHECK(seen->author_name == "Name of maria");
  CHECK(*seen == at.health.show(post->id).value());
  const auto events = at.finance.events(cursor);
  REQUIRE(events->events.size() == 1);
  CHECK(events->events[0] == *seen);

  const auto reply = at.finance.reply({.author = "jo", .parent = post->id, .text = "from finance"});
  REQUIRE(reply.ok());
  CHECK(reply->hlc > post->hlc);
  at.world.exchange();
  CHECK(texts(at.health.thread(post->id).value()) == std::vector<std::string>{"from health", "from finance"});
  CHECK(at.health.show(reply->id)->author == "jo@finance");
  CHECK(at.health.withdraw({.author = "maria", .entry = reply->id}).error().code == Code::kNotAuthor);

  // A name is told once, not with every post.
  const auto before = at.finance.peer.stored(post->feed).size();
  REQUIRE(at.health.post(at.by_maria(space, "again")).ok());
  at.world.exchange();
  CHECK(at.finance.peer.stored(post->feed).size() == before + 1);
}

TEST_CASE("a reader whose key comes while an epoch is being written is given that epoch too") {
  Two at;
  const auto key = at.health.peer.node.grants.keys.extract(at.finance.self());
  const SpaceId space = at.share();
  std::optional<EntryId> posted;
  at.health.posts->post(at.by_maria(space, "early"), [&](const Result<feed::Appended>& done) {
    REQUIRE(done.ok());
    posted = done->id;
  });
  // The epoch is built without its reader; the key comes before it is on disk.
  at.health.peer.node.writer->flush();
  at.health.peer.node.grants.keys[at.finance.self()] = key.mapped();
  at.health.spaces->peers_changed();
  at.health.run();
  at.health.follow();
  at.world.exchange();
  REQUIRE(posted);
  CHECK(at.finance.show(*posted)->text == "early");
}

TEST_CASE("what was withdrawn is withdrawn at the other agency too, and told as an event") {
  Two at;
  const SpaceId space = at.share();
  const auto post = at.health.post(at.by_maria(space, "wrong"));
  at.world.exchange();
  const auto cursor = events_now(*at.finance.peer.node.store, 0).value();
  REQUIRE(at.health.withdraw({.author = "maria", .entry = post->id, .reason = "a slip"}).ok());
  at.world.exchange();
  const auto view = at.finance.show(post->id);
  CHECK(view->withdrawn);
  CHECK(view->text.empty());
  CHECK(view->withdrawn_by == "maria@health");
  CHECK(view->withdrawn_text == "a slip");
  const auto events = at.finance.events(cursor);
  REQUIRE(events->events.size() == 1);
  CHECK(events->events[0].kind == "withdraw");
  CHECK(events->events[0].parent == id_text(post->id));
}

TEST_CASE("without auto_join an offer waits, and nothing of it is read before it is joined") {
  Two at;
  at.finance.auto_join = false;
  const SpaceId space = at.share();
  const auto post = at.health.post(at.by_maria(space, "hello"));
  at.world.exchange();
  const Space* offered = at.finance.spaces->find(space);
  REQUIRE(offered != nullptr);
  CHECK(offered->standing(at.finance.self()) == Standing::kOffered);
  CHECK(at.finance.show(post->id).error().code == Code::kPostUnknown);
  CHECK(at.finance.post(at.by_jo(space, "x")).error().code == Code::kSpaceNotJoined);
  at.finance.restart();
  CHECK(at.finance.spaces->find(space)->standing(at.finance.self()) == Standing::kOffered);
  REQUIRE(at.finance.finish([&](Done done) { at.finance.spaces->join(space, done); }).ok());
  CHECK(at.finance.show(post->id)->text == "hello");
  REQUIRE(at.finance.post(at.by_jo(space, "back")).ok());
  CHECK(at.world.exchange() > 0);
  CHECK(at.health.list(space)->posts.size() == 2);
  CHECK(at.finance.finish([&](Done done) { at.finance.spaces->join(at.world.random.next<SpaceId>(), done); })
            .error()
            .code == Code::kSpaceUnknown);
}

TEST_CASE("who leaves writes no more there, keeps what it has, and may come back") {
  Two at;
  const SpaceId space = at.share();
  const auto post = at.health.post(at.by_maria(space, "kept"));
  at.world.exchange();
  const auto leave = [&](Agency& agency) {
    return agency.finish([&](Done done) { agency.spaces->leave(space, done); });
  };
  CHECK(leave(at.health).error().code == Code::kSpaceKindRule);
  REQUIRE(leave(at.finance).ok());
  CHECK(at.finance.spaces->find(space)->standing(at.finance.self()) == Standing::kLeft);
  CHECK(leave(at.finance).error().code == Code::kSpaceNotJoined);
  CHECK(at.finance.show(post->id)->text == "kept");
  CHECK(at.finance.post(at.by_jo(space, "x")).error().code == Code::kSpaceNotJoined);
  at.finance.restart();
  CHECK(at.finance.spaces->find(space)->standing(at.finance.self()) == Standing::kLeft);
  at.finance.spaces->peers_changed();
  at.finance.run();
  CHECK(at.finance.spaces->find(space)->standing(at.finance.self()) == Standing::kLeft);
  REQUIRE(at.finance.finish([&](Done done) { at.finance.spaces->join(space, done); }).ok());
  REQUIRE(at.finance.post(at.by_jo(space, "here again")).ok());
  at.world.exchange();
  CHECK(at.health.list(space)->posts.size() == 2);
}

TEST_CASE("a later member receives the history that the rule gives, and every author decides for itself") {
  for (const auto rule : {v1::HISTORY_RULE_ALL, v1::HISTORY_RULE_NONE}) {
    Two at;
    Agency& justice = at.world.add("justice");
    at.world.pair(at.health, justice);
    const SpaceId space = at.share(rule);
    at.world.exchange();
    const auto old_health = at.health.post(at.by_maria(space, "old health"));
    const auto old_finance = at.finance.post(at.by_jo(space, "old finance"));
    at.world.exchange();
    REQUIRE(at.add(space, justice).ok());
    at.world.exchange();
    const auto new_health = at.health.post(at.by_maria(space, "new health"));
    const auto new_finance = at.finance.post(at.by_jo(space, "new finance"));
    at.world.exchange();

    // Justice and finance have no agreement: finance's feed does not go there, whatever the steward says.
    CHECK(justice.show(new_finance->id).error().code == Code::kPostUnknown);
    CHECK(justice.show(new_health->id)->text == "new health");
    CHECK(justice.show(new_health->id)->author == "maria@health");
    CHECK(justice.show(old_health->id).ok() == (rule == v1::HISTORY_RULE_ALL));
    CHECK(justice.spaces->find(space)->slug() == "budget");
    const auto members = at.finance.spaces->members(
        *at.finance.view(), space,
        [](const SpaceId&, const AgencyId&) { return std::optional<std::uint64_t>(9); });
    for (const MemberView& member : *members) {
      if (member.agency == justice.self()) {
        CHECK_FALSE(member.reached);
        CHECK(member.why == policy::NotReached::kNoAgreement);
        CHECK(member.total == 9);
        CHECK(member.have == 0);
      }
    }

    at.world.pair(at.finance, justice);
    at.world.exchange();
    const auto after = at.finance.post(at.by_jo(space, "after the agreement"));
    at.world.exchange();
    CHECK(justice.show(after->id)->text == "after the agreement");
    CHECK(justice.show(after->id)->author == "jo@finance");
    CHECK(justice.show(old_finance->id).ok() == (rule == v1::HISTORY_RULE_ALL));
    CHECK(justice.show(new_finance->id).ok() == (rule == v1::HISTORY_RULE_ALL));
  }
}

TEST_CASE("who returns goes on where its chain ended, and reads nothing of the time between") {
  Two at;
  const SpaceId space = at.share(v1::HISTORY_RULE_NONE);
  at.world.exchange();
  const auto before = at.health.post(at.by_maria(space, "before"));
  at.world.exchange();
  REQUIRE(at.finance.show(before->id).ok());
  REQUIRE(
      at.health.finish([&](Done done) { at.health.spaces->remove_member(space, at.finance.self(), done); })
          .ok());
  at.world.exchange();
  const auto between = at.health.post(at.by_maria(space, "between"));
  at.world.exchange();
  REQUIRE(at.add(space, at.finance).ok());
  at.world.exchange();
  const auto after = at.health.post(at.by_maria(space, "after"));
  at.world.exchange();
  CHECK(at.finance.show(before->id)->text == "before");
  CHECK_FALSE(at.finance.show(between->id).ok());
  CHECK(at.finance.show(after->id)->text == "after");
}

TEST_CASE("who is removed keeps what it had and gets nothing more; who left the peers leaves the audience") {
  Two at;
  const SpaceId space = at.share();
  at.world.exchange();
  const auto kept = at.health.post(at.by_maria(space, "before"));
  at.world.exchange();
  CHECK(at.finance.finish([&](Done done) { at.finance.spaces->remove_member(space, at.health.self(), done); })
            .error()
            .code == Code::kNotSteward);
  CHECK(at.add(space, at.finance).error().code == Code::kMemberThere);
  REQUIRE(
      at.health.finish([&](Done done) { at.health.spaces->remove_member(space, at.finance.self(), done); })
          .ok());
  const auto later = at.health.post(at.by_maria(space, "after"));
  REQUIRE(later.ok());
  at.world.exchange();
  CHECK(at.finance.show(kept->id)->text == "before");
  CHECK(at.finance.show(later->id).error().code == Code::kPostUnknown);

  REQUIRE(at.add(space, at.finance).ok());
  at.world.exchange();
  CHECK(at.finance.show(later->id)->text == "after");
  // An agreement that no longer admits the space removes the agency by an AUDIENCE entry.
  at.health.standings[0].ceiling = {.tlp = v1::TLP_GREEN};
  at.health.spaces->peers_changed();
  at.health.run();
  const auto secret = at.health.post(at.by_maria(space, "not for finance"));
  REQUIRE(secret.ok());
  at.world.exchange();
  CHECK(at.finance.show(secret->id).error().code == Code::kPostUnknown);
  const auto state = at.health.peer.state(at.health.spaces->find(space)->membership.feed);
  CHECK(feed::FeedReader(*at.health.view(), at.health.peer.node.storage_key).audience(state)->member_size() ==
        0);
}

TEST_CASE("an audience that has run out is renewed by the next post itself") {
  Two at;
  const SpaceId space = at.share();
  at.world.exchange();
  // The agreement ends with the passing of time: nobody has told us.
  at.health.standings[0].active = false;
  const auto post = at.health.post(at.by_maria(space, "late"));
  REQUIRE_MESSAGE(post.ok(), (post.ok() ? "" : proto::to_string(post.error())));
  at.world.exchange();
  CHECK(at.finance.show(post->id).error().code == Code::kPostUnknown);
}

TEST_CASE("keys that could not be granted are granted once the peer's key is there, and all is read then") {
  Two at;
  const auto key = at.health.peer.node.grants.keys.at(at.finance.self());
  at.health.peer.node.grants.keys.clear();
  const SpaceId space = at.share();
  const auto cursor = events_now(*at.finance.peer.node.store, 0).value();
  std::vector<EntryId> ids;
  // Of two key epochs: the first alone is more than one batch of the projection takes up.
  for (int i = 0; i < 700; ++i) {
    if (i == 600) {
      at.health.run();
      at.health.peer.node.now += feed::kEpochAge + std::chrono::hours(1);
    }
    at.health.posts->post(at.by_maria(space, "post " + std::to_string(i)),
                          [&](Result<feed::Appended> result) { ids.push_back(result->id); });
  }
  at.health.run();
  at.finance.peer.node.now = at.health.peer.node.now;
  at.world.exchange();
  // Here, and closed: the space has no name, the posts cannot be read, nothing is told of them.
  CHECK(at.finance.spaces->find(space)->slug().empty());
  CHECK(at.finance.spaces->find(space)->standing(at.finance.self()) == Standing::kJoined);
  CHECK(at.finance.show(ids[0]).error().code == Code::kPostUnknown);
  CHECK(at.finance.events(cursor)->events.empty());
  CHECK(at.finance.list(space)->posts.empty());

  at.health.peer.node.grants.keys[at.finance.self()] = key;
  at.health.spaces->peers_changed();
  at.health.run();
  at.world.exchange();
  CHECK(at.finance.spaces->find(space)->slug() == "budget");
  CHECK(at.finance.show(ids[0])->text == "post 0");
  std::size_t told = 0;
  std::string from = cursor;
  for (bool more = true; more;) {
    const auto page = at.finance.events(from);
    told += page->events.size();
    more = page->more;
    from = page->next;
  }
  CHECK(told == ids.size());
  // Granted once: asking again adds nothing.
  at.health.spaces->peers_changed();
  at.health.run();
  CHECK(at.world.exchange() == 0);
}

TEST_CASE("what an agency that is suspended wrote is hidden, and shown again when it is back") {
  Two at;
  const SpaceId space = at.share();
  const auto post = at.health.post(at.by_maria(space, "hello"));
  at.world.exchange();
  REQUIRE(at.finance.show(post->id).ok());
  at.finance.hidden.insert(at.health.self());
  at.finance.spaces->peers_changed();
  at.finance.run();
  CHECK(at.finance.show(post->id).error().code == Code::kPostUnknown);
  CHECK(at.finance.list(space)->posts.empty());
  at.finance.hidden.clear();
  at.finance.spaces->peers_changed();
  at.finance.run();
  CHECK(at.finance.show(post->id).ok());
}

TEST_CASE("posts wait when the steward was not heard of for too long; its own go on") {
  Two at;
  const SpaceId space = at.share();
  at.world.exchange();
  for (Agency* agency : {&at.health, &at.finance})
    agency->peer.node.now += std::chrono::hours(71);
  CHECK(at.finance.posts->freshness_of(*at.finance.spaces->find(space)) == Freshness::kWarn);
  CHECK(at.finance.post(at.by_jo(space, "still")).ok());
  for (Agency* agency : {&at.health, &at.finance})
    agency->peer.node.now += std::chrono::hours(2);
  CHECK(at.finance.post(at.by_jo(space, "x")).error().code == Code::kSpaceStale);
  CHECK(at.health.post(at.by_maria(space, "ours")).ok());
  at.finance.heard = at.finance.peer.node.now - std::chrono::minutes(10);
  CHECK(at.finance.post(at.by_jo(space, "heard again")).ok());
}

TEST_CASE("a circle is read by the people it names and by nobody else, the operators among them") {
  Two at;
  at.finance.person("ann");
  at.health.person("bob");
  const auto circle =
      at.health.create({.slug = "talk",
                        .kind = v1::SPACE_KIND_CIRCLE,
                        .people = {{at.health.self(), at.maria.id}, {at.finance.self(), at.jo.id}}});
  REQUIRE(circle.ok());
  at.world.exchange();
  const auto post = at.health.post(at.by_maria(*circle, "between us"));
  REQUIRE_MESSAGE(post.ok(), (post.ok() ? "" : proto::to_string(post.error())));
  at.world.exchange();
  CHECK(at.finance.show(post->id, at.finance.as("jo"))->text == "between us");
  CHECK(at.finance.show(post->id, at.finance.as("jo"))->author == "maria@health");
  CHECK(at.health.show(post->id, at.health.as("maria")).ok());
  CHECK_FALSE(at.finance.show(post->id, at.finance.as("ann")).ok());
  CHECK_FALSE(at.finance.show(post->id).ok());
  CHECK_FALSE(at.health.show(post->id, at.health.as("bob")).ok());
  CHECK_FALSE(at.health.show(post->id, Reader{}).ok());
  NewPost intruding = at.by_maria(*circle, "me too");
  intruding.author = "bob";
  CHECK(at.health.post(intruding).error().code == Code::kSpaceUnknown);
  const auto answer = at.finance.reply({.author = "jo", .parent = post->id, .text = "indeed"});
  REQUIRE(answer.ok());
  at.world.exchange();
  CHECK(at.health.thread(post->id, {}, at.health.as("maria"))->posts.size() == 2);
}

TEST_CASE("the door: strangers' spaces are open for offers, others' feeds wait for the joining") {
  Two at;
  Agency& justice = at.world.add("justice");
  at.finance.auto_join = false;
  const SpaceId space = at.share();
  const auto open = [&](const Agency& author) {
    return at.finance.spaces->door(author.self(), space).allowed;
  };
  CHECK(open(justice));
  at.world.exchange();
  CHECK(open(at.health));
  CHECK_FALSE(open(justice));
  REQUIRE(at.add(space, justice).ok());
  at.world.exchange();
  CHECK_FALSE(open(justice));
  REQUIRE(at.finance.finish([&](Done done) { at.finance.spaces->join(space, done); }).ok());
  CHECK(open(justice));
  CHECK_FALSE(open(at.finance));
  CHECK(at.finance.spaces->door(justice.self(), space).ceiling.tlp == v1::TLP_AMBER);
  REQUIRE(at.finance.finish([&](Done done) { at.finance.spaces->leave(space, done); }).ok());
  CHECK_FALSE(open(at.health));
  const auto inside = at.finance.create({.slug = "own"}).value();
  CHECK_FALSE(at.finance.spaces->door(at.health.self(), inside).allowed);
}

TEST_CASE("two stewards may use one name; then the agency has to be said") {
  Two at;
  const SpaceId ours = at.share();
  const auto theirs =
      at.finance.create({.slug = "budget", .kind = v1::SPACE_KIND_SHARED, .members = {at.health.self()}});
  at.world.exchange();
  CHECK(at.health.spaces->resolve("budget").error().code == Code::kSlugAmbiguous);
  CHECK(at.health.spaces->resolve("budget@health").value() == ours);
  CHECK(at.health.spaces->resolve("budget@finance").value() == *theirs);
  CHECK(at.finance.spaces->resolve("budget@finance").value() == *theirs);
}

TEST_CASE("changes of a space that are asked for at once are made one after the other, and none is lost") {
  Two at;
  const SpaceId space = at.share();
  at.world.exchange();
  Agency& justice = at.world.add("justice");
  Agency& labour = at.world.add("labour");
  at.world.pair(at.health, justice);
  at.world.pair(at.health, labour);
  Spaces& spaces = *at.health.spaces;
  std::vector<std::string> answers;
  const auto answer = [&](const std::string& what) {
    return [&answers, what](const Status& status) {
      answers.push_back(what +
                        (status.ok() ? "" : " " + std::string(proto::code_label(status.error().code))));
    };
  };
  // Nobody waits for the one before.
  spaces.add_member(space, justice.self(), v1::MEMBER_ROLE_WRITER, answer("justice in"));
  spaces.describe(space, {.title = "Money"}, answer("title"));
  spaces.remove_member(space, at.finance.self(), answer("finance out"));
  spaces.remove_member(space, at.finance.self(), answer("finance out again"));
  spaces.add_member(space, labour.self(), v1::MEMBER_ROLE_READER, answer("labour in"));
  spaces.describe(space, {.description = "All of it."}, answer("description"));
  at.health.run();
  CHECK(answers.size() == 6);
  const auto refused = "finance out again " + std::string(proto::code_label(Code::kNotMember));
  CHECK(std::find(answers.begin(), answers.end(), refused) != answers.end());
  CHECK(std::find(answers.begin(), answers.end(), "finance out") != answers.end());
  const Space* const now = spaces.find(space);
  CHECK(now->lists(justice.self()));
  CHECK(now->lists(labour.self()));
  // Who was put out does not come back with a change that was begun before.
  CHECK_FALSE(now->lists(at.finance.self()));
  CHECK(now->card->title() == "Money");
  CHECK(now->card->description() == "All of it.");
  at.world.exchange();
  REQUIRE(justice.spaces->find(space) != nullptr);
  CHECK(justice.spaces->find(space)->manifest.message.revision() == now->manifest.message.revision());
  const auto post = at.health.post(at.by_maria(space, "without finance"));
  REQUIRE(post.ok());
  at.world.exchange();
  CHECK(justice.show(post->id).ok());
  CHECK_FALSE(at.finance.show(post->id).ok());
  // More than wait in one space is refused, and what waits is done all the same.
  std::size_t done = 0;
  std::size_t busy = 0;
  for (int i = 0; i < 80; ++i) {
    spaces.describe(space, {.title = "Title " + std::to_string(i)}, [&](const Status& status) {
      done += status.ok() ? 1U : 0U;
      busy += !status.ok() && status.error().code == Code::kFeedBusy ? 1U : 0U;
    });
  }
  at.health.run();
  CHECK(done == 65);
  CHECK(busy == 15);
  CHECK(spaces.find(space)->card->title() == "Title 64");
}

TEST_CASE("a new incarnation of our feed goes on where the old one was") {
  Two at;
  const SpaceId space = at.share();
  const auto old = at.health.post(at.by_maria(space, "old"));
  at.world.exchange();
  REQUIRE(at.health
              .finish([&](Done done) { at.health.spaces->reopen(space, v1::FEED_OPEN_REASON_RESTORE, done); })
              .ok());
  const auto fresh = at.health.post(at.by_maria(space, "new"));
  REQUIRE(fresh.ok());
  CHECK(fresh->feed != old->feed);
  at.world.exchange();
  CHECK(at.finance.show(fresh->id)->text == "new");
  CHECK(at.finance.show(fresh->id)->author == "maria@health");
  at.health.restart();
  CHECK(at.health.spaces->find(space)->membership.feed == fresh->feed);
}

TEST_CASE(
    "a post that waited while its feed was replaced is released anew, to the audience of the next one") {
  Two at;
  const SpaceId space = at.share();
  REQUIRE(at.health.post(at.by_maria(space, "before")).ok());
  const FeedId old = at.health.spaces->find(space)->membership.feed;
  feed::FeedWriter& writer = *at.health.peer.node.writer;
  writer.retire(old, [](const Status& retired) { REQUIRE(retired.ok()); });
  std::optional<Result<feed::Appended>> posted;
  at.health.posts->post(at.by_maria(space, "meanwhile"), [&](auto result) { posted = std::move(result); });
  at.health.run();
  REQUIRE_FALSE(posted);
  // In the entries that came back, or by word of mouth: finance is reached no more.
  at.health.standings.clear();
  REQUIRE(at.health
              .finish([&](Done done) { at.health.spaces->reopen(space, v1::FEED_OPEN_REASON_RESTORE, done); })
              .ok());
  const FeedId next = at.health.spaces->find(space)->membership.feed;
  writer.move_on(old, next);
  at.health.run();
  REQUIRE(posted);
  REQUIRE(posted->ok());
  CHECK((*posted)->feed == next);
  at.world.exchange();
  CHECK(at.finance.show((*posted)->id).error().code == Code::kPostUnknown);
}

TEST_CASE("what is disposed of leaves the thread index, the names and the origins as well") {
  Two at;
  const SpaceId space = at.share();
  const auto first = at.health.post(at.by_maria(space, "to be disposed of"));
  const auto reply = at.health.reply({.author = "maria", .parent = first->id, .text = "an answer"});
  const auto kept = at.health.post(at.by_maria(space, "kept"));
  at.world.exchange();
  for (Agency* agency : {&at.health, &at.finance}) {
    // The post, and every profile by which maria was introduced.
    std::vector<EntryId> gone{first->id};
    const auto view = agency->view();
    const feed::FeedReader reader(*view, agency->peer.node.storage_key);
    const auto headers = reader.headers(first->feed, Seq{1}, 1000);
    REQUIRE(headers.ok());
    for (const auto& stored : *headers) {
      if (stored.header.kind != v1::KIND_CONTENT) continue;
      const auto content = reader.content(stored.header);
      if (content.ok() && content_type(content->type()) == ContentType::kProfile)
        gone.push_back(stored.header.id);
    }
    REQUIRE(gone.size() > 1);
    auto plan = feed::plan_disposal(*view, gone, agency->peer.node.now);
    REQUIRE(plan.ok());
    REQUIRE(agency->peer.node.store->commit(std::move(plan->rows)).ok());
    agency->follow();
    const auto live = agency->projection_hash();
    REQUIRE(feed::reindex(*agency->peer.node.store, agency->peer.node.storage_key,
                          agency->peer.node.projections, agency->followers, {})
                .ok());
    CHECK(agency->projection_hash() == live);
    CHECK(agency->show(reply->id)->text == "an answer");
    CHECK(agency->show(kept->id)->text == "kept");
  }
}

TEST_CASE("the projections rebuilt are those that were followed live") {
  Two at;
  const auto key = at.health.peer.node.grants.keys.at(at.finance.self());
  at.health.peer.node.grants.keys.clear();
  const SpaceId space = at.share();
  const auto first = at.health.post(at.by_maria(space, "before the key"));
  at.world.exchange();
  at.health.peer.node.grants.keys[at.finance.self()] = key;
  at.health.spaces->peers_changed();
  at.health.run();
  for (int i = 0; i < 40; ++i) {
    REQUIRE(at.health.post(at.by_maria(space, "post")).ok());
    at.world.exchange();
    REQUIRE(at.finance.reply({.author = "jo", .parent = first->id, .text = "reply"}).ok());
  }
  REQUIRE(at.health.withdraw({.author = "maria", .entry = first->id}).ok());
  at.finance.peer.node.now += std::chrono::hours(1);
  REQUIRE(at.finance.post(at.by_jo(space, "from a clock that runs ahead")).ok());
  at.world.exchange();
  for (Agency* agency : {&at.health, &at.finance}) {
    const auto live = agency->projection_hash();
    const auto thread = agency->thread(first->id).value().posts;
    REQUIRE(feed::reindex(*agency->peer.node.store, agency->peer.node.storage_key,
                          agency->peer.node.projections, agency->followers, {})
                .ok());
    CHECK(agency->projection_hash() == live);
    CHECK(agency->thread(first->id)->posts == thread);
    const auto view = agency->view();
    for (const auto& table : tables()) {
      const std::byte prefix{table.prefix};
      REQUIRE(view->walk(storage::prefix_range(ByteView(&prefix, 1)), false,
                         [&](ByteView row, ByteView value) {
                           CHECK(check_row(table, row, value).ok());
                           return true;
                         })
                  .ok());
    }
  }
}

}  // namespace comity::community
