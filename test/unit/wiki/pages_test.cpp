// SPDX-License-Identifier: EUPL-1.2
#include "node/community/wiki/pages.h"

#include <doctest/doctest.h>

#include "node/community/posts/content_rule.h"
#include "node/feed/dispose.h"
#include "proto/decode.h"
#include "test/unit/wiki/wiki_world.h"

namespace comity::community::wiki {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

std::size_t rows_in(Agency& at, const storage::TableInfo& table) {
  const Bytes prefix{std::byte{table.prefix}};
  std::size_t count = 0;
  REQUIRE(at.view()
              ->walk(storage::prefix_range(prefix), false,
                     [&](ByteView key, ByteView value) {
                       CHECK(check_row(table, key, value).ok());
                       ++count;
                       return true;
                     })
              .ok());
  return count;
}

std::size_t wiki_rows(Agency& at) {
  std::size_t count = 0;
  for (const storage::TableInfo& table : row_tables())
    count += rows_in(at, table);
  return count;
}

}  // namespace

TEST_CASE("a page is begun, edited, renamed and restored, and what is stale is refused") {
  Two at;
  const auto first = at.maria.begin(at.space, "travel/rules", "one\ntwo\n").value();
  CHECK(at.maria.text(at.space, "travel/rules") == "one\ntwo\n");
  CHECK(at.maria.begin(at.space, "travel/rules", "mine").error().code == Code::kPageTaken);
  const auto second = at.maria.edit(at.space, "travel/rules", "one\ntwo\nthree\n").value();
  const auto stale = at.maria.edit(at.space, "travel/rules", "one\n", {first.id});
  CHECK(stale.error().code == Code::kRevisionStale);
  CHECK(at.maria.edit(at.space, "travel/rules", "one\n", {EntryId()}).error().code == Code::kRevisionUnknown);
  at.world.exchange();
  CHECK(at.jo.text(at.space, "travel/rules") == "one\ntwo\nthree\n");

  const auto page = at.jo.page(at.space, "travel/rules");
  const auto renamed = at.jo.write(
      {.space = at.space, .page = page->ref, .path = "travel/how", .text = "x", .base = page->heads});
  REQUIRE(renamed.ok());
  at.world.exchange();
  for (const Desk* desk : {&at.maria, &at.jo}) {
    const auto moved = desk->page(at.space, "travel/rules");
    CHECK(moved->path == "travel/how");
    CHECK(desk->page(at.space, id_text(second.id))->ref == moved->ref);
    CHECK(desk->list(at.space).size() == 1);
    const auto log = desk->log(*moved, 1);
    REQUIRE(log.size() == 3);
    CHECK(log[0].post.id == id_text(renamed->id));
    CHECK(log[0].head);
    CHECK(log[0].parents == std::vector<std::string>{id_text(second.id)});
    CHECK(log[2].post.id == id_text(first.id));
    CHECK_FALSE(log[2].head);
  }
  // The older path is free for another page, and then names that one.
  REQUIRE(at.maria.begin(at.space, "travel/rules", "new").ok());
  CHECK(at.maria.text(at.space, "travel/rules") == "new");
  const auto old = at.maria.page(at.space, "travel/how");
  const auto back = at.maria.write(
      {.space = at.space, .page = old->ref, .path = "travel/rules", .text = "x", .base = old->heads});
  CHECK(back.error().code == Code::kPageTaken);
  CHECK(at.maria.missing(at.space, "nowhere") == Code::kPageUnknown);
  CHECK(at.maria.missing(at.space, "../x") == Code::kPageUnknown);
  CHECK(at.maria.missing(SpaceId(), "travel/rules") == Code::kSpaceUnknown);
}

TEST_CASE("one path at two agencies: the older page keeps it, the other shows as path@agency") {
  Two at;
  at.finance.peer.node.now += std::chrono::seconds(5);
  at.health.peer.node.now += std::chrono::seconds(1);
  REQUIRE(at.jo.begin(at.space, "plan", "of finance").ok());
  REQUIRE(at.maria.begin(at.space, "plan", "of health").ok());
  at.world.exchange();
  for (const Desk* desk : {&at.maria, &at.jo}) {
    CHECK(desk->text(at.space, "plan") == "of health");
    CHECK(desk->text(at.space, "plan@health") == "of health");
    CHECK(desk->text(at.space, "plan@finance") == "of finance");
    CHECK(desk->missing(at.space, "plan@justice") == Code::kPageUnknown);
    std::vector<std::string> addresses;
    for (const PageRow& row : desk->list(at.space))
      addresses.push_back(row.address);
    std::sort(addresses.begin(), addresses.end());
    CHECK(addresses == std::vector<std::string>{"plan", "plan@finance"});
  }
}

