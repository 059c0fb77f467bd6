// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace comity::sim {

/// How a program of worlds is called: --seed N | --seeds A..B | --count N, --nodes N, --twice N, --jobs N,
/// --verbose.
struct Arguments {
  std::uint64_t first = 1;
  std::uint64_t last = 200;
  std::size_t nodes = 0;
  std::uint64_t twice = 1;  ///< every so many worlds runs again, and its trace must be the same; 0: none does
  std::string without{};    ///< what worlds leave out, in the words of the program
  std::size_t jobs =
      1;  ///< worlds at a time, each in a process of its own; 0: as many as there are processors
  bool verbose = false;
};

/// Reads the words of a command line over `defaults`; nothing for arguments that make no sense.
[[nodiscard]] std::optional<Arguments> parse_arguments(int count, char** words, Arguments defaults,
                                                       std::size_t fewest_nodes, std::size_t most_nodes);

/// Whether somebody asks for help.
[[nodiscard]] bool asks_for_help(int count, char** words);

}  // namespace comity::sim
