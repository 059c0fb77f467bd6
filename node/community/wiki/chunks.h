// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/community/wiki/hunks.h"

namespace comity::community::wiki {

/// A stretch of three sequences that belong together (the diff3 of Khanna, Kunal and Pierce, 2007).
struct Chunk {
  enum class Kind : std::uint8_t {
    kSame,    ///< nobody changed it
    kOurs,    ///< we did
    kTheirs,  ///< they did
    kBoth,    ///< both did, whether alike or not
  };
  Kind kind = Kind::kSame;
  std::size_t base_begin = 0, base_end = 0;
  std::size_t our_begin = 0, our_end = 0;
  std::size_t their_begin = 0, their_end = 0;

  friend bool operator==(const Chunk&, const Chunk&) = default;
};

/// Sets two ways of changing one base beside each other, in order and without a gap. Hunks that overlap or
/// touch share a chunk. Pure.
[[nodiscard]] std::vector<Chunk> chunks(std::size_t base_size, std::span<const Hunk> ours,
                                        std::span<const Hunk> theirs);

}  // namespace comity::community::wiki