TEST_CASE("while an agency is suspended its pages keep their paths: no second page begins there") {
  Two at;
  REQUIRE(at.maria.begin(at.space, "travel/rules", "of health").ok());
  REQUIRE(at.jo.begin(at.space, "own", "of finance").ok());
  at.world.exchange();
  at.finance.hidden.insert(at.health.self());
  at.finance.spaces->peers_changed();
  at.finance.run();
  REQUIRE(at.jo.missing(at.space, "travel/rules") == Code::kPageUnknown);
  const auto second = at.jo.begin(at.space, "travel/rules", "mine");
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code == Code::kPageTaken);
  CHECK(second.error().detail.find("travel/rules is hidden") == 0);
  const auto own = at.jo.page(at.space, "own");
  const auto moved = at.jo.write(
      {.space = at.space, .page = own->ref, .path = "travel/rules", .text = "x", .base = own->heads});
  CHECK(moved.error().code == Code::kPageTaken);
  CHECK(at.jo.begin(at.space, "travel/other", "a free path").ok());
  CHECK(at.jo.edit(at.space, "own", "more").ok());

  at.finance.hidden.clear();
  at.finance.spaces->peers_changed();
  at.finance.run();
  CHECK(at.jo.edit(at.space, "travel/rules", "of both").ok());
  at.world.exchange();
  for (const Desk* desk : {&at.maria, &at.jo}) {
    CHECK(desk->text(at.space, "travel/rules") == "of both");
    CHECK(desk->list(at.space).size() == 3);
  }
}

TEST_CASE("edits at both while the line is cut converge, need a merge, and stamps hold until the next edit") {
  Two at;
  REQUIRE(at.maria.begin(at.space, "plan", "a\nb\nc\n").ok());
  at.world.exchange();
  REQUIRE(at.maria.edit(at.space, "plan", "a\nhealth\nc\n").ok());
  REQUIRE(at.jo.edit(at.space, "plan", "a\nfinance\nc\n").ok());
  at.world.exchange();
  const Shown shown = at.maria.shown(at.space, "plan");
  CHECK(shown.needs_merge());
  CHECK(shown.merged == at.jo.shown(at.space, "plan").merged);
  const auto page = at.maria.page(at.space, "plan");
  REQUIRE(page->heads.size() == 2);
  const auto early = at.maria.stamp({.space = at.space, .page = page->ref, .revision = page->heads[0]});
  CHECK(early.error().code == Code::kStampRule);

  const auto merged = at.maria.edit(at.space, "plan", "a\nboth\nc\n").value();
  at.world.exchange();
  CHECK_FALSE(at.jo.shown(at.space, "plan").needs_merge());
  CHECK(at.jo.text(at.space, "plan") == "a\nboth\nc\n");
  REQUIRE(at.maria.stamp({.space = at.space, .page = page->ref, .revision = merged.id}).ok());
  REQUIRE(at.jo.stamp({.space = at.space, .page = page->ref, .revision = merged.id, .note = "fine"}).ok());
  at.world.exchange();
  for (const Desk* desk : {&at.maria, &at.jo}) {
    const auto log = desk->log(*desk->page(at.space, "plan"));
    REQUIRE(log[0].stamps.size() == 2);
    std::set<std::string> who;
    for (const StampView& stamp : log[0].stamps) {
      CHECK(stamp.kind == "agreed");
      who.insert(stamp.agency + " " + stamp.person);
    }
    CHECK(who.size() == 2);
  }
  REQUIRE(
      at.jo
          .stamp({.space = at.space, .page = page->ref, .revision = merged.id, .kind = v1::STAMP_KIND_UNDONE})
          .ok());
  at.world.exchange();
  CHECK(at.maria.log(*at.maria.page(at.space, "plan"))[0].stamps.size() == 1);
  REQUIRE(at.jo.edit(at.space, "plan", "a\nboth\nd\n").ok());
  at.world.exchange();
  const auto log = at.maria.log(*at.maria.page(at.space, "plan"));
  CHECK(log[0].stamps.empty());
  CHECK_FALSE(log[1].head);
  CHECK(log[1].stamps.size() == 1);
  const auto late = at.maria.stamp({.space = at.space, .page = page->ref, .revision = merged.id});
  CHECK(late.error().code == Code::kStampRule);
}

