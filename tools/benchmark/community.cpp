// SPDX-License-Identifier: EUPL-1.2
// One agency of a thousand people with a million entries: how long they wait for a page.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "crypto/secret.h"
#include "tools/benchmark/community_parts.h"
#include "tools/benchmark/federation_parts.h"
#include "tools/benchmark/store_node.h"
#include "tools/benchmark/suites.h"
#include "tools/benchmark/workplace.h"

namespace comity::benchmark {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::size_t kBatchPosts = 256;
constexpr std::size_t kTextBytes = 400;  // so that a million of them fit a small disk

struct Part {
  const char* name;
  const char* summary;
  void (*measure)(Report&, Town&);
};

constexpr Part kParts[] = {
    {"timeline", "updates and discussions of what somebody follows", measure_timeline},
    {"unread", "what somebody has not read, over all spaces", measure_unread},
    {"thread", "a discussion of 200 posts", measure_thread},
    {"search", "searches, and how soon a new post is found at 500 posts/s", measure_search},
    {"people", "people by name and skill among 10,000", measure_people},
    {"import", "an mbox of 30,000 mails", measure_import},
    {"wiki", "a page of a thousand revisions", measure_wiki},
};

struct Options {
  bool json = false;
  bool keep = false;
  fs::path directory;
  fs::path again;
  std::vector<std::string> only;
  CommunitySize size;
};

constexpr const char* kUsage =
    "usage: tools/bench community [--only PART]... [--entries N] [--people N] [--spaces N]\n"
    "                             [--directory DIR] [--keep | --again DIR] [--json]\n"
    "One real node, asked through its control socket.\n"
    "  --only PART      one of the parts below; may stand several times\n"
    "  --entries N      entries that it holds (default 1,000,000)\n"
    "  --people N       who wrote them (default 1,000)\n"
    "  --spaces N       where (default 500)\n"
    "  --directory DIR  where to write (default: a new one among the temporary files)\n"
    "  --keep           leave what was written there, and say where\n"
    "  --again DIR      ask what an earlier run of the same size left there, and leave it again\n"
    "  --json           print one JSON object instead of the table\n"
    "parts:\n";

constexpr const char* kExamples =
    "examples:\n"
    "  tools/bench community\n"
    "  tools/bench community --only timeline --entries 100000\n";

void print_usage(std::FILE* out) {
  fmt::print(out, "{}", kUsage);
  for (const Part& part : kParts)
    fmt::print(out, "  {:<16} {}\n", part.name, part.summary);
  fmt::print(out, "{}", kExamples);
}

template <class Number>
bool read_number(const std::string& text, Number& out) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() && out > 0;
}

bool read_options(const std::vector<std::string>& arguments, Options& options) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--json" || argument == "--keep") {
      (argument == "--json" ? options.json : options.keep) = true;
      continue;
    }
    if (i + 1 == arguments.size()) return false;
    const std::string& value = arguments[++i];
    const bool is_part = std::any_of(std::begin(kParts), std::end(kParts),
                                     [&](const Part& part) { return part.name == value; });
    if (argument == "--directory") {
      options.directory = value;
    } else if (argument == "--again" && fs::exists(value)) {
      options.again = fs::absolute(value);
      options.size.again = true;
    } else if (argument == "--only" && is_part) {
      options.only.push_back(value);
    } else if (argument == "--entries" && read_number(value, options.size.entries)) {
    } else if (argument == "--people" && read_number(value, options.size.people)) {
    } else if (argument == "--spaces" && read_number(value, options.size.spaces)) {
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

Town::Town(Report& report, const fs::path& workplace, const CommunitySize& how_large)
    : size(how_large), agency(workplace, "alpha") {
  Control control = agency.control();
  for (std::size_t i = 0; i < size.people; ++i) {
    people.push_back(fmt::format("p{}", i));
    if (size.again) continue;
    must(control.ask("user/add", {{"handle", people.back()}, {"name", people.back()}}));
  }
  for (std::size_t i = 0; i < size.spaces; ++i) {
    spaces.push_back(fmt::format("s{}", i));
    if (size.again) continue;
    must(
        control.ask("space/create", {{"slug", spaces.back()}, {"title", spaces.back()}, {"kind", "inside"}}));
  }
  if (size.again) return;
  Prose prose(11);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 1000; ++i)
    texts.push_back(prose.text(kTextBytes));
  Draw random(5);
  std::string last;
  for (std::uint64_t done = 0; done < size.entries;) {
    json::array posts;
    for (std::size_t i = 0; i < kBatchPosts && done < size.entries; ++i, ++done)
      posts.push_back(json::object{{"as", people[random.below(people.size())]},
                                   {"space", spaces[random.below(spaces.size())]},
                                   {"title", fmt::format("{} {}", done, prose.title())},
                                   {"text", texts[random.below(texts.size())]}});
    const auto answer = must(control.ask("post/batch", {{"posts", std::move(posts)}}));
    last = answer.at("results").as_array().back().at("id").as_string();
    report.doing("entries", done, size.entries);
  }
  // The newest entry is in its list once everything has been followed.
  wait_until("the projections have followed", [&] {
    const auto shown = must(control.ask("show", {{"id", last}}));
    const auto list = must(control.ask("list", {{"space", shown.at("space")}, {"limit", 1}}));
    return list.at("entries").as_array().front().at("id").as_string() == last;
  });
}

std::vector<double> times_of(Control& control, const std::vector<std::string>& requests) {
  std::vector<double> times;
  for (const std::string& request : requests) {
    const Tick begun = std::chrono::steady_clock::now();
    must(control.exchange(request));
    times.push_back(seconds_between(begun, std::chrono::steady_clock::now()) * 1e3);
  }
  return times;
}

void add_times(Report& report, const std::string& what, const std::vector<double>& times, double most_ms,
               const std::string& note) {
  report.add({.name = what + ", p50", .value = median_of(times), .unit = "ms", .note = note});
  report.add({.name = what + ", p99", .value = percentile_of(times, 0.99), .unit = "ms", .must = most_ms});
}

int run_community(const std::vector<std::string>& arguments) {
  Options options;
  if (arguments.size() == 1 && (arguments[0] == "--help" || arguments[0] == "-h")) {
    print_usage(stdout);
    return 0;
  }
  if (!read_options(arguments, options)) {
    print_usage(stderr);
    return 2;
  }
  crypto::init_sodium();
  Report report("community", options.json);
  std::optional<Workplace> workplace;
  if (options.again.empty()) workplace.emplace(options.directory, options.keep);
  const fs::path& place = workplace ? workplace->path() : options.again;
  if (options.keep) fmt::print(stderr, "kept in {}\n", place.string());
  Town town(report, place, options.size);
  const Tick filled = std::chrono::steady_clock::now();
  // Pages are asked for at rest: what follows goes on beside them for a while.
  const auto& only = options.only;
  if (only.empty() || std::find(only.begin(), only.end(), "search") != only.end())
    wait_for_index(report, town);
  town.index_behind = seconds_between(filled, std::chrono::steady_clock::now());
  report.heading(fmt::format("{} entries by {} people in {} spaces", options.size.entries,
                             options.size.people, options.size.spaces));
  for (const Part& part : kParts) {
    const bool wanted = options.only.empty() ||
                        std::find(options.only.begin(), options.only.end(), part.name) != options.only.end();
    if (wanted) part.measure(report, town);
  }
  report.end();
  return 0;
}

}  // namespace comity::benchmark
