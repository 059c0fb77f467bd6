// SPDX-License-Identifier: EUPL-1.2
// A long thread, the people of a large agency, and an import.
#include <algorithm>
#include <fstream>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "tools/benchmark/community_parts.h"
#include "tools/benchmark/federation_parts.h"
#include "tools/benchmark/store_node.h"

namespace comity::benchmark {
namespace {

namespace json = boost::json;

constexpr double kMostMs = 5;
constexpr std::size_t kThread = 200;
constexpr std::size_t kRows = 100;
constexpr std::size_t kPeople = 10'000;
constexpr double kMostPeopleMs = 50;
constexpr std::uint64_t kMails = 30'000;
constexpr double kLeastItems = 3000;

/// As it stands in an mbox: a line of the text that begins like another mail is told apart (RFC 4155).
std::string quoted(std::string text) {
  for (std::size_t at = text.find("\nFrom "); at != std::string::npos; at = text.find("\nFrom ", at + 2))
    text.insert(at + 1, ">");
  if (text.starts_with("From ")) text.insert(0, ">");
  return text;
}

}  // namespace

void measure_thread(Report& report, Town& town) {
  Control control = town.agency.control();
  Draw random(21);
  Prose prose(22);
  const std::string space = town.spaces.front();
  const auto person = [&] { return town.people[random.below(town.people.size())]; };
  const auto begun = must(control.ask(
      "post", {{"as", person()}, {"space", space}, {"title", "A long thread"}, {"text", prose.text(400)}}));
  std::vector<std::string> ids{std::string(begun.at("id").as_string())};
  while (ids.size() < kThread) {
    const auto answered = must(control.ask(
        "reply", {{"as", person()}, {"id", ids[random.below(ids.size())]}, {"text", prose.text(400)}}));
    ids.emplace_back(answered.at("id").as_string());
    report.doing("replies", ids.size(), kThread);
  }
  wait_until("the thread is whole", [&] {
    const auto last = must(control.ask("thread", {{"id", ids.back()}, {"limit", kRows}}));
    return !last.at("next").as_string().empty();
  });
  std::vector<double> first;
  std::vector<double> whole;
  for (std::size_t i = 0; i < town.size.looks; ++i) {
    json::object asked{{"id", ids.front()}, {"limit", kRows}, {"as", person()}};
    const Tick start = std::chrono::steady_clock::now();
    // Only the place of the next page is read of the answer, as a page would.
    const std::string_view page = must(control.exchange(Control::request("thread", json::serialize(asked))));
    const Tick middle = std::chrono::steady_clock::now();
    constexpr std::string_view kNext = "\"next\":\"";
    const std::size_t at = page.rfind(kNext) + kNext.size();
    asked["after"] = std::string(page.substr(at, page.find('"', at) - at));
    must(control.exchange(Control::request("thread", json::serialize(asked))));
    first.push_back(seconds_between(start, middle) * 1e3);
    whole.push_back(seconds_between(start, std::chrono::steady_clock::now()) * 1e3);
  }
  add_times(report, fmt::format("thread of {}, its first {}", kThread, kRows), first, kMostMs,
            "through the control socket");
  add_times(report, fmt::format("thread of {}, both pages", kThread), whole, kMostMs,
            "two requests, one after the other");
}

void measure_people(Report& report, Town& town) {
  Control control = town.agency.control();
  constexpr const char* kSkills[] = {"law",       "budgets", "harbours", "statistics", "procurement",
                                     "mediation", "health",  "roads",    "archives",   "translation"};
  Draw random(31);
  std::size_t count = town.people.size();
  for (; count < kPeople; ++count) {
    if (town.size.again) continue;
    must(control.ask("user/add",
                     {{"handle", fmt::format("q{}", count)},
                      {"name", fmt::format("Given{} Family{}", random.below(500), random.below(3000))},
                      {"unit", fmt::format("Unit {}", random.below(200))},
                      {"skills", json::array{kSkills[random.below(10)], kSkills[random.below(10)]}}}));
    report.doing("people", count, kPeople);
  }
  const auto times = [&](const std::function<json::object()>& query) {
    std::vector<std::string> requests;
    for (std::size_t i = 0; i < town.size.looks / 5 + 1; ++i)
      requests.push_back(Control::request("people/search", json::serialize(query())));
    return times_of(control, requests);
  };
  const std::string note = fmt::format("{} people of one agency", count);
  add_times(report, "people by skill", times([&] {
              return json::object{{"skill", kSkills[random.below(10)]}, {"limit", 20}};
            }),
            kMostPeopleMs, note);
  add_times(report, "people by name", times([&] {
              return json::object{{"query", fmt::format("family{}", random.below(3000))}, {"limit", 20}};
            }),
            kMostPeopleMs, note);
}

void measure_import(Report& report, Town& town) {
  Control control = town.agency.control();
  Prose prose(41);
  Draw random(42);
  const auto path = town.agency.directory().parent_path() / "import.mbox";
  {
    std::ofstream out(path);
    for (std::uint64_t i = 0; i < kMails; ++i) {
      out << "From somebody@example.org Mon Jan  5 09:00:00 2026\n"
          << fmt::format("From: Person {} <p{}@example.org>\n", random.below(300), i)
          << "Date: Mon, 05 Jan 2026 09:00:00 +0000\n"
          << fmt::format("Message-ID: <m{}@example.org>\n", i);
      // Three of four answer something that came shortly before.
      if (i > 0 && random.below(4) != 0)
        out << fmt::format("In-Reply-To: <m{}@example.org>\n",
                           i - 1 - random.below(std::min<std::uint64_t>(i, 50)));
      out << "Subject: " << prose.title() << "\n\n" << quoted(prose.body()) << "\n\n";
    }
  }
  // One of its own for each run.
  const std::string slug = fmt::format("imported-{}", ::getpid());
  must(control.ask("space/create", {{"slug", slug}, {"title", "Imported"}, {"kind", "inside"}}));
  const double before = processor_seconds(town.agency.daemon().process());
  const Tick begun = std::chrono::steady_clock::now();
  const auto answer = must(control.ask("import/mbox", {{"path", path.string()},
                                                       {"space", slug},
                                                       {"as", town.people.front()},
                                                       {"source", "list.example.org"}}));
  const double took = seconds_between(begun, std::chrono::steady_clock::now());
  const double processor = processor_seconds(town.agency.daemon().process()) - before;
  const auto imported = answer.at("imported").to_number<std::uint64_t>();
  if (imported != kMails) {
    fmt::print(stderr, "imported {} of {}: {}\n", imported, kMails, json::serialize(answer));
    std::exit(1);
  }
  report.add({.name = "import of an mbox",
              .value = static_cast<double>(imported) / took,
              .unit = "items/s",
              .note = fmt::format("{} mails in threads; {:.0f} us of processor each, all threads of the node",
                                  kMails, processor * 1e6 / static_cast<double>(imported)),
              .must = kLeastItems,
              .better = Figure::Better::kMore});
  std::filesystem::remove(path);
}

}  // namespace comity::benchmark