TEST_CASE("to withdraw the newest revision shows again what stood before; disposal leaves no row") {
  Two at;
  const std::size_t none = wiki_rows(at.finance);
  REQUIRE(at.maria.begin(at.space, "plan", "a [[other]]\n").ok());
  const auto second = at.maria.edit(at.space, "plan", "b\n").value();
  const auto page = at.maria.page(at.space, "plan");
  REQUIRE(at.maria.stamp({.space = at.space, .page = page->ref, .revision = second.id}).ok());
  at.world.exchange();
  REQUIRE(at.health.withdraw({.author = "maria", .entry = second.id}).ok());
  at.world.exchange();
  for (const Desk* desk : {&at.maria, &at.jo}) {
    CHECK(desk->text(at.space, "plan") == "a [[other]]\n");
    const auto log = desk->log(*desk->page(at.space, "plan"));
    REQUIRE(log.size() == 2);
    CHECK(log[0].post.withdrawn);
    CHECK(log[1].head);
  }
  CHECK(wiki_rows(at.finance) == none + 2 + 2 + 1 + 1);
  std::vector<EntryId> gone;
  const auto rows = at.jo.page(at.space, "plan")->rows;
  for (const RevisionRow& row : rows)
    gone.push_back(row.entry);
  const auto view = at.finance.view();
  auto plan = feed::plan_disposal(*view, gone, at.finance.peer.node.now);
  REQUIRE(plan.ok());
  REQUIRE(at.finance.peer.node.store->commit(std::move(plan->rows)).ok());
  at.finance.follow();
  CHECK(wiki_rows(at.finance) == none + 1);
  CHECK(at.jo.missing(at.space, "plan") == Code::kPageUnknown);
}

TEST_CASE("backlinks follow the newest text and a renamed page") {
  Two at;
  REQUIRE(at.maria.begin(at.space, "target", "here").ok());
  REQUIRE(at.maria.begin(at.space, "from", "see [[target]]").ok());
  REQUIRE(at.jo.agency.update({.author = "jo", .space = at.space, .text = "[[target]]"}).ok());
  at.world.exchange();
  const auto links = [&] {
    const auto rows =
        at.jo.read([&](Pages& pages) { return pages.backlinks(*pages.find(at.space, "target").value()); });
    std::vector<std::string> out;
    for (const PageRow& row : rows.value())
      out.push_back(row.path);
    return out;
  };
  CHECK(links() == std::vector<std::string>{"from"});
  const auto page = at.maria.page(at.space, "target");
  REQUIRE(
      at.maria
          .write({.space = at.space, .page = page->ref, .path = "moved", .text = "here", .base = page->heads})
          .ok());
  at.world.exchange();
  CHECK(links() == std::vector<std::string>{"from"});
  REQUIRE(at.jo.edit(at.space, "from", "see nothing").ok());
  at.world.exchange();
  CHECK(links().empty());
}

TEST_CASE("who may not read the space learns nothing, not even that the page is there") {
  Two at;
  at.finance.person("ben");
  REQUIRE(at.maria.begin(at.space, "plan", "a").ok());
  at.world.exchange();
  const Desk ben(at.finance, "ben");
  CHECK(ben.text(at.space, "plan") == "a");
  REQUIRE(at.finance
              .finish([&](Done done) {
                at.finance.spaces->add_reader(
                    at.space, {.user = find_person(*at.finance.view(), "jo").value().id}, std::move(done));
              })
              .ok());
  CHECK(ben.missing(at.space, "plan") == Code::kSpaceUnknown);
  CHECK(ben.missing(at.space, "nowhere") == Code::kSpaceUnknown);
  CHECK(ben.begin(at.space, "other", "x").error().code == Code::kSpaceUnknown);
}

TEST_CASE("texts and paths that cannot stand are refused here, and held back when they come from elsewhere") {
  Two at;
  const auto refused = [&](const std::string& path, const std::string& text) {
    const auto done = at.maria.begin(at.space, path, text);
    return done.ok() ? Code::kUnknown : done.error().code;
  };
  for (const char* path : {"../x", "", "/a", "a//b", ".a", "a\x01",
                           "a\xe2\x80\xae"
                           "b",
                           "a b", "a@health"})
    CHECK(refused(path, "x") == Code::kPagePath);
  CHECK(refused("a", "") == Code::kTextEmpty);
  CHECK(refused("a", std::string(256 * 1024 + 1, 'a')) == Code::kTextTooLong);
  CHECK(refused("a",
                "a\xe2\x80\xae"
                "b") == Code::kTextRule);
  CHECK(refused("a", "a\x07") == Code::kTextRule);
  CHECK(refused("a", std::string(256 * 1024, 'a')) == Code::kUnknown);

  const auto judged = [](const std::string& path, const std::string& text) {
    v1::WikiEdit edit;
    edit.set_path(path);
    edit.set_text(text);
    v1::Content content;
    content.set_type("wiki");
    content.set_data(field(proto::encode(edit)));
    return check_content(content).ok();
  };
  CHECK(judged("a/b", "x"));
  CHECK(judged("a/b", ""));
  for (const char* path : {"../x", "/a", "a\x01",
                           "a\xe2\x80\xae"
                           "b",
                           "a@health"})
    CHECK_FALSE(judged(path, "x"));
  CHECK_FALSE(judged("a", "a\x07"));
  // Our own encoder refuses it, so the bytes are written by hand: path "a", text of 256 KiB and one byte.
  v1::Content large;
  large.set_type("wiki");
  large.set_data(std::string("\x0a\x01"
                             "a\x1a\x81\x80\x10") +
                 std::string(256 * 1024 + 1, 'a'));
  CHECK_FALSE(check_content(large).ok());
}

}  // namespace comity::community::wiki
