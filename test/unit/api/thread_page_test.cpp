// SPDX-License-Identifier: EUPL-1.2
#include "node/api/thread_page.h"

#include <doctest/doctest.h>

#include "node/feed/quarantine.h"
#include "test/unit/community/world.h"

namespace comity::api {
namespace {

using community::NewReply;
using community::PostView;
using community::test::Agency;
using community::test::World;
using proto::Code;

/// Reading hands nothing to a worker.
class NoPool final : public runtime::Pool {
  runtime::Task<void> execute(std::function<void()>) override { throw std::logic_error("a job"); }
};

struct House {
  World world{29};
  Agency& health = world.add("health");
  Agency& finance = world.add("finance");
  NoPool pool{};
  proto::SpaceId space;
  std::string first, answer;
  CommunityDesk desk;
  ThreadPages pages{1 << 20};

  House()
      : desk{.store = *health.peer.node.store,
             .random = health.peer.node.random,
             .writer = *health.peer.node.writer,
             .spaces = *health.spaces,
             .posts = *health.posts,
             .messages = *health.messages,
             .updates = *health.updates,
             .directory = *health.directory,
             .pool = pool,
             .self = health.self(),
             .storage_key = health.peer.node.storage_key,
             .recent = health.peer.node.recent,
             .run = 1} {
    world.pair(health, finance);
    for (const char* const handle : {"maria", "ann", "tom"})
      health.person(handle);
    finance.person("jo");
    space =
        health.create({.slug = "budget", .kind = v1::SPACE_KIND_SHARED, .members = {finance.self()}}).value();
    world.exchange();
    const auto begun = health.post({.author = "maria", .space = space, .title = "Journeys", .text = "How?"});
    world.exchange();
    const auto replied = finance.reply({.author = "jo", .parent = begun->id, .text = "So."});
    world.exchange();
    first = community::id_text(begun->id);
    answer = community::id_text(replied->id);
  }

