// SPDX-License-Identifier: EUPL-1.2
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "node/community/import/importer.h"
#include "test/unit/community/world.h"
#include "test/unit/vectors.h"

namespace comity::community {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)
namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "comity-import-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string file(const std::string& name, const std::string& text) const {
    const fs::path path = path_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  std::string path() const { return path_.string(); }

 private:
  fs::path path_;
};

struct All {
  std::vector<ImportItem> items{};
  std::vector<ImportProblem> problems{};
};

All read_all(ImportSource& source) {
  All all;
  while (auto next = source.next()) {
    if (auto* item = std::get_if<ImportItem>(&*next)) {
      all.items.push_back(std::move(*item));
    } else {
      all.problems.push_back(std::get<ImportProblem>(*next));
    }
    REQUIRE(all.items.size() + all.problems.size() < 10'000);
  }
  return all;
}
All read_mails(const std::string& path) {
  auto source = mail_source(path, "list");
  REQUIRE(source.ok());
  return read_all(**source);
}

struct Counts {
  std::size_t imported = 0;
  std::size_t skipped = 0;
  std::size_t failed = 0;
  std::size_t replies = 0;
};

struct Target {
  World world{31};
  Agency& health = world.add("health");
  SpaceId space = health.create({.slug = "archive"}).value();

  Target() { health.person("maria"); }

  Counts import(ImportSource& source) {
    Counts counts;
    health.follow();
    Importer importer(*health.peer.node.store, *health.posts, health.peer.node.storage_key, space, "maria");
    while (auto next = source.next()) {
      if (std::holds_alternative<ImportProblem>(*next)) {
        ++counts.failed;
        continue;
      }
      auto item = std::get<ImportItem>(*std::move(next));
      importer.take(std::move(item), [&](const ImportOutcome& outcome) {
        counts.imported += outcome.kind == ImportOutcome::Kind::kImported ? 1 : 0;
        counts.skipped += outcome.kind == ImportOutcome::Kind::kSkipped ? 1 : 0;
        if (outcome.kind == ImportOutcome::Kind::kFailed) {
          ++counts.failed;
          CHECK_MESSAGE(false, (outcome.problem->where + ": " + proto::to_string(outcome.problem->error)));
        }
      });
      if (importer.busy()) health.run();
    }
    for (int i = 0; i < 1000 && !importer.idle(); ++i)
      health.run();
    REQUIRE(importer.idle());
    health.follow();
    return counts;
  }
};

}  // namespace

TEST_CASE(
    "a Markdown file gives title, text, author, date, tags and address; without front matter its name") {
  const Folder folder;
  folder.file(
      "a/one.md",
      "---\ntitle: \"One: a start\"\ndate: '2014-03-19T10:14:29-04:00'\nauthors:\n- Ann Lee\n- Bo\n"
      "tags:\n- Open Data\n- open data\npermalink: https://example.org/one\n---\n\nHello **there**\r\n");
  folder.file("b/two.md", "Only text");
  folder.file("c.txt", "not Markdown");
  auto source = markdown_source(folder.path(), "example.org");
  REQUIRE(source.ok());
  const All all = read_all(**source);
  REQUIRE(all.items.size() == 2);
  CHECK(all.problems.empty());
  const ImportItem& one = all.items[0];
  CHECK(one.title == "One: a start");
  CHECK(one.text == "\nHello **there**\n");
  CHECK(one.origin.source == "example.org");
  CHECK(one.origin.id == "a/one.md");
  CHECK(one.origin.author == "Ann Lee, Bo");
  CHECK(one.origin.url == "https://example.org/one");
  CHECK(time_text(one.origin.time) == "2014-03-19T14:14:29.000Z");
  CHECK(one.tags == std::vector<std::string>{"open-data"});
  CHECK(all.items[1].title == "two");
  CHECK(all.items[1].text == "Only text");
  CHECK(markdown_source(folder.path() + "/none", "s").error().code == Code::kImportUnreadable);
  const Folder empty;
  CHECK(markdown_source(empty.path(), "s").error().code == Code::kImportFormat);
}

