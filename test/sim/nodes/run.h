// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <optional>
#include <string>

#include "test/sim/nodes/checks.h"
#include "test/sim/nodes/hostile.h"

namespace comity::sim::nodes {

struct Settings {
  std::uint64_t seed = 1;
  std::size_t nodes = 0;                ///< 0: five to eight, by the seed
  std::optional<Plot> plot{};           ///< nothing: drawn by the seed
  std::string without{};                ///< what is not drawn, as for Plot::without()
  std::optional<Hostile::Deed> only{};  ///< all that the hostile agency does, and often
};

/// How one world went.
struct Outcome {
  std::optional<std::string> failure{};
  std::string last_events{};
  std::string weather{};
  std::string plot{};
  std::size_t nodes = 0;
  std::uint64_t hash = 0;
  std::uint64_t events = 0;
  std::array<std::uint64_t, static_cast<std::size_t>(Kind::kCount)> kinds{};
  runtime::Duration paired{};   ///< until all were ACTIVE
  runtime::Duration settled{};  ///< from the end of the bad weather until all agreed
  Checks::Compared compared{};
  std::uint64_t posts = 0;
  std::uint64_t withdrawn = 0;
  std::uint64_t spaces = 0;
  std::uint64_t restores = 0;
  std::uint64_t messages = 0;
  std::size_t found_at_members = 0;  ///< ids that the search found where they may be
  std::map<proto::Code, std::uint64_t> refused{};
  std::map<Hostile::Deed, std::uint64_t> deeds{};
};

/// Lives through one world: agencies peer, work in bad weather, and must agree when it is over.
[[nodiscard]] Outcome run(const Settings& settings);

}  // namespace comity::sim::nodes
