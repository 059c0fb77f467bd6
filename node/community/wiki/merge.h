// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proto/ids.h"
#include "proto/result.h"

namespace comity::community::wiki {

/// Number of this algorithm, which every revision states. Another result for any input needs another number:
/// test/golden/wiki1 pins them.
inline constexpr std::uint32_t kMergeAlgorithm = 1;
/// A text of more lines is set beside the others whole.
inline constexpr std::size_t kMostMergedLines = 20'000;

/// One version of what is in dispute.
struct Side {
  std::vector<proto::EntryId> heads{};  ///< whose version it is, in the order of the fold
  std::string text{};                   ///< whole lines; empty: they were removed

  friend bool operator==(const Side&, const Side&) = default;
};

/// A stretch of a page: text that stands, or a conflict of two sides and more.
struct Block {
  std::string text{};         ///< empty in a conflict
  std::vector<Side> sides{};  ///< empty where the text stands

  [[nodiscard]] bool conflict() const noexcept { return !sides.empty(); }
  friend bool operator==(const Block&, const Block&) = default;
};

/// A text in which conflicts may stand. No two neighbours are both text.
struct Merged {
  std::vector<Block> blocks{};
  std::vector<proto::EntryId> heads{};  ///< what was folded into it

  [[nodiscard]] bool conflict() const noexcept;
  friend bool operator==(const Merged&, const Merged&) = default;
};

/// The text of one head.
[[nodiscard]] Merged merged_of(const proto::EntryId& head, std::string text);

/// Folds the text of `head` into `ours`, both made from `base`. Changes of one side are taken, equal changes
/// once; where both changed the same or neighbouring lines, the same is tried word by word, and what cannot
/// be joined becomes a conflict of whole lines. A conflict that the head leaves alone stays as it is. Pure;
/// any thread. Error: that of hunks().
[[nodiscard]] proto::Result<Merged> fold(std::string_view base, const Merged& ours,
                                         const proto::EntryId& head, std::string_view theirs);

/// Lines with their line feeds; the last one may be without.
[[nodiscard]] std::vector<std::string_view> split_lines(std::string_view text);
/// Words: runs of letters and digits (all bytes above 7F count as letters), runs of blanks, and single other
/// characters.
[[nodiscard]] std::vector<std::string_view> split_words(std::string_view text);

}  // namespace comity::community::wiki
