// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/community/posts/composed.h"
#include "node/community/posts/posts.h"
#include "node/community/wiki/pages.h"

namespace comity::community::wiki {

/// A revision of a page, or a page's first one.
struct NewRevision {
  SpaceId space;
  EntryRef page;  ///< zero: it begins a page
  std::string path{};
  std::string title{};
  std::string text{};
  std::string summary{};
  /// What it builds on: heads of the page, all of them to settle what they dispute.
  std::vector<EntryId> base{};
  std::optional<Label> label{};  ///< nothing: that of the strictest base
  std::optional<PostOrigin> origin{};
  /// The base is of this import and perhaps too fresh to be read: it is taken as it is.
  bool imported_base = false;
};

/// The word of the writer's agency on a revision.
struct NewStamp {
  SpaceId space;
  EntryRef page;
  EntryId revision;
  v1::StampKind kind = v1::STAMP_KIND_AGREED;
  std::string note{};
};

/// For Posts::write(). Errors: kPagePath, kPageTaken (a page stands at that path), kPageUnknown,
/// kRevisionUnknown, kRevisionStale when a base is no head any more, kTitleRule, kTextEmpty, kTextTooLong,
/// kTextRule (the summary too), kBadLabel for a label below that of what it builds on.
[[nodiscard]] Compose compose_revision(NewRevision what);

/// For Posts::write(). Agreed and objected are said of the one newest revision, so that everybody means the
/// same text; taken back is the word on any. Errors: kPageUnknown, kRevisionUnknown, kStampRule, kTextRule.
[[nodiscard]] Compose compose_stamp(NewStamp what);

}  // namespace comity::community::wiki
