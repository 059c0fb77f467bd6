// SPDX-License-Identifier: EUPL-1.2
// What is said of an entry after it was written: versions, reactions, the answer, tags, quotations.
#include <doctest/doctest.h>

#include "node/feed/reindex.h"
#include "proto/bounds.h"
#include "test/unit/community/world.h"

namespace comity::community {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

struct Two {
  World world{77};
  Agency& health = world.add("health");
  Agency& finance = world.add("finance");
  PersonRow maria = health.person("maria");
  PersonRow ann = health.person("ann");
  PersonRow jo = finance.person("jo");
  SpaceId space;

  Two() {
    world.pair(health, finance);
    space = health
                .create({.slug = "budget",
                         .title = "Budget",
                         .kind = v1::SPACE_KIND_SHARED,
                         .members = {finance.self()}})
                .value();
    world.exchange();
  }
  NewPost draft(std::string text, std::vector<std::string> tags = {}) const {
    return {
        .author = "maria", .space = space, .title = "t", .text = std::move(text), .tags = std::move(tags)};
  }
  static Result<feed::Appended> edit(Agency& at, const NewEdit& what) {
    return at.written([&](OnPosted done) { at.posts->edit(what, std::move(done)); });
  }
  static Result<feed::Appended> react(Agency& at, const NewReaction& what) {
    return at.written([&](OnPosted done) { at.posts->react(what, std::move(done)); });
  }
  static Result<feed::Appended> mark(Agency& at, const NewMark& what) {
    return at.written([&](OnPosted done) { at.posts->mark_answer(what, std::move(done)); });
  }
  static PostPage history(Agency& at, const EntryId& entry, const ThreadQuery& query = {}) {
    return at.read(Agency::op(), [&](PostReader& reader) { return reader.history(entry, query); }).value();
  }
  /// A content that another author's node made up, sealed and sent like any other.
  static Result<feed::Appended> forge(Agency& at, const std::string& author, const SpaceId& space,
                                      const v1::Content& content) {
    return at.written([&](OnPosted done) {
      at.posts->write(
          author,
          [=](Composing&) -> Result<Composed> {
            Composed out{.space = space};
            out.content = content;
            return out;
          },
          std::move(done));
    });
  }
};

v1::Content edit_of(const EntryId& target, const std::string& text) {
  v1::Edit edit;
  edit.set_target(field(ref_of(target).view()));
  edit.set_title("t");
  edit.set_text(text);
  v1::Content content;
  content.set_type("edit");
  content.set_data(field(proto::encode(edit)));
  return content;
}

std::vector<std::string> ids(const PostPage& page) {
  std::vector<std::string> out;
  for (const PostView& view : page.posts)
    out.push_back(view.id);
  return out;
}

}  // namespace

