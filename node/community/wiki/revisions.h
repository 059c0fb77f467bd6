// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <unordered_map>
#include <vector>

#include "node/community/types.h"

namespace comity::community::wiki {

/// One revision as far as the shape of a page's history goes.
struct Revision {
  EntryId id;
  Hlc hlc{};  ///< as its author signed it, so that it is the same at every agency
  std::vector<EntryId> parents{};

  [[nodiscard]] auto order() const noexcept { return std::pair(hlc, id); }
};

/// Whether the text of a revision may be used: it is here, not withdrawn, and for this reader.
using Usable = std::function<Result<bool>(const EntryId& revision)>;

/// The revisions of one page and how they follow each other. Whatever order they come in, the graph is the
/// same; a parent that is not among them is passed over until it comes; a revision that stands there twice
/// counts once. Hashes make loops impossible; should rows tell of one, it is cut at its smallest (hlc, id).
/// Immutable; any thread.
class RevisionGraph {
 public:
  explicit RevisionGraph(std::vector<Revision> revisions);

  /// By (hlc, id) ascending.
  [[nodiscard]] const std::vector<Revision>& revisions() const noexcept { return revisions_; }
  [[nodiscard]] const Revision* find(const EntryId& id) const;
  /// Parents that are named and not here, ascending.
  [[nodiscard]] std::vector<EntryId> missing() const;

  /// The usable revisions that no other usable one builds on, by (hlc, id) ascending. One that is not usable
  /// hands its place on to its parents: withdrawing the newest revision shows again what stood before.
  [[nodiscard]] Result<std::vector<EntryId>> heads(const Usable& usable) const;

  /// The usable revision with the greatest (hlc, id) that both `head` and one of `folded` build on, each
  /// revision counting as building on itself; zero when there is none.
  [[nodiscard]] Result<EntryId> base(const std::vector<EntryId>& folded, const EntryId& head,
                                     const Usable& usable) const;

 private:
  using Marks = std::vector<bool>;
  void cut_loops();
  [[nodiscard]] Marks below(const std::vector<std::size_t>& from) const;

  std::vector<Revision> revisions_;
  std::unordered_map<EntryId, std::size_t> at_{};
  std::vector<std::vector<std::size_t>> parents_{};
};

}  // namespace comity::community::wiki
