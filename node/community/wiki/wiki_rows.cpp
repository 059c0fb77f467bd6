// SPDX-License-Identifier: EUPL-1.2
#include "node/community/wiki/wiki_rows.h"

#include "node/community/posts/content_type.h"
#include "node/community/tables.h"
#include "node/community/wiki/page_text.h"
#include "node/feed/pack.h"
#include "node/feed/row.h"
#include "proto/bounds.h"
#include "proto/decode.h"

namespace comity::community::wiki {
namespace {

void put_revision(storage::Batch& rows, const SpaceId& space, const feed::Header& header,
                  const v1::Content& content) {
  const auto edit = proto::decode<v1::WikiEdit>(proto::as_bytes(content.data()), feed::kMostContentBytes);
  if (!edit.ok() || !check_path(edit->path()).ok()) return;
  EntryRef page = id_in<EntryRef>(content.thread());
  if (page.is_zero()) page = ref_of(header.id);
  const Bytes key = kWikiRevisions.key(space, page, header.hlc, header.feed, header.seq);
  feed::RowWriter row;
  row.bytes(header.id.view()).number(static_cast<std::uint8_t>(content.parent_size()));
  for (const std::string& parent : content.parent())
    row.bytes(id_in<EntryRef>(parent).view());
  row.bytes(proto::as_bytes(edit->path()));
  rows.put(key, std::move(row).finish(key));
  rows.put(kWikiPaths.key(space, edit->path(), page, header.feed, header.seq), {});
  for (const std::string& target : links_in(edit->text()))
    rows.put(kWikiLinks.key(space, target, page, header.feed, header.seq), {});
}

void put_stamp(storage::Batch& rows, const SpaceId& space, const feed::Header& header,
               const v1::Content& content) {
  const auto stamp = proto::decode<v1::Stamp>(proto::as_bytes(content.data()), feed::kMostContentBytes);
  if (!stamp.ok()) return;
  const auto revision = id_in<EntryRef>(stamp->revision());
  rows.put(kWikiStamps.key(space, revision, header.agency, header.hlc, header.feed, header.seq), {});
}

}  // namespace

void put_rows(storage::Batch& rows, const SpaceId& space, const feed::Header& header,
              const v1::Content& content) {
  const ContentType type = content_type(content.type());
  if (type == ContentType::kWiki) put_revision(rows, space, header, content);
  if (type == ContentType::kStamp) put_stamp(rows, space, header, content);
}

Status erase_rows(const SpaceId& space, const std::set<std::pair<FeedId, Seq>>& gone,
                  const storage::View& view, storage::Batch& rows) {
  const auto drop = [&](const auto& table) {
    return view.walk(table.range(space), false, [&](ByteView key, ByteView) {
      const auto place = table.parse(key);
      if (!place.ok()) return true;
      // In every one of these tables the key ends with the entry's place.
      constexpr std::size_t kParts = std::tuple_size_v<std::remove_cvref_t<decltype(*place)>>;
      if (gone.contains({std::get<kParts - 2>(*place), std::get<kParts - 1>(*place)}))
        rows.erase(proto::to_bytes(key));
      return true;
    });
  };
  COMITY_CHECK(drop(kWikiRevisions));
  COMITY_CHECK(drop(kWikiPaths));
  COMITY_CHECK(drop(kWikiLinks));
  return drop(kWikiStamps);
}

std::vector<storage::TableInfo> row_tables() {
  return {kWikiRevisions.info(), kWikiPaths.info(), kWikiLinks.info(), kWikiStamps.info()};
}

Result<RevisionRow> decode_revision_row(ByteView key, ByteView value) {
  COMITY_TRY(const auto place, kWikiRevisions.parse(key));
  COMITY_TRY(auto row, feed::RowReader::open(kWikiRevisions.info(), key, value));
  RevisionRow out{.hlc = std::get<2>(place), .feed = std::get<3>(place), .seq = std::get<4>(place)};
  out.entry = row.id<EntryId>();
  const auto count = row.number<std::uint8_t>();
  if (count > proto::bounds::kParents)
    return feed::damaged(kWikiRevisions.info(), key, "the layout is another one");
  for (std::size_t i = 0; i < count; ++i)
    out.parents.push_back(row.id<EntryRef>());
  out.path = proto::as_text(row.rest());
  if (!row.done() || out.path.empty())
    return feed::damaged(kWikiRevisions.info(), key, "the layout is another one");
  return out;
}

}  // namespace comity::community::wiki
