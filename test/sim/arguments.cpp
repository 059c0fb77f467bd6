// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/arguments.h"

#include <charconv>
#include <string_view>

namespace comity::sim {
namespace {

constexpr std::uint64_t kMostJobs = 256;

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Arguments> parse_arguments(int count, char** words, Arguments arguments,
                                         std::size_t fewest_nodes, std::size_t most_nodes) {
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--verbose") {
      arguments.verbose = true;
      continue;
    }
    if (++i == count) return std::nullopt;
    const std::string_view text = words[i];
    if (word == "--seeds") {
      const std::size_t dots = text.find("..");
      if (dots == std::string_view::npos) return std::nullopt;
      const auto first = number(text.substr(0, dots));
      const auto last = number(text.substr(dots + 2));
      if (!first || !last || *first > *last) return std::nullopt;
      arguments.first = *first;
      arguments.last = *last;
      continue;
    }
    if (word == "--without") {
      arguments.without = text;
      continue;
    }
    const auto value = number(text);
    if (!value) return std::nullopt;
    if (word == "--seed") {
      arguments.first = arguments.last = *value;
    } else if (word == "--count" && *value > 0) {
      arguments.first = 1;
      arguments.last = *value;
    } else if (word == "--twice") {
      arguments.twice = *value;
    } else if (word == "--jobs" && *value <= kMostJobs) {
      arguments.jobs = *value;
    } else if (word == "--nodes" && *value >= fewest_nodes && *value <= most_nodes) {
      arguments.nodes = *value;
    } else {
      return std::nullopt;
    }
  }
  return arguments;
}

bool asks_for_help(int count, char** words) {
  for (int i = 1; i < count; ++i) {
    if (std::string_view(words[i]) == "--help" || std::string_view(words[i]) == "-h") return true;
  }
  return false;
}

}  // namespace comity::sim
