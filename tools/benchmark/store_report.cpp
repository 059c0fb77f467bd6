// SPDX-License-Identifier: EUPL-1.2
#include "tools/benchmark/store_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <unistd.h>

namespace comity::benchmark {
namespace {

double seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

clockid_t clock_of(Counted counted) {
  return counted == Counted::kThread ? CLOCK_THREAD_CPUTIME_ID : CLOCK_PROCESS_CPUTIME_ID;
}

std::string number(double value) {
  const double size = std::fabs(value);
  if (size >= 100'000) return fmt::format("{:.0f}", value);
  if (size >= 100) return fmt::format("{:.0f}", value);
  return size >= 10 ? fmt::format("{:.1f}", value) : fmt::format("{:.2f}", value);
}

std::string bound(const std::optional<double>& value) {
  return value ? number(*value) : std::string("-");
}

}  // namespace

Report::Report(std::string benchmark, bool json)
    : benchmark_(std::move(benchmark)), json_(json), terminal_(::isatty(STDERR_FILENO) == 1) {}

void Report::clear_line() {
  if (line_shown_) std::fputs("\r\033[K", stderr);
  line_shown_ = false;
}

void Report::heading(const std::string& text) {
  clear_line();
  if (json_) return;
  fmt::print("\n{}\n{:<46} {:>11} {:<10} {:>8} {:>8} {:>8}\n", text, "", "figure", "", "must", "aim",
             "of must");
  std::fflush(stdout);
}

void Report::add(Figure figure) {
  clear_line();
  if (!json_) {
    const char* const verdict =
        figure.misses(figure.must) ? "MISSED  " : (figure.misses(figure.aim) ? "below aim  " : "");
    fmt::print("{:<46} {:>11} {:<10} {:>8} {:>8} {:>8}  {}{}\n", figure.name, number(figure.value),
               figure.unit, bound(figure.must), bound(figure.aim), bound(figure.ratio()), verdict,
               figure.note);
    std::fflush(stdout);
  }
  figures_.push_back(std::move(figure));
}

void Report::doing(const std::string& what, std::uint64_t done, std::uint64_t of) {
  if (!terminal_) return;
  clear_line();
  const std::string text = of == 0 ? what + " …" : fmt::format("{} {} of {}", what, done, of);
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
  line_shown_ = true;
}

void Report::end() {
  clear_line();
  if (!json_) return;
  boost::json::array all;
  for (const Figure& figure : figures_) {
    boost::json::object row{{"name", figure.name}, {"value", figure.value}, {"unit", figure.unit}};
    if (!figure.note.empty()) row["note"] = figure.note;
    if (figure.must) row["must"] = *figure.must;
    if (figure.aim) row["aim"] = *figure.aim;
    if (const auto ratio = figure.ratio()) row["ratio"] = *ratio;
    if (figure.must || figure.aim) {
      row["better"] = figure.better == Figure::Better::kMore ? "more" : "less";
      row["kept"] = !figure.misses(figure.must);
    }
    all.push_back(std::move(row));
  }
  fmt::print("{}\n",
             boost::json::serialize(boost::json::object{{"benchmark", benchmark_}, {"figures", all}}));
}

Stopwatch::Stopwatch(Counted counted)
    : counted_(counted), wall_(seconds(CLOCK_MONOTONIC)), processor_(seconds(clock_of(counted))) {}

double Stopwatch::wall() const {
  return seconds(CLOCK_MONOTONIC) - wall_;
}

double Stopwatch::processor() const {
  return seconds(clock_of(counted_)) - processor_;
}

Cost cost_of(std::size_t entries, const std::function<void()>& work, Counted counted) {
  const Stopwatch watch(counted);
  work();
  return {entries, watch.wall(), watch.processor()};
}

double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace comity::benchmark
