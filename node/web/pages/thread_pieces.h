// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>

#include "node/community/posts/post_view.h"
#include "node/web/look/kept.h"
#include "node/web/pages/lens.h"

namespace comity::web {

/// The entries of one page of a discussion as HTML. Each is a piece that is kept by all that it shows, so
/// that most of a page has been made before, for this reader or for another to whom it looks the same. What
/// the rows hold passed the reading gate for this reader and this page: nothing is shown because it is kept.
/// `lens` outlives it. One thread; several of them may share what is kept.
class ThreadPieces {
 public:
  /// `first`: what begins the discussion.
  ThreadPieces(const Lens& lens, const community::PostView& first, Kept& kept);

  /// `answered`: who wrote what this replies to, as the page calls them; empty when that is not on the page.
  /// `marks_unread`: it is the first that is not read. `delivery`: words of who has it; empty: none.
  [[nodiscard]] Piece piece(const community::PostView& post, const std::string& answered, bool marks_unread,
                            const std::string& delivery = {}) const;

  /// All that a piece depends on.
  [[nodiscard]] std::string key(const community::PostView& post, const std::string& answered,
                                bool marks_unread, const std::string& delivery = {}) const;
  /// The piece, made anew.
  [[nodiscard]] std::string make(const community::PostView& post, const std::string& answered,
                                 bool marks_unread, const std::string& delivery = {}) const;

 private:
  const Lens& lens_;
  Kept& kept_;
  bool asked_;
  std::string label_;
  std::int64_t today_;
  std::string alike_;  ///< what all keys of the page begin with
};

/// How people call who wrote it.
[[nodiscard]] const std::string& author_name(const community::PostView& post);

}  // namespace comity::web
