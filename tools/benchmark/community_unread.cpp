// SPDX-License-Identifier: EUPL-1.2
// How much somebody has not read, over all spaces; and a list that says it of each discussion.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "tools/benchmark/community_parts.h"
#include "tools/benchmark/store_node.h"

namespace comity::benchmark {
namespace {

namespace json = boost::json;

constexpr double kMostMs = 5;
constexpr std::size_t kPeople = 10;
constexpr std::size_t kThreadsRead = 20;  // of each person

std::string request_of(const std::string& command, json::object arguments) {
  return Control::request(command, json::serialize(arguments));
}

std::vector<std::string> repeated(const std::vector<std::string>& requests, std::size_t count) {
  std::vector<std::string> out;
  while (!requests.empty() && out.size() < count)
    out.push_back(requests[out.size() % requests.size()]);
  return out;
}

}  // namespace

void measure_unread(Report& report, Town& town) {
  Control control = town.agency.control();
  Draw random(5);
  std::vector<std::string> counts;
  std::vector<std::string> lists;
  for (std::size_t i = 0; i < kPeople; ++i) {
    const std::string& who = town.people[i % town.people.size()];
    counts.push_back(request_of("unread", {{"as", who}}));
    lists.push_back(request_of(
        "list", {{"as", who}, {"space", town.spaces[random.below(town.spaces.size())]}, {"limit", 50}}));
  }
  const std::string over = fmt::format("unread over {} spaces", town.spaces.size());
  add_times(report, over + ", nothing read yet", times_of(control, repeated(counts, town.size.looks)),
            kMostMs, "through the control socket");
  for (std::size_t i = 0; i < kPeople; ++i) {
    const std::string& who = town.people[i % town.people.size()];
    for (std::size_t n = 0; n < kThreadsRead; ++n) {
      const std::string& space = town.spaces[random.below(town.spaces.size())];
      const auto page = must(control.ask("list", {{"as", who}, {"space", space}, {"limit", 1}}));
      const json::array& rows = page.at("entries").as_array();
      if (rows.empty()) continue;
      must(control.ask("read", {{"as", who}, {"what", rows[0].at("id").as_string()}}));
      if (n % 4 == 0) must(control.ask("read", {{"as", who}, {"what", space}}));
    }
  }
  add_times(report, over + ", some of it read", times_of(control, repeated(counts, town.size.looks)), kMostMs,
            "through the control socket");
  add_times(report, "list of 50 discussions with what is unread",
            times_of(control, repeated(lists, town.size.looks)), 2 * kMostMs, "through the control socket");
}

}  // namespace comity::benchmark