TEST_CASE("the newest version is shown everywhere, and every reader can open the earlier ones") {
  Two at;
  const auto post = at.health.post(at.draft("one", {"travel"}));
  const auto reply = at.health.reply({.author = "ann", .parent = post->id, .text = "answer"});
  at.world.exchange();
  const auto second = Two::edit(at.health, {.author = "maria", .entry = post->id, .text = "two"});
  REQUIRE(second.ok());
  const auto third = Two::edit(at.health, {.author = "maria",
                                           .entry = post->id,
                                           .title = "T",
                                           .tags = std::vector<std::string>{"money"},
                                           .summary = "why"});
  REQUIRE(third.ok());
  at.world.exchange();
  for (Agency* agency : {&at.health, &at.finance}) {
    const auto view = agency->show(post->id).value();
    CHECK(view.edited);
    CHECK(view.id == id_text(post->id));
    CHECK(view.title == "T");
    CHECK(view.text == "two");
    CHECK(view.tags == std::vector<std::string>{"money"});
    CHECK(view.edit_summary == "why");
    PostView listed = agency->list(at.space)->posts.at(0);
    CHECK(listed.entries == 2);
    CHECK(listed.newest >= view.time);
    listed.entries = 0;
    listed.newest.clear();
    CHECK(listed == view);
    CHECK(agency->thread(reply->id)->posts.at(0) == view);
    const PostPage all = Two::history(*agency, post->id);
    REQUIRE(all.posts.size() == 3);
    CHECK(all.posts[0].id == id_text(third->id));
    CHECK(all.posts[1].id == id_text(second->id));
    CHECK(all.posts[1].title == "t");
    CHECK(all.posts[2].text == "one");
    CHECK_FALSE(all.posts[2].edited);
    const PostPage first = Two::history(*agency, post->id, {.limit = 2});
    CHECK(Two::history(*agency, post->id, {.after = first.next}).posts.at(0).text == "one");
    CHECK(agency->show(second->id)->kind == "edit");
  }
  CHECK_FALSE(at.health.show(reply->id)->edited);
  REQUIRE(Two::edit(at.health, {.author = "ann", .entry = reply->id, .text = "better"}).ok());
  CHECK(at.health.show(reply->id)->text == "better");
  // A version that its author withdraws is none; what is withdrawn itself has none.
  REQUIRE(at.health.withdraw({.author = "maria", .entry = third->id}).ok());
  CHECK(at.health.show(post->id)->title == "t");
  CHECK(at.health.show(post->id)->tags == std::vector<std::string>{"travel"});
  REQUIRE(at.health.withdraw({.author = "maria", .entry = post->id}).ok());
  CHECK(at.health.show(post->id)->text.empty());
  CHECK(Two::history(at.health, post->id).posts.size() == 1);
  CHECK(at.health.show(second->id).error().code == Code::kPostUnknown);
}

TEST_CASE("what cannot be an edit is refused") {
  Two at;
  const auto post = at.health.post(at.draft("one"));
  const auto reply = at.health.reply({.author = "ann", .parent = post->id, .text = "answer"});
  const auto code = [&](NewEdit what) { return Two::edit(at.health, what).error().code; };
  CHECK(code({.author = "ann", .entry = post->id, .text = "x"}) == Code::kNotAuthor);
  CHECK(code({.author = "maria", .entry = post->id}) == Code::kBadArguments);
  CHECK(code({.author = "maria", .entry = post->id, .text = "one"}) == Code::kBadArguments);
  CHECK(code({.author = "maria", .entry = post->id, .text = " "}) == Code::kTextEmpty);
  CHECK(code({.author = "maria", .entry = post->id, .text = "\x1b[2J"}) == Code::kTextRule);
  CHECK(code({.author = "maria", .entry = post->id, .text = "\xe2\x80\xae"}) == Code::kTextRule);
  CHECK(
      code({.author = "maria", .entry = post->id, .text = std::string(proto::bounds::kTextBytes + 1, 'a')}) ==
      Code::kTextTooLong);
  CHECK(code({.author = "maria", .entry = post->id, .title = ""}) == Code::kTitleRule);
  CHECK(code({.author = "maria", .entry = post->id, .tags = std::vector<std::string>{"A"}}) ==
        Code::kTagRule);
  CHECK(code({.author = "maria", .entry = post->id, .text = "x", .summary = "a\nb"}) == Code::kTextRule);
  CHECK(code({.author = "maria", .entry = post->id, .text = "x", .summary = std::string(513, 'a')}) ==
        Code::kTextRule);
  CHECK(code({.author = "ann", .entry = reply->id, .title = "x"}) == Code::kTitleRule);
  CHECK(code({.author = "maria", .entry = at.world.random.next<EntryId>(), .text = "x"}) ==
        Code::kPostUnknown);
  const auto edit = Two::edit(at.health, {.author = "maria", .entry = post->id, .text = "two"});
  CHECK(code({.author = "maria", .entry = edit->id, .text = "x"}) == Code::kPostUnknown);
  REQUIRE(at.health.withdraw({.author = "maria", .entry = post->id}).ok());
  CHECK(code({.author = "maria", .entry = post->id, .text = "x"}) == Code::kPostWithdrawn);
}

