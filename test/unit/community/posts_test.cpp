// SPDX-License-Identifier: EUPL-1.2
#include "node/community/posts/posts.h"

#include <doctest/doctest.h>

#include "proto/bounds.h"
#include "test/unit/community/world.h"

namespace comity::community {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

struct Inside {
  World world;
  Agency& health = world.add("health");
  PersonRow maria = health.person("maria");
  PersonRow jo = health.person("jo", "legal");
  SpaceId space = health.create({.slug = "general", .title = "General"}).value();

  NewPost draft(std::string text) const {
    return {.author = "maria", .space = space, .title = "A title", .text = std::move(text)};
  }
};

}  // namespace

TEST_CASE("a post is shown with all that the command line names") {
  Inside at;
  NewPost post = at.draft("Hello,\r\nworld");
  post.tags = {"one", "two"};
  post.question = true;
  post.url = "https://example.org/a";
  const auto written = at.health.post(post);
  REQUIRE(written.ok());
  const auto view = at.health.show(written->id);
  REQUIRE(view.ok());
  CHECK(view->id == id_text(written->id));
  CHECK(parse_entry_id(view->id).value() == written->id);
  CHECK(view->space == "general");
  CHECK(view->space_id == id_text(at.space));
  CHECK(view->feed_id == id_text(written->feed));
  CHECK(view->kind == "post");
  CHECK(view->author == "maria@health");
  CHECK(view->author_name == "Name of maria");
  CHECK(view->author_id == id_text(at.maria.id));
  CHECK(view->agency == "health");
  CHECK(view->agency_id.substr(0, 7) == "comity1");
  CHECK(view->title == "A title");
  CHECK(view->text == "Hello,\nworld");
  CHECK(view->time == "2023-11-14T22:13:20.000Z");
  CHECK(view->label == "AMBER+STRICT");
  CHECK(view->parent.empty());
  CHECK(view->thread == view->id);
  CHECK(view->tags == std::vector<std::string>{"one", "two"});
  CHECK(view->question);
  CHECK(view->url == "https://example.org/a");
  CHECK_FALSE(view->edited);
  CHECK_FALSE(view->withdrawn);
}

TEST_CASE("what cannot be posted is refused before anything is written") {
  Inside at;
  const auto entries = at.health.peer.stored(at.health.spaces->find(at.space)->membership.feed).size();
  const auto code = [&](NewPost post) { return at.health.post(post).error().code; };
  const auto with = [&](auto change) {
    NewPost post = at.draft("text");
    change(post);
    return code(post);
  };
  CHECK(code(at.draft("")) == Code::kTextEmpty);
  CHECK(code(at.draft(std::string(proto::bounds::kTextBytes + 1, 'a'))) == Code::kTextTooLong);
  CHECK(code(at.draft("a\x01")) == Code::kTextRule);
  CHECK(code(at.draft("\xe2\x80\xae")) == Code::kTextRule);
  CHECK(with([](NewPost& post) { post.title = ""; }) == Code::kTitleRule);
  CHECK(with([](NewPost& post) { post.title = "a\nb"; }) == Code::kTitleRule);
  CHECK(with([](NewPost& post) { post.tags = {"A"}; }) == Code::kTagRule);
  CHECK(with([](NewPost& post) { post.url = "a\nb"; }) == Code::kTextRule);
  CHECK(with([](NewPost& post) { post.author = "nobody"; }) == Code::kUserUnknown);
  CHECK(with([](NewPost& post) { post.author = "no\nbody"; }) == Code::kUserUnknown);
  CHECK(with([&](NewPost& post) { post.space = at.world.random.next<SpaceId>(); }) == Code::kSpaceUnknown);
  CHECK(with([](NewPost& post) { post.label = Label{.tlp = v1::TLP_RED}; }) == Code::kLabelAboveCeiling);
  const auto reply =
      at.health.reply({.author = "maria", .parent = at.world.random.next<EntryId>(), .text = "to nothing"});
  CHECK(reply.error().code == Code::kPostUnknown);
  at.health.person("gone");
  auto left = set_disabled(*at.health.view(), "gone", true);
  REQUIRE(left.ok());
  REQUIRE(at.health.peer.node.store->commit(std::move(left->rows)).ok());
  CHECK(with([](NewPost& post) { post.author = "gone"; }) == Code::kUserDisabled);
  CHECK(at.health.peer.stored(at.health.spaces->find(at.space)->membership.feed).size() == entries);
  // The longest text that is taken comes back whole.
  const std::string longest(proto::bounds::kTextBytes, 'a');
  std::string mixed;
  while (mixed.size() + 64 < proto::bounds::kTextBytes)
    mixed += at.world.random.next<EntryId>().hex();
  for (const std::string& text : {longest, mixed}) {
    const auto written = at.health.post(at.draft(text));
    REQUIRE_MESSAGE(written.ok(), (written.ok() ? "" : proto::to_string(written.error())));
    CHECK(at.health.show(written->id)->text == text);
  }
}

