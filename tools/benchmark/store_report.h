// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace comity::benchmark {

/// One figure of a benchmark, and what the budget says about it.
struct Figure {
  enum class Better { kMore, kLess };
  std::string name;
  double value = 0;
  std::string unit{};
  std::string note{};  ///< against what, under which conditions
  std::optional<double> must{};
  std::optional<double> aim{};
  Better better = Better::kLess;

  [[nodiscard]] bool misses(std::optional<double> bound) const {
    return bound && (better == Better::kMore ? value < *bound : value > *bound);
  }
  /// Measured divided by what must be reached; nothing where nothing must.
  [[nodiscard]] std::optional<double> ratio() const {
    return must && *must != 0 ? std::optional(value / *must) : std::nullopt;
  }
};

/// Prints figures as they come, or all of them as JSON at the end; shows on a terminal what is being done.
class Report {
 public:
  Report(std::string benchmark, bool json);
  void heading(const std::string& text);
  void add(Figure figure);
  /// What is being done, and how far it is.
  void doing(const std::string& what, std::uint64_t done = 0, std::uint64_t of = 0);
  void end();

 private:
  void clear_line();
  const std::string benchmark_;
  const bool json_;
  const bool terminal_;
  bool line_shown_ = false;
  std::vector<Figure> figures_;
};

/// Whose processor time counts: of the whole process, what goes on in the background included, or of the
/// calling thread alone.
enum class Counted { kProcess, kThread };

/// Wall-clock and processor time since it was made, in seconds.
class Stopwatch {
 public:
  explicit Stopwatch(Counted counted = Counted::kProcess);
  [[nodiscard]] double wall() const;
  [[nodiscard]] double processor() const;

 private:
  const Counted counted_;
  double wall_;
  double processor_;
};

/// What some work on `entries` took.
struct Cost {
  std::size_t entries = 0;
  double wall = 0;       ///< s
  double processor = 0;  ///< s

  [[nodiscard]] double rate() const { return static_cast<double>(entries) / wall; }
  [[nodiscard]] double processor_us() const { return processor * 1e6 / static_cast<double>(entries); }
  [[nodiscard]] double wall_us() const { return wall * 1e6 / static_cast<double>(entries); }
};
[[nodiscard]] Cost cost_of(std::size_t entries, const std::function<void()>& work,
                           Counted counted = Counted::kProcess);

[[nodiscard]] double median_of(std::vector<double> values);

}  // namespace comity::benchmark