TEST_CASE("nobody changes what another person wrote, whatever their node sends") {
  Two at;
  const auto post = at.health.post(at.draft("mine"));
  at.world.exchange();
  const auto colleague = Two::forge(at.health, "ann", at.space, edit_of(post->id, "not yours"));
  const auto stranger = Two::forge(at.finance, "jo", at.space, edit_of(post->id, "nor yours"));
  const auto nothing =
      Two::forge(at.finance, "jo", at.space, edit_of(at.world.random.next<EntryId>(), "of nothing"));
  REQUIRE(colleague.ok());
  REQUIRE(stranger.ok());
  REQUIRE(nothing.ok());
  at.world.exchange();
  for (Agency* agency : {&at.health, &at.finance}) {
    CHECK(agency->show(post->id)->text == "mine");
    CHECK_FALSE(agency->show(post->id)->edited);
    CHECK(Two::history(*agency, post->id).posts.size() == 1);
    for (const auto& forged : {colleague, stranger, nothing})
      CHECK(agency->show(forged->id).error().code == Code::kPostUnknown);
  }
}

TEST_CASE("a person reacts once in each way, however often it is sent") {
  Two at;
  const auto post = at.health.post(at.draft("good news"));
  at.world.exchange();
  for (int i = 0; i < 3; ++i)
    REQUIRE(Two::react(at.finance, {.author = "jo", .entry = post->id, .kind = "like"}).ok());
  REQUIRE(Two::react(at.health, {.author = "ann", .entry = post->id, .kind = "like"}).ok());
  REQUIRE(Two::react(at.health, {.author = "ann", .entry = post->id, .kind = "thanks"}).ok());
  at.world.exchange();
  using Counts = std::vector<ReactionCount>;
  CHECK(at.health.show(post->id)->reactions == Counts{{"like", 2, false}, {"thanks", 1, false}});
  CHECK(at.health.show(post->id, at.health.as("ann"))->reactions ==
        Counts{{"like", 2, true}, {"thanks", 1, true}});
  CHECK(at.finance.show(post->id, at.finance.as("jo"))->reactions ==
        Counts{{"like", 2, true}, {"thanks", 1, false}});
  REQUIRE(Two::react(at.health, {.author = "ann", .entry = post->id, .kind = "like", .undone = true}).ok());
  at.world.exchange();
  CHECK(at.finance.show(post->id)->reactions == Counts{{"like", 1, false}, {"thanks", 1, false}});
  // An agency that is suspended counts no more while it is.
  at.health.hidden.insert(at.finance.self());
  at.health.spaces->peers_changed();
  CHECK(at.health.show(post->id)->reactions == Counts{{"thanks", 1, false}});
  CHECK(Two::react(at.health, {.author = "ann", .entry = post->id, .kind = "love"}).error().code ==
        Code::kReactionRule);
  CHECK(Two::react(at.health, {.author = "ann", .entry = at.world.random.next<EntryId>(), .kind = "like"})
            .error()
            .code == Code::kPostUnknown);
  REQUIRE(at.health.withdraw({.author = "maria", .entry = post->id}).ok());
  CHECK(Two::react(at.health, {.author = "ann", .entry = post->id, .kind = "like"}).error().code ==
        Code::kPostWithdrawn);
  CHECK(at.health.show(post->id)->reactions.empty());
}

