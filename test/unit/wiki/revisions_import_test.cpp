// SPDX-License-Identifier: EUPL-1.2
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <unistd.h>

#include "node/community/import/importer.h"
#include "test/unit/skip.h"
#include "test/unit/wiki/wiki_world.h"

namespace comity::community::wiki {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)
namespace fs = std::filesystem;

struct Counts {
  std::size_t imported = 0;
  std::size_t skipped = 0;
  std::vector<std::string> failures{};
};

Counts import(Agency& at, const SpaceId& space, const std::string& path, std::size_t most = 1'000'000) {
  Counts counts;
  at.follow();
  auto source = revisions_source(path, "handbook");
  REQUIRE(source.ok());
  Importer importer(*at.peer.node.store, *at.posts, at.peer.node.storage_key, space, "maria");
  const auto failed = [&](const ImportProblem& problem) {
    counts.failures.push_back(problem.where + " " + proto::to_string(problem.error));
  };
  for (std::size_t taken = 0; taken < most; ++taken) {
    auto next = (*source)->next();
    if (!next) break;
    if (const auto* problem = std::get_if<ImportProblem>(&*next)) {
      failed(*problem);
      continue;
    }
    importer.take(std::get<ImportItem>(*std::move(next)), [&](const ImportOutcome& outcome) {
      counts.imported += outcome.kind == ImportOutcome::Kind::kImported ? 1 : 0;
      counts.skipped += outcome.kind == ImportOutcome::Kind::kSkipped ? 1 : 0;
      if (outcome.problem) failed(*outcome.problem);
    });
    if (importer.busy()) at.run();
  }
  for (int i = 0; i < 1000 && !importer.idle(); ++i)
    at.run();
  REQUIRE(importer.idle());
  at.follow();
  return counts;
}

struct File {
  fs::path path = fs::temp_directory_path() / ("comity-revisions-" + std::to_string(::getpid()) + ".jsonl");
  explicit File(const std::string& text) { std::ofstream(path, std::ios::binary) << text; }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { fs::remove(path); }
};

}  // namespace

TEST_CASE("a page's history is imported in its order, once, and goes on where it stopped") {
  Two at;
  const File file(
      R"({"page":"a/b.md","rev":1,"author":"Ann","date":"2020-01-02T03:04:05Z","summary":"begun","text":"---\ntitle: \"Bees\"\n---\none\n","permalink":"https://example.org/a"})"
      "\n"
      R"({"page":"c.md","rev":1,"text":"other"})"
      "\n\n"
      R"({"page":"a/b.md","rev":2,"author":"Bo","text":"---\ntitle: Bees\n---\none\ntwo\n"})"
      "\n"
      R"({"page":"a/b.md","rev":3,"text":"three"})");
  const auto begun = import(at.health, at.space, file.path.string(), 2);
  CHECK(begun.imported == 2);
  const auto rest = import(at.health, at.space, file.path.string());
  CHECK(rest.imported == 2);
  CHECK(rest.skipped == 2);
  CHECK(rest.failures.empty());
  const auto again = import(at.health, at.space, file.path.string());
  CHECK(again.imported == 0);
  CHECK(again.skipped == 4);
  at.world.exchange();
  for (const Desk* desk : {&at.maria, &at.jo}) {
    CHECK(desk->list(at.space).size() == 2);
    const auto page = desk->page(at.space, "a/b");
    CHECK(page->heads.size() == 1);
    CHECK(desk->text(at.space, "a/b") == "three");
    const auto log = desk->log(*page);
    REQUIRE(log.size() == 3);
    CHECK(log[2].post.title == "Bees");
    CHECK(log[2].post.summary == "begun");
    CHECK(log[2].post.origin_author == "Ann");
    CHECK(log[2].post.origin_time == "2020-01-02T03:04:05.000Z");
    CHECK(log[2].post.origin_url == "https://example.org/a");
    CHECK(log[0].parents == std::vector<std::string>{log[1].post.id});
  }
}

TEST_CASE(
    "lines that are broken, no UTF-8, too long or without a page fail with their place; the rest goes on") {
  Two at;
  REQUIRE(at.maria.begin(at.space, "taken", "here already").ok());
  const File file(std::string("{\"page\":\"a\",\"rev\":1,\"text\":\"\xff\"}\n") + "{\"page\":\"a\"\n" +
                  R"({"page":"../..","rev":1,"text":"x"})" + "\n" + R"({"page":"a","rev":1,"text":5})" +
                  "\n" + R"({"page":"a","rev":1,"text":" "})" + "\n" + R"({"page":"a","rev":2,"text":")" +
                  std::string(256 * 1024 + 1, 'a') + "\"}\n" + std::string(3'000'000, '[') + "\n" +
                  std::string(100'000, '[') + "\n" + R"({"page":"a","rev":3,"text":"fine"})" + "\n" +
                  R"({"page":"a","rev":4,"text":"bidi \u202e gone"})" + "\n" +
                  R"({"page":"taken","rev":1,"text":"x"})");
  const auto counts = import(at.health, at.space, file.path.string());
  CHECK(counts.imported == 2);
  REQUIRE(counts.failures.size() == 9);
  const char* const codes[] = {"1852", "1851", "1825", "1851", "1854", "1853", "1853", "1851", "1826"};
  const int lines[] = {1, 2, 3, 4, 5, 6, 7, 8, 11};
  for (std::size_t i = 0; i < 9; ++i) {
    CAPTURE(counts.failures[i]);
    CHECK(counts.failures[i].find(codes[i]) != std::string::npos);
    CHECK(counts.failures[i].find(fmt::format(".jsonl:{} ", lines[i])) != std::string::npos);
  }
  CHECK(at.maria.text(at.space, "a") == "bidi  gone");
  CHECK(at.maria.text(at.space, "taken") == "here already");
  CHECK(revisions_source("/nowhere", "s").error().code == Code::kImportUnreadable);
}

TEST_CASE("the page histories of the public corpus arrive whole at another agency") {
  const char* const data = std::getenv("COMITY_DATA");  // NOLINT(concurrency-mt-unsafe)
  const fs::path root = fs::path(data == nullptr ? "../shared/data" : data) / "wiki";
  if (!fs::exists(root)) {
    comity::test::skip("no corpus at " + root.string());
    return;
  }
  Two at;
  const auto counts = import(at.health, at.space, root.string());
  CHECK(counts.imported == 211 + 154);
  for (const std::string& failure : counts.failures)
    MESSAGE(failure);
  CHECK(counts.failures.empty());
  at.world.exchange();
  CHECK(at.jo.list(at.space).size() == 17 + 4);
  CHECK(at.jo.log(*at.jo.page(at.space, "index")).size() == 93);
}

}  // namespace comity::community::wiki
