// SPDX-License-Identifier: EUPL-1.2
// How fast posts of one agency become readable at another.
#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "tools/benchmark/federation_parts.h"
#include "tools/benchmark/store_limits.h"
#include "tools/benchmark/store_node.h"

namespace comity::benchmark {
namespace {

namespace json = boost::json;
using Better = Figure::Better;

constexpr std::size_t kWarm = 50;
constexpr std::size_t kStockRequests = 40;
constexpr double kMostOverUs = 800;
constexpr double kAimOverUs = 300;
constexpr double kTailUs = 2000;

/// Processor time of both nodes and of this program since it was made.
class Processors {
 public:
  explicit Processors(Pair& pair) : pair_(pair), a_(thread_seconds(a())), b_(thread_seconds(b())) {}

  [[nodiscard]] std::string per_entry(std::uint64_t entries) const {
    return fmt::format("processor: A {}, B {}, this program {:.0f} us", of(a(), a_, entries),
                       of(b(), b_, entries), watch_.processor() * 1e6 / static_cast<double>(entries));
  }

 private:
  using Threads = std::map<std::string, double>;
  [[nodiscard]] pid_t a() const { return pair_.a->daemon().process(); }
  [[nodiscard]] pid_t b() const { return pair_.b->daemon().process(); }

  static std::string of(pid_t process, Threads before, std::uint64_t entries) {
    const double each = 1e6 / static_cast<double>(entries);
    double sum = 0;
    std::string parts;
    for (const auto& [name, seconds] : thread_seconds(process)) {
      const double us = (seconds - before[name]) * each;
      sum += us;
      if (us >= 0.5) parts += fmt::format("{}{} {:.0f}", parts.empty() ? "" : ", ", name, us);
    }
    return fmt::format("{:.0f} us ({})", sum, parts);
  }

  Pair& pair_;
  Threads a_;
  Threads b_;
  Stopwatch watch_;
};

}  // namespace

double percentile_of(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto at = static_cast<std::size_t>(part * static_cast<double>(values.size() - 1));
  return values[at];
}

void measure_latency(Report& report, const std::filesystem::path& workplace, const FederationEffort& effort) {
  report.heading("One post at a time: A to readable at B, on disk at both");
  report.doing("two agencies connect");
  Pair pair(workplace);
  open_space(*pair.a, *pair.b, kForum, true);
  const PostStock stock(kForum, pair.a->name(), kWarm + effort.singles, 1, 71);
  Subscriber subscriber(*pair.b, true);
  Control control = pair.a->control();
  SyncProbe probe(workplace);
  std::vector<double> syncs;
  std::vector<double> answers;
  std::vector<double> readable;
  for (std::size_t i = 0; i < kWarm + effort.singles; ++i) {
    report.doing("single posts", i, kWarm + effort.singles);
    const double sync = probe.once_us(4096);
    const Tick begun = std::chrono::steady_clock::now();
    const std::string_view answer = must(control.exchange(stock.request(i)));
    const Tick answered = std::chrono::steady_clock::now();
    if (each_id(answer, [](std::string_view) {}) != 1)
      give_up({proto::Code::kNodeBadAnswer, std::string(answer)});
    subscriber.wait_for(i + 1);
    if (i < kWarm) continue;
    syncs.push_back(sync);
    answers.push_back(seconds_between(begun, answered) * 1e6);
    readable.push_back(seconds_between(begun, subscriber.last()) * 1e6);
  }
  subscriber.stop();
  const double sync = median_of(syncs);
  report.add({.name = "one fdatasync of 4 KiB, in turns with the posts, p50",
              .value = sync,
              .unit = "us",
              .note = fmt::format("p99 {:.0f} us", percentile_of(syncs, 0.99))});
  report.add({.name = "acknowledged at A, p50",
              .value = median_of(answers),
              .unit = "us",
              .note = fmt::format("p99 {:.0f} us", percentile_of(answers, 0.99))});
  const double middle = median_of(readable);
  report.add({.name = "readable at B, p50",
              .value = middle,
              .unit = "us",
              .note = fmt::format("2 x one fdatasync + {:.0f} us", middle - 2 * sync),
              .must = 2 * sync + kMostOverUs,
              .aim = 2 * sync + kAimOverUs});
  report.add(
      {.name = "readable at B, p99", .value = percentile_of(readable, 0.99), .unit = "us", .aim = kTailUs});
}

void measure_stream(Report& report, const std::filesystem::path& workplace, const FederationEffort& effort) {
  report.heading("Sustained A to B: signed, sealed, fsynced, in thread and timeline");
  report.doing("two agencies connect");
  Pair pair(workplace);
  open_space(*pair.a, *pair.b, kForum, true);
  const PostStock stock(kForum, pair.a->name(), kStockRequests, kBatch, 72);
  const std::uint64_t posts = effort.posts / kBatch * kBatch;
  Subscriber subscriber(*pair.b, false);
  {
    Poster warm(*pair.a, stock, 1, 8 * kBatch);
    warm.finish();
    subscriber.wait_for(8 * kBatch);
  }
  report.doing("posts stream");
  const Processors processors(pair);
  const Tick begun = std::chrono::steady_clock::now();
  Poster poster(*pair.a, stock, kConnections, posts);
  poster.finish();
  const Tick acknowledged = std::chrono::steady_clock::now();
  subscriber.wait_for(8 * kBatch + posts);
  const double seconds = seconds_between(begun, subscriber.last());
  report.add({.name = fmt::format("{} posts, of {:.0f} B on average", posts, stock.mean_bytes()),
              .value = static_cast<double>(posts) / seconds,
              .unit = "1/s",
              .note = processors.per_entry(posts),
              .must = 5'000,
              .aim = 12'000,
              .better = Better::kMore});
  report.add({.name = "of these, acknowledged at A",
              .value = static_cast<double>(posts) / seconds_between(begun, acknowledged),
              .unit = "1/s"});
}

void measure_backfill(Report& report, const std::filesystem::path& workplace,
                      const FederationEffort& effort) {
  report.heading("A peer joins a space and takes its history");
  report.doing("two agencies connect");
  Pair pair(workplace);
  open_space(*pair.a, *pair.b, kForum, false);
  const PostStock stock(kForum, pair.a->name(), kStockRequests, kBatch, 73);
  const std::uint64_t posts = effort.history / kBatch * kBatch;
  report.doing("history is written");
  {
    Poster poster(*pair.a, stock, kConnections, posts);
    poster.finish();
  }
  Subscriber subscriber(*pair.b, false);
  Control control = pair.a->control();
  report.doing("history is taken in");
  const Processors processors(pair);
  const Tick begun = std::chrono::steady_clock::now();
  (void)must(control.ask("space/add", {{"space", kForum}, {"agency", pair.b->name()}}));
  wait_until("the history is to be sent", [&] { return outbox(control, pair.b->name()) > posts / 2; });
  // Its receiver acknowledges what it has verified and has on disk.
  wait_until("the history is acknowledged", [&] { return outbox(control, pair.b->name()) == 0; });
  const Tick verified = std::chrono::steady_clock::now();
  subscriber.wait_for(posts);
  report.add({.name = fmt::format("{} entries, until all are verified and on disk", posts),
              .value = static_cast<double>(posts) / seconds_between(begun, verified),
              .unit = "1/s",
              .note = processors.per_entry(posts),
              .must = 12'000,
              .aim = 20'000,
              .better = Better::kMore});
  report.add({.name = "until all are readable",
              .value = static_cast<double>(posts) / seconds_between(begun, subscriber.last()),
              .unit = "1/s"});
}

}  // namespace comity::benchmark