TEST_CASE("the asker marks the answer, and nobody else") {
  Two at;
  const auto post = at.health.post(at.draft("who knows?"));
  const auto other = at.health.post(at.draft("another"));
  at.world.exchange();
  const auto one = at.finance.reply({.author = "jo", .parent = post->id, .text = "I do"});
  const auto two = at.health.reply({.author = "ann", .parent = post->id, .text = "me too"});
  const auto elsewhere = at.health.reply({.author = "ann", .parent = other->id, .text = "elsewhere"});
  at.world.exchange();
  const auto answered = [&](Agency& agency) {
    CHECK(agency.list(at.space)->posts.back().answer == agency.show(post->id)->answer);
    return agency.show(post->id)->answer;
  };
  CHECK(Two::mark(at.health, {.author = "ann", .answer = one->id}).error().code == Code::kAnswerRule);
  CHECK(Two::mark(at.finance, {.author = "jo", .answer = one->id}).error().code == Code::kAnswerRule);
  CHECK(Two::mark(at.health, {.author = "maria", .answer = post->id}).error().code == Code::kAnswerRule);
  CHECK(Two::mark(at.health, {.author = "maria", .answer = one->id, .undone = true}).error().code ==
        Code::kAnswerRule);
  REQUIRE(Two::mark(at.health, {.author = "maria", .answer = one->id}).ok());
  at.world.exchange();
  for (Agency* agency : {&at.health, &at.finance}) {
    CHECK(answered(*agency) == id_text(one->id));
    CHECK(agency->show(one->id)->is_answer);
    CHECK_FALSE(agency->show(two->id)->is_answer);
  }
  // A forged mark, of another person or of another discussion's reply, marks nothing.
  v1::Accept accept;
  accept.set_answer(field(ref_of(two->id).view()));
  v1::Content forged;
  forged.set_type("accept");
  forged.set_thread(field(ref_of(post->id).view()));
  forged.set_data(field(proto::encode(accept)));
  REQUIRE(Two::forge(at.finance, "jo", at.space, forged).ok());
  at.world.exchange();
  CHECK(answered(at.health) == id_text(one->id));
  REQUIRE(Two::mark(at.health, {.author = "maria", .answer = two->id}).ok());
  CHECK(answered(at.health) == id_text(two->id));
  accept.set_answer(field(ref_of(elsewhere->id).view()));
  forged.set_data(field(proto::encode(accept)));
  REQUIRE(Two::forge(at.health, "maria", at.space, forged).ok());
  CHECK(answered(at.health).empty());
  REQUIRE(Two::mark(at.health, {.author = "maria", .answer = two->id}).ok());
  REQUIRE(Two::mark(at.health, {.author = "maria", .answer = two->id, .undone = true}).ok());
  at.world.exchange();
  CHECK(answered(at.finance).empty());
}

TEST_CASE("a list by tag goes by what the newest version says, each discussion once") {
  Two at;
  std::vector<EntryId> posts;
  for (int i = 0; i < 7; ++i)
    posts.push_back(at.health
                        .post(at.draft("p", i % 2 == 0 ? std::vector<std::string>{"even", "all"}
                                                       : std::vector<std::string>{"all"}))
                        ->id);
  const auto tags = [](std::vector<std::string> names) { return std::optional(std::move(names)); };
  REQUIRE(Two::edit(at.health, {.author = "maria", .entry = posts[0], .tags = tags({})}).ok());
  REQUIRE(Two::edit(at.health, {.author = "maria", .entry = posts[2], .tags = tags({"even"})}).ok());
  REQUIRE(Two::edit(at.health, {.author = "maria", .entry = posts[1], .tags = tags({"even"})}).ok());
  REQUIRE(Two::edit(at.health, {.author = "maria", .entry = posts[1], .text = "twice"}).ok());
  REQUIRE(Two::forge(at.health, "ann", at.space, edit_of(posts[3], "x")).ok());
  at.world.exchange();
  const auto text = [](const EntryId& id) { return id_text(id); };
  for (Agency* agency : {&at.health, &at.finance}) {
    CHECK(ids(agency->list(at.space, {.tag = "even"}).value()) ==
          std::vector<std::string>{text(posts[1]), text(posts[6]), text(posts[4]), text(posts[2])});
    std::vector<std::string> paged;
    std::string after;
    do {
      const auto page = agency->list(at.space, {.tag = "even", .after = after, .limit = 1});
      for (const std::string& id : ids(page.value()))
        paged.push_back(id);
      after = page->next;
    } while (!after.empty());
    CHECK(paged.size() == 4);
    CHECK(agency->list(at.space, {.tag = "none"})->posts.empty());
  }
}