  proto::Result<ThreadPages::Page> read(const std::string& as, const std::string& entry) {
    return pages.read(desk, {.as = as, .entry = entry});
  }
  ThreadPages::Page page(const std::string& as) {
    const auto out = read(as, first);
    REQUIRE(out.ok());
    // What is kept is what a look of one's own would give.
    const auto fresh = thread_page(desk, {.as = as, .entry = first});
    CHECK((*out)->page.posts == fresh->page.posts);
    CHECK((*out)->first == fresh->first);
    CHECK((*out)->level == fresh->level);
    return *out;
  }
  proto::EntryId entry(const std::string& text) const { return community::parse_entry_id(text).value(); }
};

}  // namespace

TEST_CASE("a page that was read is kept until the store changes, for each reader apart") {
  House at;
  const auto maria = at.page("maria");
  CHECK(at.page("maria") == maria);
  CHECK(maria->page.posts.size() == 2);
  const auto ann = at.page("ann");
  CHECK(ann != maria);
  CHECK(at.page("ann") == ann);
  CHECK(at.pages.pages() == 2);
  // Another entry of it is another address of the same discussion.
  const auto below = at.read("maria", at.answer);
  CHECK((*below)->asked.id == at.answer);
  CHECK((*below)->first.id == at.first);
  CHECK((*below)->page.posts == maria->page.posts);

  // Any commit at all.
  at.health.person("new");
  const auto later = at.page("maria");
  CHECK(later != maria);
  CHECK(at.pages.pages() == 1);
}

TEST_CASE("nobody is shown what is kept of another's page") {
  House at;
  REQUIRE(at.health.finish([&](auto done) { at.health.spaces->add_reader(at.space, {.unit = "none"}, done); })
              .ok());
  const auto maria = community::find_person(*at.health.view(), "maria").value();
  REQUIRE(
      at.health.finish([&](auto done) { at.health.spaces->add_reader(at.space, {.user = maria.id}, done); })
          .ok());
  CHECK(at.read("maria", at.first).ok());
  CHECK(at.read("ann", at.first).error().code == Code::kPostUnknown);
  CHECK(at.read("maria", at.first).ok());
  CHECK(at.read("ann", at.first).error().code == Code::kPostUnknown);
  CHECK(at.read("nobody", at.first).error().code == Code::kUserUnknown);
  CHECK(at.read("maria", "no id").error().code == Code::kIdRule);
  // What failed is not kept.
  CHECK(at.pages.pages() == 1);
}

TEST_CASE("who loses the right to a discussion loses what was kept of it") {
  House at;
  CHECK(at.page("ann")->page.posts.size() == 2);
  const auto maria = community::find_person(*at.health.view(), "maria").value();
  REQUIRE(
      at.health.finish([&](auto done) { at.health.spaces->add_reader(at.space, {.user = maria.id}, done); })
          .ok());
  CHECK(at.read("ann", at.first).error().code == Code::kPostUnknown);
  CHECK(at.page("maria")->page.posts.size() == 2);
  auto disabled = community::set_disabled(*at.health.view(), "maria", true);
  REQUIRE(at.health.peer.node.store->commit(std::move(disabled->rows)).ok());
  CHECK(at.read("maria", at.first).error().code == Code::kUserDisabled);
}

TEST_CASE("an agency that is suspended is gone from what was kept, though nothing was committed") {
  House at;
  CHECK(at.page("ann")->page.posts.size() == 2);
  at.health.hidden.insert(at.finance.self());
  at.health.spaces->peers_changed();
  CHECK(at.page("ann")->page.posts.size() == 1);
  at.health.hidden.clear();
  at.health.spaces->peers_changed();
  CHECK(at.page("ann")->page.posts.size() == 2);
}

TEST_CASE("edits, reactions, withdrawals, quarantine and reading show at once") {
  House at;
  CHECK(at.page("ann")->first.text == "How?");
  REQUIRE(at.health
              .written([&](auto done) {
                at.health.posts->edit(
                    {.author = "maria", .entry = at.entry(at.first), .text = "How, please?"}, done);
              })
              .ok());
  CHECK(at.page("ann")->first.text == "How, please?");
  CHECK(at.page("ann")->first.edited);

  REQUIRE(at.health
              .written([&](auto done) {
                at.health.posts->react({.author = "ann", .entry = at.entry(at.answer), .kind = "like"}, done);
              })
              .ok());
  using Counts = std::vector<community::ReactionCount>;
  CHECK(at.page("ann")->page.posts.at(1).reactions == Counts{{"like", 1, true}});
  CHECK(at.page("maria")->page.posts.at(1).reactions == Counts{{"like", 1, false}});

  CHECK(at.page("ann")->page.posts.at(1).unread);
  const auto sights = at.health.spaces->sights();
  const auto view = at.health.view();
  community::Reading reading(*view, *sights, at.health.as("ann"));
  auto read = reading.mark_thread(at.space, feed::ref_of(at.entry(at.first)));
  REQUIRE(at.health.peer.node.store->commit(*std::move(read)).ok());
  CHECK_FALSE(at.page("ann")->page.posts.at(1).unread);
  CHECK(at.page("maria")->page.posts.at(1).unread);

  const auto second = at.finance.reply({.author = "jo", .parent = at.entry(at.first), .text = "Wrong."});
  at.world.exchange();
  CHECK(at.page("ann")->page.posts.size() == 3);
  storage::Batch rows;
  rows.put(feed::kWithheld.key(second->feed, second->seq),
           feed::encode_withheld(feed::kWithheld.key(second->feed, second->seq),
                                 {feed::Withholding::kSignerRevoked, feed::test::kNoon}));
  REQUIRE(at.health.peer.node.store->commit(std::move(rows)).ok());
  CHECK(at.page("ann")->page.posts.size() == 2);

  REQUIRE(at.finance.withdraw({.author = "jo", .entry = at.entry(at.answer)}).ok());
  at.world.exchange();
  const PostView gone = at.page("ann")->page.posts.at(1);
  CHECK(gone.withdrawn);
  CHECK(gone.text.empty());
}

TEST_CASE("what is kept is bounded, and too large a page is shown all the same") {
  House at;
  at.pages = ThreadPages(16'000);
  for (int round = 0; round < 3; ++round) {
    for (const char* const handle : {"maria", "ann", "tom"}) {
      CHECK(at.page(handle)->page.posts.size() == 2);
      CHECK(at.pages.bytes() <= 16'000);
      CHECK(at.pages.pages() >= 1);
    }
  }
  ThreadPages small(100);
  CHECK((*small.read(at.desk, {.as = "ann", .entry = at.first}))->page.posts.size() == 2);
  CHECK(small.pages() == 0);
  CHECK(small.bytes() == 0);
}

}  // namespace comity::api
