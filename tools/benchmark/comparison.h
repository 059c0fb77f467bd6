// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <string>
#include <vector>

/// Measurements of one operation of ours against another that does the same work, as ratios within one run:
/// absolute times of a shared machine mean little from one hour to the next.
namespace comity::benchmark {

/// Does the operation `times` times in a row. The loop is inside, so that calling it costs nothing per
/// operation.
using Work = std::function<void(std::size_t times)>;

/// What is compared. Both works finish with the same result and change nothing that the other sees.
struct Comparison {
  std::string name;
  std::size_t bytes = 0;  ///< of payload per operation; 0 where a rate in bytes means nothing
  std::string against;    ///< whose operation `theirs` is
  double most_ratio = 0;  ///< our time divided by theirs should not exceed this
  Work ours;
  Work theirs;
};

struct Measured {
  double our_nanoseconds = 0;    ///< median time of one operation
  double their_nanoseconds = 0;  ///< the same
  double ratio = 0;              ///< median over the rounds of ours divided by theirs
};

/// How long and how often to measure.
struct Effort {
  std::size_t rounds = 101;       ///< each times both works once, in alternating order
  double round_milliseconds = 1;  ///< of each work in each round: short, so that both meet the same weather
};

/// Times both works by the processor time of this thread, interleaved, so that what slows the machine slows
/// both.
[[nodiscard]] Measured measure(const Comparison& comparison, const Effort& effort);

/// The common shape of the subcommands that compare: reads `--json`, `--rounds N`, `--only WORD` and `--help`
/// from `arguments`, measures, prints a table or JSON. Returns the exit status.
[[nodiscard]] int run_comparisons(const std::string& subcommand, const std::vector<std::string>& arguments,
                                  const std::vector<Comparison>& comparisons);

/// Keeps the compiler from leaving out work whose result nobody reads.
template <class T>
inline void keep(const T& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

}  // namespace comity::benchmark
