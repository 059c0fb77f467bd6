// SPDX-License-Identifier: EUPL-1.2
#include <doctest/doctest.h>

#include "node/web/look/look.h"
#include "node/web/pages/entries.h"
#include "node/web/pages/space_views.h"
#include "node/web/pages/wiki_views.h"

namespace comity::web {
namespace {

namespace json = boost::json;

SeenSpace shared() {
  return {.slug = "travel",
          .title = "Travel",
          .kind = "shared",
          .ceiling = "AMBER",
          .agencies = {"health", "finance"},
          .unreached = {{"justice", "no agreement between health and justice"}},
          .counts = {{"health", 41}}};
}

Lens lens() {
  return {.now = read_moment("2026-03-05T15:00:00Z").value(),
          .base = "/staff",
          .agency = "health",
          .address = "maria@health",
          .spaces = {{"s1", shared()},
                     {"s2", {.slug = "hr", .title = "HR", .kind = "inside", .agencies = {"health"}}}}};
}

json::object row() {
  return {{"id", "e1"},
          {"space_id", "s1"},
          {"space", "travel"},
          {"kind", "post"},
          {"author", "maria@health"},
          {"author_name", "Maria <Olsen>"},
          {"title", "<script>alert(1)</script>"},
          {"text", "<img src=x onerror=alert(1)>"},
          {"time", "2026-03-05T14:15:00Z"},
          {"label", "AMBER"},
          {"thread", "e1"},
          {"tags", json::array{"a\"b"}}};
}

}  // namespace

TEST_CASE("the boundary is said in words") {
  const Lens at = lens();
  CHECK(text_in(boundary_view(at, shared()), "words") == "Shared - Health, Finance");
  CHECK(text_in(boundary_view(at, *at.space("s2")), "words") == "Inside - Health");
  CHECK(text_in(boundary_view(at, {.kind = "circle"}), "words") == "Named people only");
  SeenSpace many = shared();
  many.agencies = {"a", "b", "c", "d", "e", "f"};
  CHECK(text_in(boundary_view(at, many), "words") == "Shared - A, B, C, D and 2 more");
  const json::object reach = reach_view(at, shared());
  CHECK(text_in(reach, "will_reach") == "will reach: Health (41 people), Finance");
  CHECK(texts_in(reach, "unreached") ==
        std::vector<std::string>{"Not reached: Justice, because no agreement between health and justice."});
  const SeenSpace circle{.kind = "circle", .people = {"maria@health", "jo@finance"}};
  CHECK(text_in(reach_view(at, circle), "will_reach") ==
        "will reach: maria@health, jo@finance, and nobody else");
}

TEST_CASE("who has an entry is said while somebody is missing, and not in the first seconds") {
  const Lens at = lens();
  json::object sent = row();
  CHECK(delivery_words(at, sent).empty());
  sent["delivery"] = {{"have", 2}, {"of", 2}, {"waiting", json::array{}}};
  CHECK(delivery_words(at, sent).empty());
  const json::object waits{{"agency", "finance"}};
  sent["delivery"] = {{"have", 1}, {"of", 2}, {"waiting", json::array{waits}}};
  CHECK(delivery_words(at, sent) == "1 of 2 agencies have this; not yet: Finance");
  sent["time"] = "2026-03-05T14:59:55Z";
  CHECK(delivery_words(at, sent).empty());
  sent["time"] = "2026-03-05T14:59:45Z";
  sent["delivery"] = {
      {"have", 1}, {"of", 7}, {"waiting", json::array{waits, waits, waits, waits, waits, waits}}};
  CHECK(delivery_words(at, sent) ==
        "1 of 7 agencies have this; not yet: Finance, Finance, Finance, Finance and 2 more");
}

TEST_CASE("labels stop at the ceiling of the space, which is what is chosen") {
  const json::array labels = label_options(lens(), shared(), "");
  REQUIRE(labels.size() == 3);
  CHECK(text_in(labels.back().as_object(), "value") == "AMBER");
  CHECK(flag_in(labels.back().as_object(), "chosen"));
  CHECK(flag_in(label_options(lens(), shared(), "GREEN")[1].as_object(), "chosen"));
  // A draft's label that this space does not offer: never the widest by accident.
  for (const std::string_view other : {"RED", "AMBER+STRICT", "no label"}) {
    const json::array some = label_options(lens(), shared(), other);
    for (const json::value& one : some)
      CHECK(flag_in(one.as_object(), "chosen") == (&one == &some.back()));
  }
}

TEST_CASE("what somebody wrote reaches a page as text") {
  json::object view{{"page", json::object{{"base", "/staff"}, {"csrf", "t"}, {"here", "/"}, {"agency", "A"}}},
                    {"entries", card_views(lens(), json::array{row()}, true)}};
  const std::string page = look("home", view);
  CHECK(page.find("<script>alert") == std::string::npos);
  CHECK(page.find("<img src=x") == std::string::npos);
  CHECK(page.find("&lt;script&gt;alert(1)&lt;/script&gt;") != std::string::npos);
  CHECK(page.find("Maria &lt;Olsen&gt;") != std::string::npos);
  CHECK(page.find("45 minutes ago") != std::string::npos);
  CHECK(page.find("Shared - Health, Finance") != std::string::npos);
}

TEST_CASE("what is withdrawn or unseen shows no text, and takes no answer") {
  json::object gone = row();
  gone["withdrawn"] = true;
  gone["withdrawn_by"] = "maria@health";
  gone["withdrawn_text"] = "asked twice";
  const json::object view = entry_view(lens(), gone, {});
  CHECK(text_in(view, "withdrawn_words") == "Withdrawn by maria@health: asked twice");
  CHECK_FALSE(view.contains("body"));
  CHECK_FALSE(flag_in(view, "may_react"));
  json::object unseen = row();
  unseen["unseen"] = true;
  CHECK_FALSE(entry_view(lens(), unseen, {}).contains("body"));
}

TEST_CASE("only its author may edit an entry, only moderators withdraw another's") {
  Lens at = lens();
  CHECK(entry_view(at, row(), {}).contains("edit_href"));
  json::object other = row();
  other["author"] = "jo@finance";
  CHECK_FALSE(entry_view(at, other, {}).contains("edit_href"));
  CHECK_FALSE(entry_view(at, other, {}).contains("withdraw_href"));
  at.moderates = true;
  CHECK_FALSE(entry_view(at, other, {}).contains("edit_href"));
  CHECK(entry_view(at, other, {}).contains("withdraw_href"));
}

TEST_CASE("how complete a member's entries are is said in words") {
  const auto said = [](json::object member) { return completeness_words(lens(), member); };
  CHECK(said({{"state", "reached"}, {"have", 3}, {"total", 3}}) == "complete: all 3 entries are here");
  CHECK(said({{"state", "reached"}, {"have", 1}, {"total", 3}}) == "1 of 3 entries are here");
  CHECK(said({{"state", "reached"}, {"have", 0}, {"total", 0}}) == "has written nothing yet");
  CHECK(said({{"state", "reached"}, {"have", 2}, {"total", nullptr}}) ==
        "2 entries are here; how many there are is not known");
}

TEST_CASE("a merge takes the chosen side of each contradiction") {
  const json::object page{
      {"blocks", json::array{json::object{{"text", "a\n"}},
                             json::object{{"conflict", json::array{json::object{{"text", "one\n"}},
                                                                   json::object{{"text", "two\n"}}}}},
                             json::object{{"text", "b\n"}}}}};
  CHECK(merging_of(lens(), page, {}).text == "a\none\nb\n");
  CHECK(merging_of(lens(), page, {.fields = {{"choice-1", "1"}}}).text == "a\ntwo\nb\n");
  CHECK(merging_of(lens(), page, {.fields = {{"choice-1", "99"}}}).text == "a\none\nb\n");
  CHECK(merging_of(lens(), page, {.fields = {{"choice-1", "x"}}}).conflicts.size() == 1);
}

}  // namespace comity::web
