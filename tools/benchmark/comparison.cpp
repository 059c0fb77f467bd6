// SPDX-License-Identifier: EUPL-1.2
#include "tools/benchmark/comparison.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace comity::benchmark {
namespace {

struct Options {
  bool json = false;
  bool help = false;
  std::string only{};
  Effort effort{};
};

struct Row {
  const Comparison* comparison;
  Measured measured;
};

// Time on the processor instead of the wall: both works only compute, and what the machine does for others
// in between is not theirs.
double processor_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double nanoseconds(const Work& work, std::size_t times) {
  const double start = processor_nanoseconds();
  work(times);
  return processor_nanoseconds() - start;
}

// Enough repetitions that one round outlasts the clock's resolution and the caches are warm.
std::size_t repetitions(const Work& work, double wanted_nanoseconds) {
  work(1);  // a library's first call looks algorithms up
  std::size_t times = 1;
  for (;;) {
    const double took = nanoseconds(work, times);
    if (took >= wanted_nanoseconds / 4) {
      return std::max<std::size_t>(
          1, static_cast<std::size_t>(static_cast<double>(times) * wanted_nanoseconds / took));
    }
    times *= 2;
  }
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

double megabytes_per_second(std::size_t bytes, double nanoseconds_each) {
  return static_cast<double>(bytes) * 1000.0 / nanoseconds_each;
}

bool read_options(const std::vector<std::string>& arguments, Options& options) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const bool has_value = i + 1 < arguments.size();
    if (argument == "--json") {
      options.json = true;
    } else if (argument == "--help" || argument == "-h") {
      options.help = true;
    } else if (argument == "--only" && has_value) {
      options.only = arguments[++i];
    } else if (argument == "--rounds" && has_value) {
      const std::string& text = arguments[++i];
      const auto read = std::from_chars(text.data(), text.data() + text.size(), options.effort.rounds);
      if (read.ec != std::errc() || read.ptr != text.data() + text.size() || options.effort.rounds == 0)
        return false;
    } else {
      return false;
    }
  }
  return true;
}

std::string usage(const std::string& subcommand) {
  return fmt::format(
      "usage: tools/bench {0} [--json] [--only WORD] [--rounds N]\n"
      "  --json       print one JSON object instead of the table\n"
      "  --only WORD  only the operations whose name holds WORD\n"
      "  --rounds N   measure both sides N times in alternation (default {1}); medians are shown\n"
      "examples:\n"
      "  tools/bench {0}\n"
      "  tools/bench {0} --only sha256 --rounds 101\n",
      subcommand, Effort{}.rounds);
}

void print_heading() {
  fmt::print("{:<34} {:>12} {:>10} {:>12} {:>10} {:>7} {:>7}  {}\n", "operation", "ns/op", "MB/s",
             "theirs ns", "MB/s", "ratio", "target", "against");
}

void print_row(const Row& row) {
  const auto rate = [&](double each) {
    const std::size_t bytes = row.comparison->bytes;
    return bytes == 0 ? std::string("-") : fmt::format("{:.1f}", megabytes_per_second(bytes, each));
  };
  const Measured& measured = row.measured;
  fmt::print("{:<34} {:>12.1f} {:>10} {:>12.1f} {:>10} {:>7.3f} {:>7}  {}{}\n", row.comparison->name,
             measured.our_nanoseconds, rate(measured.our_nanoseconds), measured.their_nanoseconds,
             rate(measured.their_nanoseconds), measured.ratio,
             fmt::format("{:.2f}", row.comparison->most_ratio), row.comparison->against,
             measured.ratio > row.comparison->most_ratio ? "  MISSED" : "");
  std::fflush(stdout);
}

void print_json(const std::string& subcommand, const Options& options, const std::vector<Row>& rows) {
  boost::json::array operations;
  for (const Row& row : rows) {
    operations.push_back({{"name", row.comparison->name},
                          {"bytes", row.comparison->bytes},
                          {"against", row.comparison->against},
                          {"ns", row.measured.our_nanoseconds},
                          {"theirs_ns", row.measured.their_nanoseconds},
                          {"ratio", row.measured.ratio},
                          {"target", row.comparison->most_ratio}});
  }
  const boost::json::object all{
      {"benchmark", subcommand}, {"rounds", options.effort.rounds}, {"operations", operations}};
  fmt::print("{}\n", boost::json::serialize(all));
}

}  // namespace

Measured measure(const Comparison& comparison, const Effort& effort) {
  const double wanted = effort.round_milliseconds * 1e6;
  const std::size_t our_times = repetitions(comparison.ours, wanted);
  const std::size_t their_times = repetitions(comparison.theirs, wanted);
  std::vector<double> ours;
  std::vector<double> theirs;
  std::vector<double> ratios;
  for (std::size_t round = 0; round < effort.rounds; ++round) {
    // Who goes second finds a warmer processor: take turns.
    if (round % 2 == 0)
      ours.push_back(nanoseconds(comparison.ours, our_times) / static_cast<double>(our_times));
    theirs.push_back(nanoseconds(comparison.theirs, their_times) / static_cast<double>(their_times));
    if (round % 2 == 1)
      ours.push_back(nanoseconds(comparison.ours, our_times) / static_cast<double>(our_times));
    ratios.push_back(ours.back() / theirs.back());
  }
  return {median(ours), median(theirs), median(ratios)};
}

int run_comparisons(const std::string& subcommand, const std::vector<std::string>& arguments,
                    const std::vector<Comparison>& comparisons) {
  Options options;
  if (!read_options(arguments, options)) {
    fmt::print(stderr, "{}", usage(subcommand));
    return 2;
  }
  if (options.help) {
    fmt::print("{}", usage(subcommand));
    return 0;
  }
  std::vector<Row> rows;
  if (!options.json) print_heading();
  for (const Comparison& comparison : comparisons) {
    if (comparison.name.find(options.only) == std::string::npos) continue;
    rows.push_back({&comparison, measure(comparison, options.effort)});
    if (!options.json) print_row(rows.back());
  }
  if (options.json) print_json(subcommand, options, rows);
  return rows.empty() ? 2 : 0;
}

}  // namespace comity::benchmark
