// SPDX-License-Identifier: EUPL-1.2
// kill -9 of the receiver in mid-stream.
#include <unordered_map>

#include <fmt/format.h>
#include <signal.h>

#include "tools/benchmark/federation_parts.h"
#include "tools/benchmark/store_node.h"

namespace comity::benchmark {
namespace {

namespace json = boost::json;

constexpr std::size_t kKills = 3;
constexpr int kPatienceSeconds = 20;  // for the lists to show what is on disk

/// How often each id and each title stands in the space, at this agency.
struct Listed {
  std::unordered_map<std::string, int> ids;
  std::unordered_map<std::string, int> titles;
};

Listed list_of(const Agency& at) {
  Listed out;
  Control control = at.control();
  std::string after;
  do {
    const json::object page =
        must(control.ask("list", {{"space", kForum}, {"limit", 100}, {"after", after}}));
    for (const json::value& row : page.at("entries").as_array()) {
      ++out.ids[std::string(row.at("id").as_string())];
      ++out.titles[std::string(row.at("title").as_string())];
    }
    after = std::string(page.at("next").as_string());
  } while (!after.empty());
  return out;
}

std::uint64_t entries_at(const Agency& at) {
  Control control = at.control();
  return must(control.ask("status", {})).at("entries").to_number<std::uint64_t>();
}

}  // namespace

void measure_crash(Report& report, const std::filesystem::path& workplace, const FederationEffort& effort) {
  report.heading(fmt::format("The receiver is killed {} times in mid-stream", kKills));
  Pair pair(workplace);
  open_space(*pair.a, *pair.b, kForum, true);
  const std::uint64_t posts = effort.crash / kBatch * kBatch;
  const PostStock stock(kForum, pair.a->name(), posts / kBatch, kBatch, 76);
  const std::uint64_t before = entries_at(*pair.b);
  Poster poster(*pair.a, stock, kConnections, posts);
  std::string seen;
  for (std::size_t kill = 1; kill <= kKills; ++kill) {
    report.doing("kills", kill, kKills);
    const std::uint64_t due = before + posts * kill / (kKills + 1);
    wait_until("the stream is under way", [&] { return entries_at(*pair.b) >= due; });
    seen += fmt::format("{}{}", seen.empty() ? "" : ", ", entries_at(*pair.b) - before);
    pair.b->daemon().end(SIGKILL);
    pair.b->start();
  }
  poster.finish();
  Control control = pair.a->control();
  wait_until("all is acknowledged", [&] { return outbox(control, pair.b->name()) == 0; });
  Listed listed = list_of(*pair.b);
  for (int second = 0; second < kPatienceSeconds && listed.ids.size() < posts; ++second) {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    listed = list_of(*pair.b);
  }
  std::uint64_t lost = 0;
  for (const std::string& id : poster.ids())
    lost += listed.ids.contains(id) ? 0 : 1;
  std::uint64_t twice = listed.ids.size() - listed.titles.size();
  for (const auto& [id, times] : listed.ids)
    twice += times > 1 ? 1 : 0;
  report.add({.name = fmt::format("of {} acknowledged posts lost", poster.ids().size()),
              .value = static_cast<double>(lost),
              .note = "killed after " + seen + " posts; nothing but its start was done by hand",
              .must = 0});
  report.add({.name = "there twice", .value = static_cast<double>(twice), .must = 0});
}

}  // namespace comity::benchmark