TEST_CASE("many posts at once are answered in their order, those that fail among them") {
  Inside at;
  const SpaceId other = at.health.create({.slug = "other"}).value();
  std::vector<NewPost> posts;
  for (int i = 0; i < 600; ++i) {
    posts.push_back(at.draft(i % 100 == 7 ? "" : "post " + std::to_string(i)));
    if (i % 3 == 0) posts.back().space = other;
  }
  std::vector<std::size_t> order;
  std::size_t failed = 0;
  at.health.posts->post_all(posts, [&](std::size_t index, Result<feed::Appended> result) {
    order.push_back(index);
    failed += result.ok() ? 0 : 1;
    if (!result.ok()) CHECK(result.error().code == Code::kTextEmpty);
  });
  at.health.run();
  REQUIRE(order.size() == posts.size());
  CHECK(std::is_sorted(order.begin(), order.end()));
  CHECK(failed == 6);
}

TEST_CASE("a list shows the newest first, page by page, each post once") {
  Inside at;
  std::vector<NewPost> posts;
  for (int i = 0; i < 120; ++i)
    posts.push_back(at.draft("post " + std::to_string(i)));
  std::vector<EntryId> ids;
  at.health.posts->post_all(posts,
                            [&](std::size_t, Result<feed::Appended> result) { ids.push_back(result->id); });
  at.health.run();
  at.health.follow();
  REQUIRE(at.health.reply({.author = "jo", .parent = ids[5], .text = "not in the list"}).ok());
  std::vector<std::string> seen;
  std::string after;
  do {
    const auto page = at.health.list(at.space, {.after = after, .limit = 50});
    REQUIRE(page.ok());
    for (const PostView& view : page->posts)
      seen.push_back(view.text);
    after = page->next;
  } while (!after.empty());
  REQUIRE(seen.size() == 120);
  for (int i = 0; i < 120; ++i)
    CHECK(seen[static_cast<std::size_t>(i)] == "post " + std::to_string(119 - i));
  CHECK(at.health.list(at.space, {.after = "nonsense"}).error().code == Code::kIdRule);
  CHECK(at.health.list(at.space, {.limit = 0}).error().code == Code::kStoreBounds);
  CHECK(at.health.list(at.space, {.limit = 1000}).error().code == Code::kStoreBounds);
  CHECK(at.health.list(at.world.random.next<SpaceId>()).error().code == Code::kSpaceUnknown);
}

TEST_CASE("a withdrawn entry stays as a tombstone that says who did it and why") {
  Inside at;
  const auto post = at.health.post(at.draft("secret"));
  const auto reply = at.health.reply({.author = "jo", .parent = post->id, .text = "answer"});
  CHECK(at.health.withdraw({.author = "jo", .entry = post->id}).error().code == Code::kNotAuthor);
  CHECK(at.health.withdraw({.author = "maria", .entry = at.world.random.next<EntryId>()}).error().code ==
        Code::kPostUnknown);
  CHECK(at.health.withdraw({.author = "maria", .entry = post->id, .reason = std::string(3000, 'r')})
            .error()
            .code == Code::kTextTooLong);
  REQUIRE(at.health.withdraw({.author = "maria", .entry = post->id, .reason = "wrong figures"}).ok());
  const auto view = at.health.show(post->id);
  REQUIRE(view.ok());
  CHECK(view->withdrawn);
  CHECK(view->withdrawn_by == "maria@health");
  CHECK(view->withdrawn_reason == "author");
  CHECK(view->withdrawn_text == "wrong figures");
  CHECK(view->title.empty());
  CHECK(view->text.empty());
  CHECK(texts(at.health.thread(reply->id).value()) == std::vector<std::string>{"", "answer"});
  CHECK(at.health.withdraw({.author = "maria", .entry = post->id}).error().code == Code::kPostWithdrawn);
  CHECK(at.health.reply({.author = "jo", .parent = post->id, .text = "late"}).error().code ==
        Code::kPostWithdrawn);
}

