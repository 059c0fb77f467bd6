// SPDX-License-Identifier: EUPL-1.2
#include "node/config/problem.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace comity::config {
namespace {

// Nobody reads further before correcting these; a hostile file could otherwise ask for one a byte.
constexpr std::size_t kMostProblems = 100;

}  // namespace

proto::Error to_error(std::string_view file, const Problem& problem) {
  std::string where(file);
  if (problem.at.line != 0) where += fmt::format(":{}:{}", problem.at.line, problem.at.column);
  return {problem.code, where + ": " + problem.detail};
}

void put_in_order(std::vector<Problem>& problems) {
  const auto place = [](const Problem& problem) { return std::pair(problem.at.line, problem.at.column); };
  std::ranges::stable_sort(problems, {}, place);
  if (problems.size() <= kMostProblems) return;
  const std::size_t more = problems.size() - kMostProblems;
  problems.resize(kMostProblems);
  problems.push_back(
      {problems.back().at, proto::Code::kConfigMore, fmt::format("{} more from here on", more)});
}

}  // namespace comity::config