TEST_CASE("a quotation says whose words it has, and carries nothing to where it may not go") {
  Two at;
  const auto post = at.health.post(at.draft("first\n\nsecond"));
  at.world.exchange();
  const auto reply =
      at.finance.reply({.author = "jo", .parent = post->id, .text = "I agree", .quote = post->id});
  REQUIRE(reply.ok());
  CHECK(at.finance.show(reply->id)->text == "> **maria@health**:\n>\n> first\n>\n> second\n\nI agree");
  const auto other = at.health.post(at.draft("elsewhere"));
  const auto code = [&](NewReply what) { return at.health.reply(what).error().code; };
  CHECK(code({.author = "ann", .parent = post->id, .text = "x", .quote = other->id}) == Code::kPostUnknown);
  CHECK(code({.author = "ann", .parent = post->id, .text = " ", .quote = post->id}) == Code::kTextEmpty);
  NewReply wider{.author = "ann", .parent = post->id, .text = "x", .quote = post->id};
  wider.label = Label{.tlp = v1::TLP_CLEAR};
  CHECK(code(wider) == Code::kLabelAboveCeiling);
  at.world.exchange();
  REQUIRE(at.health.withdraw({.author = "maria", .entry = post->id}).ok());
  CHECK(code({.author = "ann", .parent = reply->id, .text = "x", .quote = post->id}) == Code::kPostWithdrawn);
}

TEST_CASE("quarantine after the fact hides what was said and counts it no more, release brings it back") {
  Two at;
  const auto post = at.health.post(at.draft("one"));
  at.world.exchange();
  const auto reply = at.finance.reply({.author = "jo", .parent = post->id, .text = "answer"});
  REQUIRE(reply.ok());
  const auto reaction = Two::react(at.finance, {.author = "jo", .entry = post->id, .kind = "like"});
  REQUIRE(reaction.ok());
  at.world.exchange();
  REQUIRE(at.health.show(post->id)->reactions.size() == 1);
  const auto before = at.health.projection_hash();
  storage::Batch batch;
  for (const auto* entry : {&*reply, &*reaction}) {
    const Bytes key = feed::kWithheld.key(entry->feed, entry->seq);
    batch.put(key, feed::encode_withheld(key, {feed::Withholding::kSignerRevoked, kNoon}));
  }
  REQUIRE(at.health.peer.node.store->commit(std::move(batch)).ok());
  at.health.follow();
  CHECK(at.health.show(post->id)->reactions.empty());
  CHECK(at.health.show(reply->id).error().code == Code::kPostUnknown);
  const auto held = at.health.projection_hash();
  CHECK(held != before);  // one entry less to read
  const auto rebuild = [&] {
    REQUIRE(feed::reindex(*at.health.peer.node.store, at.health.peer.node.storage_key,
                          at.health.peer.node.projections, at.health.followers, {})
                .ok());
    at.health.follow();
  };
  rebuild();
  CHECK(at.health.projection_hash() == held);
  storage::Batch released;
  for (const auto* entry : {&*reply, &*reaction})
    released.erase(feed::kWithheld.key(entry->feed, entry->seq));
  REQUIRE(at.health.peer.node.store->commit(std::move(released)).ok());
  at.health.follow();
  CHECK(at.health.show(post->id)->reactions.size() == 1);
  CHECK(at.health.show(reply->id)->text == "answer");
  CHECK(at.health.projection_hash() == before);
  rebuild();
  CHECK(at.health.projection_hash() == before);
}

TEST_CASE("rows are the same after a rebuild, and each holds together") {
  Two at;
  const auto post = at.health.post(at.draft("one", {"travel"}));
  REQUIRE(Two::edit(at.health, {.author = "maria", .entry = post->id, .text = "two"}).ok());
  REQUIRE(Two::react(at.health, {.author = "ann", .entry = post->id, .kind = "like"}).ok());
  const auto before = at.health.projection_hash();
  REQUIRE(feed::reindex(*at.health.peer.node.store, at.health.peer.node.storage_key,
                        at.health.peer.node.projections, at.health.followers, {})
              .ok());
  at.health.follow();
  CHECK(at.health.projection_hash() == before);
  const auto view = at.health.view();
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

}  // namespace comity::community
