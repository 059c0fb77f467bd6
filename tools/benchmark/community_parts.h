// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <vector>

#include "tools/benchmark/agencies.h"
#include "tools/benchmark/store_report.h"

namespace comity::benchmark {

/// Which one of several: the same draws in each run.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : state_(seed) {}
  /// xorshift64* (Vigna 2016).
  [[nodiscard]] std::size_t below(std::size_t bound) {
    state_ ^= state_ >> 12U;
    state_ ^= state_ << 25U;
    state_ ^= state_ >> 27U;
    return static_cast<std::size_t>((state_ * 0x2545f4914f6cdd1dU) % bound);
  }

 private:
  std::uint64_t state_;
};

/// How large the agency is.
struct CommunitySize {
  std::uint64_t entries = 1'000'000;
  std::size_t people = 1000;
  std::size_t spaces = 500;
  std::size_t looks = 500;  ///< how often a page is asked for
  bool again = false;       ///< what an earlier run left in its folder is asked once more
};

/// One agency full of entries, in the order of time, each by somebody somewhere; its projections have
/// followed.
struct Town {
  Town(Report& report, const std::filesystem::path& workplace, const CommunitySize& how_large);

  CommunitySize size;
  Agency agency;
  std::vector<std::string> people{};  ///< sign-in names
  std::vector<std::string> spaces{};  ///< slugs
  double index_behind = 0;            ///< how long after the filling the index had followed, in seconds
};

/// Time of one request after another, in ms, answers read whole.
[[nodiscard]] std::vector<double> times_of(Control& control, const std::vector<std::string>& requests);
/// Adds the median and the 99th percentile, which must stay below `most_ms`.
void add_times(Report& report, const std::string& what, const std::vector<double>& times, double most_ms,
               const std::string& note);

/// Until the newest entry of the filling is found.
void wait_for_index(Report& report, Town& town);

// Each part adds its rows.
void measure_thread(Report& report, Town& town);
void measure_search(Report& report, Town& town);
void measure_people(Report& report, Town& town);
void measure_import(Report& report, Town& town);
void measure_unread(Report& report, Town& town);
void measure_timeline(Report& report, Town& town);
void measure_wiki(Report& report, Town& town);

}  // namespace comity::benchmark
