// SPDX-License-Identifier: EUPL-1.2
// What is found, and what is not any more.
#include <sys/stat.h>

#include "node/feed/dispose.h"
#include "node/feed/quarantine.h"
#include "test/unit/search/indexed.h"

namespace comity::community::search::test {

TEST_CASE("posts and replies are found by their words, newest first, page by page") {
  Office at;
  const auto first = at.post("the annual budget of the clinic");
  at.post("nothing to see", "A title about budgets");
  REQUIRE(at.health.reply({.author = "bob", .parent = first.id, .text = "my answer about the budget"}).ok());
  at.post("tagged", "t", {"budget"});
  at.index.follow();
  CHECK(at.index.all("budget") ==
        Texts{"tagged", "my answer about the budget", "nothing to see", "the annual budget of the clinic"});
  CHECK(at.index.all("budget clinic") == Texts{"the annual budget of the clinic"});
  CHECK(at.index.all("\"annual budget\"") == Texts{"the annual budget of the clinic"});
  CHECK(at.index.all("\"budget annual\"").empty());
  CHECK(at.index.all("clin*") == Texts{"the annual budget of the clinic"});
  CHECK(at.index.all("budget -annual -answer -title") == Texts{"tagged"});
  CHECK(at.index.all("unheard").empty());
  const auto page = at.index.page({.text = "budget", .limit = 3}).value();
  CHECK(page.rows.size() == 3);
  CHECK(page.rows[1].snippet.text == "my answer about the budget");
  CHECK(page.rows[1].snippet.marks.size() == 1);
  const auto rest = at.index.page({.text = "budget", .after = page.next, .limit = 3}).value();
  CHECK(rest.rows.size() == 1);
  CHECK(rest.next.empty());
  CHECK(at.index.page({.text = "budget", .after = page.next + "a"}).error().code == Code::kIdRule);
  CHECK(at.index.page({.text = "budget", .sort = Sort::kRelevance, .after = page.next}).error().code ==
        Code::kIdRule);
  CHECK(at.index.page({.text = "budget", .limit = 0}).error().code == Code::kStoreBounds);
}

TEST_CASE("an excerpt shows words and no marks of a text, and says where the words of the query stand") {
  Office at;
  at.post(
      "# The *annual* budget\n\n| trip | **limit** |\n|---|---|\n| abroad | 140 |\n\n"
      "See [the rules](https://www.example.org/limits) in [[travel/rules|our book]].");
  at.index.follow();
  const auto found = at.index.page({.text = "budget limit"}).value();
  REQUIRE(found.rows.size() == 1);
  const Snippet& shown = found.rows[0].snippet;
  CHECK(shown.text == "The annual budget trip limit abroad 140 See the rules in our book.");
  Texts marked;
  for (const auto& mark : shown.marks)
    marked.push_back(shown.text.substr(mark.begin, mark.end - mark.begin));
  CHECK(marked == Texts{"budget", "limit"});
  // Of a text without any words its title is shown.
  at.post("![](https://www.example.org/chart.png)", "A chart of ceilings");
  at.index.follow();
  const auto chart = at.index.page({.text = "ceilings"}).value();
  REQUIRE(chart.rows.size() == 1);
  CHECK(chart.rows[0].snippet.text == "A chart of ceilings");
}

TEST_CASE("relevance puts titles and repeated words first") {
  Office at;
  at.post("something else", "The harbour plan");
  at.post("harbour harbour harbour and little else");
  at.post("once the harbour among many other words " + std::string(4000, 'x') + " and so on");
  at.index.follow();
  const SearchQuery query{.text = "harbour", .sort = Sort::kRelevance};
  const auto found = at.index.all(query);
  REQUIRE(found.size() == 3);
  CHECK(found[0] == "something else");
  CHECK(found[2].starts_with("once"));
  // Page by page it is the same.
  SearchQuery paged = query;
  paged.limit = 1;
  CHECK(at.index.all(paged) == found);
}

TEST_CASE("filters narrow a search, alone as well") {
  Office at;
  const auto one = at.post("first text", "t", {"health", "plan"});
  at.post("second text", "t", {"plan"});
  REQUIRE(at.health.reply({.author = "bob", .parent = one.id, .text = "third text"}).ok());
  at.index.follow();
  const auto found = [&](SearchQuery query) { return at.index.all(std::move(query)); };
  CHECK(found({.text = "text", .tags = {"plan"}}) == Texts{"second text", "first text"});
  CHECK(found({.text = "", .tags = {"plan", "health"}}) == Texts{"first text"});
  CHECK(found({.text = "text", .type = ContentType::kReply}) == Texts{"third text"});
  CHECK(found({.text = "text", .author = Person{at.health.self(), at.bob.id}}) == Texts{"third text"});
  CHECK(found({.text = "text", .author = Person{at.health.self(), UserId()}}).empty());
  CHECK(found({.text = "text", .agency = at.health.self()}).size() == 3);
  CHECK(found({.text = "text", .agency = AgencyId()}).empty());
  CHECK(found({.text = "text", .tlp = v1::TLP_GREEN}).empty());
  CHECK(found({.text = "text", .space = at.space}).size() == 3);
  const WallTime second = feed::hlc_time(one.hlc) + std::chrono::milliseconds(5);
  CHECK(found({.text = "text", .since = second}).size() == 2);
  CHECK(found({.text = "text", .until = second}) == Texts{"first text"});
  CHECK(found({.until = second}) == Texts{"first text"});
  CHECK(at.index.page({.text = "-text"}).error().code == Code::kQueryRule);
  CHECK(at.index.page({}).error().code == Code::kQueryRule);
  CHECK(at.index.page({.text = "text", .space = SpaceId()}).error().code == Code::kSpaceUnknown);
  // What has nothing in the index narrows it to nothing, with words or without.
  const auto empty = at.health.create({.slug = "empty", .title = "E", .kind = v1::SPACE_KIND_INSIDE});
  REQUIRE(empty.ok());
  CHECK(at.index.page({.space = *empty}).value().rows.empty());
  CHECK(at.index.page({.agency = AgencyId()}).value().rows.empty());
  CHECK(at.index.page({.author = Person{at.health.self(), UserId()}}).value().rows.empty());
  // A tag with anything in it is a tag, and no syntax.
  CHECK(found({.text = "text", .tags = {"\" OR facets : \"y1"}}).empty());
}

TEST_CASE("an edit takes the place of what it edits, whoever comes first, and only by its own author") {
  Office at;
  const auto post = at.post("the original wording");
  at.index.follow();
  at.edit(post, "a corrected phrase");
  at.index.follow();
  CHECK(at.index.all("original").empty());
  CHECK(at.index.page({.text = "corrected"})->rows.size() == 1);
  at.edit(post, "a stranger's phrase", &at.bob);
  at.index.follow();
  CHECK(at.index.all("stranger").empty());
  CHECK(at.index.page({.text = "corrected"})->rows.size() == 1);
  at.edit(post, "the third version");
  at.index.follow();
  CHECK(at.index.all("corrected").empty());
  CHECK(at.index.page({.text = "third"})->rows.size() == 1);
  // An index that meets all of them at once comes to the same.
  REQUIRE(at.index.files->remove().ok());
  at.index.start();
  at.index.follow();
  CHECK(at.index.page({.text = "third"})->rows.size() == 1);
  CHECK(at.index.all("original").empty());
  CHECK(at.index.all("stranger").empty());
}

TEST_CASE("of a wiki page the newest revision is found") {
  Office at;
  const auto first = at.revise("how-to/travel", "book by letter");
  const EntryRef page = ref_of(first.id);
  at.index.follow();
  CHECK(at.index.page({.text = "letter", .type = ContentType::kWiki})->rows.size() == 1);
  at.revise("how-to/travel", "book by telephone", page, page);
  at.index.follow();
  CHECK(at.index.page({.text = "letter"})->rows.empty());
  CHECK(at.index.page({.text = "telephone"})->rows.size() == 1);
  CHECK(at.index.page({.text = "travel"})->rows.size() == 1);
}

TEST_CASE("what is withdrawn or disposed of is not found, and its words leave the file") {
  Office at;
  for (int i = 0; i < 100; ++i)
    at.post("filler number " + std::to_string(i));
  const auto withdrawn = at.post("zanzibar is withdrawn");
  const auto disposed = at.post("quagmire is disposed of");
  const auto edited = at.post("xylophone is edited away");
  at.index.follow();
  at.index.tidy();
  CHECK(at.index.all("zanzibar").size() == 1);
  CHECK(at.index.all("quagmire").size() == 1);
  // The bytes that are looked through are the right ones: the word stands there, and not below the seal.
  REQUIRE(at.index.following->step(*at.health.spaces->sights()).ok());
  at.index.reader.reset();
  at.index.following.reset();
  CHECK(at.index.opened().find("quagmire") != std::string::npos);
  CHECK(at.index.sealed().find("quagmire") == std::string::npos);
  at.index.start();

  REQUIRE(at.health.withdraw({.author = "maria", .entry = withdrawn.id, .reason = "wrong"}).ok());
  auto plan = feed::plan_disposal(*at.health.view(), std::vector{disposed.id}, at.health.peer.node.now);
  REQUIRE(plan.ok());
  REQUIRE(at.health.peer.node.store->commit(std::move(plan->rows)).ok());
  at.health.follow();
  at.edit(edited, "a plain word");
  // Before the index knows.
  CHECK(at.index.all("zanzibar").empty());
  CHECK(at.index.all("quagmire").empty());
  CHECK(at.index.page({.text = "quagmire", .facets = true})->facets->counted == 0);
  CHECK(at.index.page({.text = "zanzibar", .facets = true})->facets->counted == 0);
  at.index.follow();
  at.index.tidy();
  CHECK(at.index.all("zanzibar").empty());
  CHECK(at.index.all("quagmire").empty());
  CHECK(at.index.all("xylophone").empty());
  CHECK(at.index.all("filler").size() == 100);
  CHECK(at.index.page({.text = "plain"})->rows.size() == 1);
  at.index.reader.reset();
  at.index.following.reset();
  const std::string bytes = at.index.opened();
  CHECK(bytes.find("filler") != std::string::npos);
  CHECK(bytes.find("quagmire") == std::string::npos);
  CHECK(bytes.find("zanzibar") == std::string::npos);
  CHECK(bytes.find("xylophone") == std::string::npos);
}

TEST_CASE("the files belong to their owner, and hold no word in the clear") {
  Office at;
  at.post("confidential pineapple");
  at.index.follow();
  for (const char* const name : {"index", "index-wal", "index-shm"}) {
    CAPTURE(name);
    struct stat about {};
    REQUIRE(::stat((at.index.files->directory / name).c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0600);
    CHECK(at.index.sealed(name).find("pineapple") == std::string::npos);
    CHECK(at.index.sealed(name).find("SQLite") == std::string::npos);
  }
  struct stat about {};
  REQUIRE(::stat(at.index.files->directory.c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0700);
}

TEST_CASE("a missing, foreign or damaged index is built anew, wherever the damage is") {
  Office at;
  for (int i = 0; i < 150; ++i)
    at.post("entry number " + std::to_string(i) + " about harbours and ships");
  at.index.follow();
  REQUIRE(at.index.all("ship").size() == 150);
  const auto stop = [&] {
    at.index.reader.reset();
    at.index.following.reset();
  };
  const auto write = [&](const std::string& bytes) {
    std::ofstream out(at.index.files->path(), std::ios::binary | std::ios::trunc);
    out << bytes;
  };
  stop();
  const std::string whole = at.index.sealed();
  REQUIRE(whole.size() > 10 * crypto::kSectorBytes);
  const auto whole_again = [&] {
    at.index.start();
    at.index.follow();
    // Whoever reads meets what nobody has written over.
    for (int i = 0; i < 5; ++i) {
      const auto found = at.index.page({.text = "harbour", .facets = true, .limit = 100});
      if (found.ok()) {
        CHECK(found->facets->counted == 150);
        break;
      }
      CHECK(found.error().code == Code::kStoreCorrupt);
      at.index.reader.reset();
      at.index.following->distrust();
      CHECK(at.index.follow().size() == 1);
    }
    CHECK(at.index.all("ship").size() == 150);
    stop();
  };
  write("");
  whole_again();
  write("no database at all" + std::string(8000, 'x'));
  whole_again();
  write(whole.substr(0, whole.size() / 2));
  whole_again();
  for (std::size_t at_byte = 100; at_byte < whole.size(); at_byte += 7 * crypto::kSectorBytes + 333) {
    CAPTURE(at_byte);
    std::string bent = whole;
    bent[at_byte] = static_cast<char>(bent[at_byte] ^ 0x10);
    write(bent);
    whole_again();
  }
  // Under other languages the words are others.
  at.index.languages = {"german"};
  at.index.start();
  CHECK(at.index.follow().size() == 1);
  CHECK(at.index.all("ships").size() == 150);
}

TEST_CASE("an index goes on where it was after a crash, and one of a later state than the store does not") {
  Office at;
  for (int i = 0; i < 700; ++i)
    at.post("entry " + std::to_string(i));
  const auto sights = at.health.spaces->sights();
  // One step, then the process dies: nothing is closed. The copy is what the next one finds.
  REQUIRE(at.index.following->step(*sights)->more);
  comity::test::TempDir copy;
  for (const char* const name : {"index", "index-wal"})
    std::filesystem::copy(at.index.files->directory / name, copy.path() / name);
  at.index.following.reset();
  for (const char* const name : {"index", "index-wal"})
    std::filesystem::copy(copy.path() / name, at.index.files->directory / name,
                          std::filesystem::copy_options::overwrite_existing);
  at.health.run_number = 1;
  at.index.start();
  CHECK(at.index.follow().empty());
  CHECK(at.index.all("entry").size() == 700);

  // A store that was put back: the index has seen what is not there.
  World other{132};
  Agency& health = other.add("health");
  Indexed wrong(health);
  wrong.follow();
  Progress far{.scanning = false, .position = storage::Version{1'000'000}};
  {
    wrong.following.reset();
    const auto index = Index::open(wrong.files).value();
    auto transaction = index->begin().value();
    REQUIRE(index->put_progress(far).ok());
    REQUIRE(transaction.commit().ok());
  }
  wrong.start();
  CHECK(wrong.follow().size() == 1);
}

TEST_CASE("hostile texts are words like any others") {
  Office at;
  std::string many;
  for (int i = 0; many.size() < 250'000; ++i)
    many += "w" + std::to_string(i) + " ";
  at.post(many);
  at.post(std::string(200'000, 'a') + " " + std::string(60, '"') + " end");
  at.post("the the the the the the");
  at.post("quote\" OR facets : y1 ') --");
  std::string dense;
  while (dense.size() < 200'000)
    dense += "\xe6\xbc\xa2\xe5\xad\x97";
  at.post(dense);
  at.index.follow();
  CHECK(at.index.all("w17000").size() == 1);
  CHECK(at.index.all("end").size() == 1);
  CHECK(at.index.all("the").size() == 1);
  CHECK(at.index.all("facets").size() == 1);
  CHECK(at.index.all("\xe6\xbc\xa2\xe5\xad\x97").size() == 1);
}

}  // namespace comity::community::search::test
