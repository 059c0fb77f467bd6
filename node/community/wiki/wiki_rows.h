// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <set>
#include <vector>

#include "comity/v1/content.pb.h"

#include "node/community/types.h"
#include "node/feed/header.h"
#include "storage/store.h"

/// What the follower Conversations writes down of wiki pages. Each row comes from one entry alone, so that
/// the order in which entries arrive does not matter.
namespace comity::community::wiki {

/// Adds the rows of one content: of a revision its place, path and links, of a stamp its word. Other types,
/// and data that cannot be read, add nothing.
void put_rows(storage::Batch& rows, const SpaceId& space, const feed::Header& header,
              const v1::Content& content);

/// Removes the rows of a space that were made from these entries.
[[nodiscard]] Status erase_rows(const SpaceId& space, const std::set<std::pair<FeedId, Seq>>& gone,
                                const storage::View& view, storage::Batch& rows);

[[nodiscard]] std::vector<storage::TableInfo> row_tables();

/// The row of kWikiRevisions.
struct RevisionRow {
  EntryId entry;
  Hlc hlc{};  ///< as signed
  FeedId feed;
  Seq seq{};
  std::vector<EntryRef> parents{};
  std::string path{};
};
/// Error kFeedDamaged.
[[nodiscard]] Result<RevisionRow> decode_revision_row(ByteView key, ByteView value);

}  // namespace comity::community::wiki
