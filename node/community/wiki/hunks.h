// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "proto/result.h"

namespace comity::community::wiki {

/// Stands for a line, a word or a block: equal numbers are equal pieces.
using Token = std::uint32_t;

/// Pieces [old_begin, old_end) were replaced by [new_begin, new_end); either may be empty, not both.
struct Hunk {
  std::size_t old_begin = 0;
  std::size_t old_end = 0;
  std::size_t new_begin = 0;
  std::size_t new_end = 0;

  friend bool operator==(const Hunk&, const Hunk&) = default;
};

/// What turns `before` into `after`, ascending and with equal pieces between any two hunks. The pieces are
/// handed to libgit2 as one number a line, so that neither line ends nor attributes nor bytes of the text
/// decide anything. Pure; any thread. Error kFileUnusable when libgit2 has no memory.
[[nodiscard]] proto::Result<std::vector<Hunk>> hunks(std::span<const Token> before,
                                                     std::span<const Token> after);

}  // namespace comity::community::wiki
