// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "node/community/posts/content_type.h"
#include "node/community/types.h"
#include "storage/batch.h"
#include "storage/view.h"

namespace comity::community {

/// The row of kAbout: an edit, a reaction or a mark of the answer, as it came.
struct AboutRow {
  ContentType type = ContentType::kOther;
  EntryId entry;
  Person writer{};      ///< zero user: the agency itself
  bool names = false;   ///< it names its readers
  bool undone = false;  ///< it takes back
  std::string kind{};   ///< of a reaction
  EntryRef answer;      ///< of a mark
  Hlc order{};
  FeedId feed;
  Seq seq{};
};

/// Those that one target has at most looked at, of all types together.
inline constexpr std::size_t kMostAbout = 10'000;
/// A person's reactions are of these kinds, each at most once.
inline constexpr std::string_view kReactionKinds[] = {"like", "thanks", "agree", "disagree", "celebrate"};

/// Whether a content of this type says something about another entry.
[[nodiscard]] bool is_about(ContentType type) noexcept;

/// Adds the row of a content of such a type, and those of kTagged for it or for a post. `row` brings all but
/// what the content says. Nothing for a content that names no target.
void put_about(storage::Batch& rows, const SpaceId& space, AboutRow row, const v1::Content& content);

/// All about one target, of `type` alone or of every type, in the order of (type, clock, id); at most
/// kMostAbout. Errors: kFeedDamaged and those of the store.
[[nodiscard]] Result<std::vector<AboutRow>> about(const storage::View& view, const SpaceId& space,
                                                  const EntryRef& target,
                                                  ContentType type = ContentType::kOther);

/// The rows of these places, whose bodies are gone.
[[nodiscard]] Status forget_about(const storage::View& view, storage::Batch& rows, const SpaceId& space,
                                  const std::function<bool(const FeedId&, Seq)>& gone);

/// Which entry put tags on a discussion.
struct TagRow {
  EntryRef target;
  std::vector<std::string> tags{};
  Hlc order{};
  FeedId feed;
  Seq seq{};
};
/// Error kFeedDamaged.
[[nodiscard]] Result<TagRow> decode_tag_row(ByteView key, ByteView value);

}  // namespace comity::community