TEST_CASE("Markdown that is broken or hostile fails by itself, and the rest goes on") {
  const Folder folder;
  folder.file("1.md", "---\ntitle: [unclosed\n---\ntext");
  folder.file("2.md", "---\ntitle: \xff\n---\ntext");
  folder.file("3.md", std::string(300 * 1024, 'a'));
  folder.file("4.md", std::string(2 * 1024 * 1024, 'a'));
  folder.file("5.md", "");
  folder.file("6.md", "---\n" + std::string(60'000, '[') + "\n---\ntext");
  folder.file("7.md",
              "---\na: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\ntitle: fine\n---\ntext\x1b[31m\xe2\x80\xae");
  folder.file("8.md", "---\nnever closed");
  const auto source = markdown_source(folder.path(), "s");
  const All all = read_all(**source);
  std::vector<Code> codes;
  for (const ImportProblem& problem : all.problems)
    codes.push_back(problem.error.code);
  CHECK(codes == std::vector<Code>{Code::kImportFormat, Code::kImportEncoding, Code::kImportTooLarge,
                                   Code::kImportTooLarge, Code::kImportNothing, Code::kImportFormat});
  REQUIRE(all.items.size() == 2);
  CHECK(all.items[0].title == "fine");
  CHECK(all.items[0].text == "text[31m");
  CHECK(all.items[1].text == "---\nnever closed");
}

TEST_CASE("dates in the forms that front matter has") {
  CHECK(time_text(parse_date("2019-02-14 09:24:00 -0500").value()) == "2019-02-14T14:24:00.000Z");
  CHECK(time_text(parse_date("2019-02-14").value()) == "2019-02-14T00:00:00.000Z");
  for (const char* wrong : {"", "yesterday", "2019-99-99", "1850-01-01", "2019-02-14T09:24:00+99:99"})
    CHECK_FALSE(parse_date(wrong));
}

TEST_CASE("an mbox gives each mail with what it answers; quoted lines come back, charsets are converted") {
  const Folder folder;
  const auto mails = read_mails(folder.file(
      "list.mbox",
      "From a@b Thu Jan  1 00:00:00 2020\nFrom: Ann Lee <a@b>\nDate: Wed, 1 Jan 2020 10:00:00 +0100\n"
      "Subject: =?iso-8859-1?Q?Caf=E9?=\nMessage-ID: <1@b>\nContent-Type: text/plain; charset=iso-8859-1\n\n"
      "na\xefve\n>From here\n\nFrom c@d Thu Jan  1 00:00:00 2020\nFrom: c@d\nSubject: Re\nMessage-ID: <2@d>\n"
      "References: <0@b> <1@b>\nIn-Reply-To: <1@b>\n\nanswer\n\n"));
  REQUIRE(mails.items.size() == 2);
  CHECK(mails.problems.empty());
  CHECK(mails.items[0].title == "Caf\xc3\xa9");
  CHECK(mails.items[0].text == "na\xc3\xafve\nFrom here");
  CHECK(mails.items[0].origin.id == "1@b");
  CHECK(mails.items[0].origin.author == "Ann Lee");
  CHECK(time_text(mails.items[0].origin.time) == "2020-01-01T09:00:00.000Z");
  CHECK(mails.items[1].origin.author == "c@d");
  CHECK(mails.items[1].answers == std::vector<std::string>{"1@b", "1@b", "0@b"});
}

TEST_CASE(
    "a folder gives the mails of its files in the order of their names, and goes on behind a broken one") {
  const Folder folder;
  const auto mail = [](const std::string& name) {
    return "From: a@b\nSubject: " + name + "\nMessage-ID: <" + name + "@b>\n\ntext\n";
  };
  CHECK(mail_source(folder.path(), "s").error().code == Code::kImportFormat);
  CHECK(mail_source(folder.path() + "/nothing", "s").error().code == Code::kImportUnreadable);
  folder.file("3.eml", mail("last"));
  folder.file("1.eml", mail("first"));
  folder.file("2/list.mbox", "From a@b Thu Jan  1 00:00:00 2020\n" + mail("second") +
                                 "\nFrom a@b Thu Jan  1 00:00:00 2020\n" + mail("third") + "\n");
  folder.file("2/empty.mbox", "");
  folder.file("2/note.txt", mail("never"));
  const auto source = mail_source(folder.path(), "s");
  REQUIRE(source.ok());
  const All all = read_all(**source);
  std::vector<std::string> titles;
  for (const ImportItem& item : all.items)
    titles.push_back(item.title);
  CHECK(titles == std::vector<std::string>{"first", "second", "third", "last"});
  for (const ImportProblem& problem : all.problems)
    CHECK(problem.where.find("empty.mbox") != std::string::npos);
}

TEST_CASE("lines of a mail that begin like the next one: quoted they come back, unquoted nothing is lost") {
  const Folder folder;
  const std::string head = "From a@b Thu Jan  1 00:00:00 2020\nFrom: A <a@b>\nSubject: S\nMessage-ID: <";
  const auto quoted = read_mails(
      folder.file("quoted.mbox", head +
                                     "1@b>\n\nFrom\n>From the office\n>>From a quotation\n> From afar\n"
                                     ">Fromage\n\n" +
                                     head + "2@b>\n\nFrom\n>From\n"));
  REQUIRE(quoted.items.size() == 2);
  CHECK(quoted.problems.empty());
  CHECK(quoted.items[0].text == "From\nFrom the office\n>From a quotation\n> From afar\n>Fromage");
  CHECK(quoted.items[1].text == "From\n>From");
  // Written by a program that quotes nothing: what begins there is said to be no mail, with its place.
  const auto plain =
      read_mails(folder.file("plain.mbox", head + "1@b>\n\nbefore\n\nFrom here on it is text\nafter\n"));
  REQUIRE(plain.items.size() == 1);
  CHECK(plain.items[0].text == "before");
  REQUIRE(plain.problems.size() == 1);
  CHECK(plain.problems[0].where.find("plain.mbox, byte ") != std::string::npos);
  // The mails behind it come in all the same, and each such line is told of with its place.
  const std::string first = head + "1@b>\n\nbefore\n\n";
  const std::string second = "From here on it is text\nafter\n\n";
  const std::string third = "From there on too\nfar after\n\n";
  const auto on = read_mails(folder.file(
      "on.mbox", first + second + third + head + "2@b>\n\nanother\n\n" + second + head + "3@b>\n\nlast\n"));
  REQUIRE(on.items.size() == 3);
  CHECK(on.items[0].text == "before");
  CHECK(on.items[1].text == "another");
  CHECK(on.items[2].text == "last");
  REQUIRE(on.problems.size() == 3);
  CHECK(on.problems[0].where.ends_with(fmt::format("on.mbox, byte {}", first.size())));
  CHECK(on.problems[1].where.ends_with(fmt::format("on.mbox, byte {}", first.size() + second.size())));
  // One that lies across the blocks in which the file is read.
  for (std::size_t pad = 65'500; pad < 65'560; pad += 3) {
    const auto far = read_mails(
        folder.file("far.mbox", "From nobody\n" + std::string(pad, 'x') + "\n" + head + "1@b>\n\nfound\n"));
    CHECK(far.items.size() == 1);
  }
}

TEST_CASE("files that are no mbox end in a few problems, whatever is in them") {
  const Folder folder;
  SeededRandom random(8);
  for (int i = 0; i < 60; ++i) {
    std::string text = random.chance(50) ? "From a@b Thu Jan  1 00:00:00 2020\n" : "";
    for (std::size_t n = random.below(4000); n > 0; --n)
      text += random.chance(5) ? '\n' : static_cast<char>(random.number());
    const All all = read_mails(folder.file("x.mbox", text));
    CHECK(all.items.size() + all.problems.size() < 300);
  }
  const All empty = read_mails(folder.file("empty.mbox", ""));
  CHECK(empty.items.empty());
}

TEST_CASE("what was imported once is skipped, and answers find their place over several runs") {
  Target at;
  const Folder folder;
  const auto mail = [](const std::string& id, const std::string& above) {
    return "From a@b Thu Jan  1 00:00:00 2020\nFrom: A <a@b>\nSubject: S\nMessage-ID: <" + id + ">\n" +
           (above.empty() ? "" : "In-Reply-To: <" + above + ">\n") + "\ntext " + id + "\n\n";
  };
  const auto import = [&](const std::string& text) {
    auto source = mail_source(folder.file("l.mbox", text), "list");
    return at.import(**source);
  };
  const auto first =
      import(mail("1", "") + mail("2", "1") + mail("3", "2") + mail("4", "gone") + mail("1", ""));
  CHECK(first.imported == 4);
  // Mails that answer each other, or themselves, hold nothing up.
  CHECK(import(mail("a", "b") + mail("b", "a") + mail("c", "c")).imported == 3);
  CHECK(first.skipped == 1);
  const auto again =
      import(mail("1", "") + mail("2", "1") + mail("3", "2") + mail("4", "gone") + mail("5", "3"));
  CHECK(again.imported == 1);
  CHECK(again.skipped == 4);
  const auto list = at.health.list(at.space);
  REQUIRE(list->posts.size() == 4);
  const auto thread = at.health.thread(parse_entry_id(list->posts[3].id).value());
  CHECK(texts(*thread) == std::vector<std::string>{"text 1", "text 2", "text 3", "text 5"});
  CHECK(thread->posts[3].depth == 3);
  CHECK(thread->posts[0].origin_source == "list");
  CHECK(thread->posts[0].origin_author == "A");
  CHECK(thread->posts[0].author == "maria@health");
}

TEST_CASE("real archives come in whole, and a second time not at all") {
  const auto data = comity::test::data_dir();
  if (!data) {
    MESSAGE("skipped: no data");
    return;
  }
  const auto twice = [](const std::function<Result<std::unique_ptr<ImportSource>>()>& open) {
    Target at;
    auto source = open();
    REQUIRE(source.ok());
    const Counts first = at.import(**source);
    source = open();
    const Counts second = at.import(**source);
    CHECK(second.imported == 0);
    CHECK(second.skipped >= first.imported);
    CHECK(second.failed == first.failed);
    return first;
  };
  const auto blog =
      twice([&] { return markdown_source((*data / "blog/18f/posts").string(), "18f.gsa.gov"); });
  MESSAGE("18f blog: imported ", blog.imported, ", failed ", blog.failed);
  CHECK(blog.imported + blog.failed == 504);
  CHECK(blog.failed <= 5);
  const auto list =
      twice([&] { return mail_source((*data / "forum/ksummit-2021-2022.mbox").string(), "ksummit"); });
  MESSAGE("ksummit: imported ", list.imported, ", skipped ", list.skipped, ", failed ", list.failed);
  CHECK(list.imported + list.skipped + list.failed == 745);
  CHECK(list.failed <= 20);
}

TEST_CASE("odd and broken mails are read or refused with a reason, one by one") {
  const auto data = comity::test::data_dir();
  if (!data) {
    MESSAGE("skipped: no data");
    return;
  }
  std::size_t read = 0;
  std::size_t refused = 0;
  for (const auto& entry : fs::recursive_directory_iterator(*data / "forum/mail-edge-cases")) {
    if (entry.path().extension() != ".eml") continue;
    const All all = read_mails(entry.path().string());
    for (const ImportItem& item : all.items) {
      CHECK(cleaned(item.text) == item.text);
      CHECK_FALSE(item.title.empty());
    }
    read += all.items.size();
    refused += all.problems.size();
  }
  MESSAGE("edge cases: read ", read, ", refused ", refused);
  CHECK(read > 20);
}

}  // namespace comity::community
