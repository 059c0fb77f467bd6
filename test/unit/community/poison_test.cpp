// SPDX-License-Identifier: EUPL-1.2
// What an author signs and seals that is no content: it waits in quarantine, and what follows it is read.
#include "test/support/poison.h"

#include <doctest/doctest.h>

#include "node/community/posts/compose.h"
#include "node/community/posts/content_rule.h"
#include "test/unit/community/world.h"

namespace comity::community {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)
using feed::Withholding;

/// Finance, which may write anything into the space that it shares with health.
struct Poisoner {
  World world{91};
  Agency& health = world.add("health");
  Agency& finance = world.add("finance");
  PersonRow maria = health.person("maria");
  PersonRow jo = finance.person("jo");
  SpaceId space;
  feed::Appended question;

  Poisoner() {
    world.pair(health, finance);
    space = health
                .create({.slug = "budget",
                         .title = "Budget",
                         .kind = v1::SPACE_KIND_SHARED,
                         .members = {finance.self()}})
                .value();
    world.exchange();
    question = health.post(by("maria", "a question")).value();
    world.exchange();
  }
  [[nodiscard]] NewPost by(const std::string& who, std::string text) const {
    return {.author = who, .space = space, .title = "t", .text = std::move(text)};
  }
  feed::Appended seal(Bytes packed) {
    return finance
        .written([&](OnPosted done) {
          auto decision = finance.spaces->release(space, {.tlp = v1::TLP_GREEN}, {});
          REQUIRE(decision.ok());
          finance.peer.node.writer->append(
              finance.spaces->find(space)->membership.feed,
              feed::content_draft(*std::move(decision), std::move(packed), std::move(done)));
          finance.peer.node.writer->flush();
        })
        .value();
  }
};

}  // namespace

TEST_CASE("a poisoned content is held back whatever is wrong with it, and what follows is read") {
  Poisoner at;
  const auto poisons = comity::test::poisons(at.finance.self(), at.question.id);
  REQUIRE(poisons.size() > 26 * comity::test::kBadTexts);
  std::vector<feed::Appended> sealed;
  for (const auto& poison : poisons)
    sealed.push_back(at.seal(poison.packed));
  const auto after = at.finance.post(at.by("jo", "what follows"));
  REQUIRE(after.ok());
  const auto cursor = events_now(*at.health.peer.node.store, 0).value();
  at.world.exchange();

  for (std::size_t i = 0; i < poisons.size(); ++i) {
    CAPTURE(poisons[i].name);
    CHECK(at.health.peer.withheld(sealed[i].feed, sealed[i].seq) == Withholding::kBodyRule);
    const auto shown = at.health.show(sealed[i].id);
    CHECK((!shown.ok() && shown.error().code == Code::kPostUnknown));
  }
  const auto listed = at.health.list(at.space).value();
  CHECK(texts(listed) == std::vector<std::string>{"what follows", "a question"});
  CHECK(at.health.thread(at.question.id).value().posts.size() == 1);
  const auto events = at.health.events(cursor).value();
  REQUIRE(events.events.size() == 1);
  CHECK(events.events[0].id == id_text(after->id));

  // A rebuild judges alike.
  const auto before = at.health.projection_hash();
  REQUIRE(feed::reindex(*at.health.peer.node.store, at.health.peer.node.storage_key,
                        at.health.peer.node.projections, at.health.followers, {})
              .ok());
  CHECK(at.health.projection_hash() == before);
  CHECK(at.health.peer.withheld(sealed[0].feed, sealed[0].seq) == Withholding::kBodyRule);
}

TEST_CASE("an entry is not shown by its id before it was judged") {
  Poisoner at;
  const auto poison = comity::test::poisons(at.finance.self(), at.question.id).front();
  const auto sealed = at.seal(poison.packed);
  for (const auto& from : at.world.agencies) {
    if (&*from == &at.finance) at.world.deliver(*from, at.health);
  }
  CHECK(at.health.peer.withheld(sealed.feed, sealed.seq) == Withholding::kNone);
  CHECK(at.health.show(sealed.id).error().code == Code::kPostUnknown);
}

TEST_CASE("what a later version can read comes out of quarantine by a rebuild") {
  Poisoner at;
  const auto post = at.finance.post(at.by("jo", "plain"));
  REQUIRE(post.ok());
  at.world.exchange();
  // As an older version would have left it.
  storage::Batch batch;
  const Bytes key = feed::kWithheld.key(post->feed, post->seq);
  batch.put(key, feed::encode_withheld(key, {Withholding::kBodyRule, kNoon}));
  REQUIRE(at.health.peer.node.store->commit(std::move(batch)).ok());
  CHECK(at.health.show(post->id).error().code == Code::kPostUnknown);
  REQUIRE(feed::reindex(*at.health.peer.node.store, at.health.peer.node.storage_key,
                        at.health.peer.node.projections, at.health.followers, {})
              .ok());
  CHECK(at.health.show(post->id).value().text == "plain");
}

TEST_CASE("contents that this version does not know pass, and so does all that our own writers make") {
  v1::Content content;
  content.set_type("sketch");
  content.set_data("\xff\x01");
  CHECK(check_content(content).ok());

  const Person person;
  const NewPost post{
      .author = "jo",
      .title = "A title with an accent: caf\xc3\xa9",
      .text = "one\r\n\ttwo\n",
      .tags = {"travel", "e-mail"},
      .question = true,
      .url = "https://example.org/a?b=c",
      .origin = PostOrigin{.source = "list", .id = "<a@b>", .author = "Ana", .url = "https://b"}};
  CHECK(check_content(post_content(person, post).value()).ok());
  CHECK(check_content(reply_content(person, {.author = "jo", .text = "yes"}, {}).value()).ok());
  CHECK(check_content(withdrawal_content(person, "because").value()).ok());
  PersonRow row;
  row.handle = "jo.berg";
  row.name = "Jo Berg";
  CHECK(check_content(profile_content(person, row, {})).ok());
}

}  // namespace comity::community
