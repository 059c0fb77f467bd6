// SPDX-License-Identifier: EUPL-1.2
// A home timeline of 50 rows, its first page and later ones.
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "tools/benchmark/community_parts.h"
#include "tools/benchmark/store_node.h"

namespace comity::benchmark {
namespace {

namespace json = boost::json;

constexpr double kMostMs = 5;
constexpr std::size_t kRows = 50;
constexpr std::size_t kPagesDeep = 20;

std::string request_of(const std::string& who, const std::string& after = {}) {
  return Control::request("timeline",
                          json::serialize(json::object{{"as", who}, {"limit", kRows}, {"after", after}}));
}

void follow(Control& control, const std::string& who, const std::vector<std::string>& all, std::size_t count,
            const std::string& prefix, Draw& random) {
  const std::size_t first = random.below(all.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::string& one = all[(first + i) % all.size()];
    if (one != who) must(control.ask("follow", {{"as", who}, {"who", prefix + one}}));
  }
}

}  // namespace

void measure_timeline(Report& report, Town& town) {
  Control control = town.agency.control();
  Draw random(3);
  const std::size_t spaces = town.spaces.size();
  struct Taste {
    std::size_t people;
    std::size_t spaces;
  };
  std::size_t next = 0;
  for (const Taste& taste : {Taste{20, 10}, Taste{100, 50}, Taste{400, std::min<std::size_t>(500, spaces)}}) {
    // Ten people of each taste, one after the other.
    std::vector<std::string> first;
    std::vector<std::string> later;
    for (int i = 0; i < 10; ++i) {
      const std::string who = town.people[next++ % town.people.size()];
      follow(control, who, town.people, std::min(taste.people, town.people.size() - 1), "", random);
      follow(control, who, town.spaces, std::min(taste.spaces, spaces), "space:", random);
      first.push_back(request_of(who));
      std::string after;
      for (std::size_t page = 0; page < kPagesDeep; ++page) {
        const auto answer = must(control.ask("timeline", {{"as", who}, {"limit", kRows}, {"after", after}}));
        after = answer.at("next").as_string();
        if (after.empty()) break;
        later.push_back(request_of(who, after));
      }
    }
    const auto repeated = [&](const std::vector<std::string>& requests) {
      std::vector<std::string> out;
      while (!requests.empty() && out.size() < town.size.looks)
        out.push_back(requests[out.size() % requests.size()]);
      return out;
    };
    const std::string what = fmt::format("timeline of {} people and {} spaces", taste.people, taste.spaces);
    add_times(report, what + ", first page", times_of(control, repeated(first)), kMostMs,
              fmt::format("{} rows, through the control socket", kRows));
    if (!later.empty())
      add_times(report, what + ", later pages", times_of(control, repeated(later)), kMostMs,
                fmt::format("{} rows, up to {} pages down", kRows, kPagesDeep));
  }
}

}  // namespace comity::benchmark