TEST_CASE("a listed space: who may not read it cannot tell it from none") {
  Inside at;
  const auto post = at.health.post(at.draft("for lawyers"));
  const auto staff = Reader{};
  CHECK(at.health.show(post->id, staff).ok());
  REQUIRE(
      at.health.finish([&](Done done) { at.health.spaces->add_reader(at.space, {.unit = "legal"}, done); })
          .ok());
  CHECK(at.health.show(post->id, at.health.as("jo"))->text == "for lawyers");
  CHECK(at.health.show(post->id).ok());
  for (const Reader& reader : {staff, at.health.as("maria")}) {
    const auto hidden = at.health.show(post->id, reader);
    const auto missing = at.health.show(at.world.random.next<EntryId>(), reader);
    CHECK(proto::to_string(hidden.error()) == proto::to_string(missing.error()));
    CHECK(at.health.list(at.space, {}, reader).error().code == Code::kSpaceUnknown);
    CHECK(at.health.thread(post->id, {}, reader).error().code == Code::kPostUnknown);
    CHECK(at.health.reply({.author = "maria", .parent = post->id, .text = "x"}).error().code ==
          Code::kPostUnknown);
  }
  CHECK(at.health.post(at.draft("x")).error().code == Code::kSpaceUnknown);
  REQUIRE(at.health
              .finish([&](Done done) { at.health.spaces->add_reader(at.space, {.user = at.maria.id}, done); })
              .ok());
  CHECK(at.health.show(post->id, at.health.as("maria")).ok());
  at.health.restart();
  CHECK(at.health.show(post->id, at.health.as("maria")).ok());
  CHECK_FALSE(at.health.show(post->id, staff).ok());
  REQUIRE(
      at.health.finish([&](Done done) { at.health.spaces->remove_reader(at.space, {.unit = "legal"}, done); })
          .ok());
  CHECK_FALSE(at.health.show(post->id, at.health.as("jo")).ok());
  REQUIRE(at.health.finish([&](Done done) { at.health.spaces->open_readers(at.space, done); }).ok());
  CHECK(at.health.show(post->id, staff).ok());
}

TEST_CASE("events tell of each entry once, in order, from a place that can be kept") {
  Inside at;
  const SpaceId other = at.health.create({.slug = "other"}).value();
  std::string cursor = events_now(*at.health.peer.node.store, 0).value();
  CHECK(at.health.events(cursor)->events.empty());
  const auto post = at.health.post(at.draft("one"));
  REQUIRE(at.health.reply({.author = "jo", .parent = post->id, .text = "two"}).ok());
  NewPost elsewhere = at.draft("three");
  elsewhere.space = other;
  REQUIRE(at.health.post(elsewhere).ok());
  REQUIRE(at.health.withdraw({.author = "maria", .entry = post->id, .reason = "why not"}).ok());

  const auto follow_all = [&](std::optional<SpaceId> space, std::string from) {
    std::vector<std::string> kinds;
    for (bool more = true; more;) {
      const auto page = at.health.events(from, space);
      REQUIRE(page.ok());
      for (const PostView& event : page->events)
        kinds.push_back(event.kind + " " + event.text);
      more = page->more;
      from = page->next;
    }
    return kinds;
  };
  // The post is withdrawn by now, so its text is gone from its event too.
  CHECK(follow_all(std::nullopt, cursor) ==
        std::vector<std::string>{"post ", "reply two", "post three", "withdraw "});
  CHECK(follow_all(other, cursor) == std::vector<std::string>{"post three"});
  CHECK(at.health.events("nonsense").error().code == Code::kIdRule);
}

TEST_CASE("a place in the events of an earlier run misses nothing that power loss made the node do anew") {
  Inside at;
  REQUIRE(at.health.post(at.draft("one")).ok());
  const std::string cursor = events_now(*at.health.peer.node.store, 0).value();
  REQUIRE(at.health.post(at.draft("two")).ok());
  const auto page = at.health.events(cursor);
  REQUIRE(page->events.size() == 1);
  // The projection's batch is not durable yet. Power fails; the projection goes over the entry again, and
  // what came in between has taken the versions that were lost.
  at.health.crash();
  ++at.health.run_number;
  REQUIRE(at.health.person("ann").handle == "ann");
  REQUIRE(at.health.post(at.draft("three")).ok());
  std::vector<std::string> told;
  std::string from = page->next;
  for (bool more = true; more;) {
    const auto next = at.health.events(from);
    REQUIRE(next.ok());
    for (const PostView& event : next->events)
      told.push_back(event.text);
    more = next->more;
    from = next->next;
  }
  CHECK(told == std::vector<std::string>{"two", "three"});
  // Within the run nothing comes twice.
  CHECK(at.health.events(from)->events.empty());
}

TEST_CASE("more than one page of events comes in pages, with nothing lost in between") {
  Inside at;
  std::string cursor = events_now(*at.health.peer.node.store, 0).value();
  std::vector<NewPost> posts;
  for (int i = 0; i < 900; ++i)
    posts.push_back(at.draft("post " + std::to_string(i)));
  at.health.posts->post_all(posts, [](std::size_t, const Result<feed::Appended>&) {});
  at.health.run();
  at.health.follow();
  std::vector<std::string> seen;
  std::size_t pages = 0;
  for (bool more = true; more; ++pages) {
    const auto page = at.health.events(cursor);
    REQUIRE(page.ok());
    for (const PostView& event : page->events)
      seen.push_back(event.text);
    more = page->more;
    cursor = page->next;
  }
  CHECK(pages > 2);
  REQUIRE(seen.size() == 900);
  for (std::size_t i = 0; i < seen.size(); ++i)
    CHECK(seen[i] == posts[i].text);
}

}  // namespace comity::community
