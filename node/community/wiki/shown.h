// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/community/wiki/merge.h"
#include "node/community/wiki/revisions.h"
#include "proto/bounds.h"

namespace comity::community::wiki {

/// As many heads as a revision can name as its parents: merging them makes room for the next.
inline constexpr std::size_t kMostFolded = proto::bounds::kParents;

/// The text of a usable revision.
using TextOf = std::function<Result<std::string>(const EntryId& revision)>;

/// A page as it is shown.
struct Shown {
  std::vector<EntryId> heads{};  ///< folded, by (hlc, id) ascending; empty: nothing of the page is usable
  std::size_t left_out = 0;      ///< older heads beyond kMostFolded
  Merged merged{};

  /// People have to look: versions contradict each other, or there are more than can be set beside each
  /// other.
  [[nodiscard]] bool needs_merge() const noexcept { return left_out > 0 || merged.conflict(); }
};

/// The shown text as a pure function of the graph (DESIGN 5.13): the newest heads by (hlc, id) ascending,
/// folded by three-way merge against the greatest common ancestor. One head is shown as it is; several are
/// compared with a line feed behind their last line. Errors: those of the functions.
[[nodiscard]] Result<Shown> show(const RevisionGraph& graph, const Usable& usable, const TextOf& text_of);

/// What people read and search: text that stands, and all sides of each conflict, without marks.
[[nodiscard]] std::string plain_text(const Merged& merged);

}  // namespace comity::community::wiki
