// SPDX-License-Identifier: EUPL-1.2
// History, stamps, and which pages there are.
#include <algorithm>
#include <set>

#include "crypto/bech32m.h"
#include "node/community/ids.h"
#include "node/community/posts/cursor.h"
#include "node/community/tables.h"
#include "node/community/wiki/page_text.h"
#include "node/community/wiki/pages.h"
#include "node/feed/pack.h"
#include "proto/bounds.h"
#include "proto/decode.h"

namespace comity::community::wiki {
namespace {

// Words of one agency on one revision that are looked at for its last one.
constexpr std::size_t kMostWords = 16;
constexpr std::size_t kMostAgencies = 256;

std::string kind_text(v1::StampKind kind) {
  if (kind == v1::STAMP_KIND_AGREED) return "agreed";
  if (kind == v1::STAMP_KIND_OBJECTED) return "objected";
  return std::to_string(static_cast<int>(kind));
}

Status check_limit(std::size_t limit) {
  if (limit == 0 || limit > proto::bounds::kListPage) return Error{Code::kStoreBounds, "limit"};
  return {};
}

}  // namespace

Result<std::vector<StampView>> Pages::stamps(const Page& page, const EntryId& revision) {
  std::vector<StampView> out;
  const EntryRef ref = ref_of(revision);
  storage::Range range = kWikiStamps.range(page.space, ref);
  for (std::size_t agencies = 0; agencies < kMostAgencies; ++agencies) {
    std::optional<AgencyId> agency;
    COMITY_CHECK(view_.walk(range, false, [&](ByteView key, ByteView) {
      if (const auto place = kWikiStamps.parse(key); place.ok()) agency = std::get<2>(*place);
      return !agency;
    }));
    if (!agency) break;
    const storage::Range words = kWikiStamps.range(page.space, ref, *agency);
    range.begin = words.end;
    std::vector<std::pair<FeedId, Seq>> places;
    COMITY_CHECK(view_.walk(words, true, [&](ByteView key, ByteView) {
      if (const auto place = kWikiStamps.parse(key); place.ok())
        places.emplace_back(std::get<4>(*place), std::get<5>(*place));
      return places.size() < kMostWords;
    }));
    for (const auto& [feed, seq] : places) {
      COMITY_TRY(const auto shown, posts_.at(feed, seq));
      if (!shown || shown->withdrawn || shown->kind != content_type_text(ContentType::kStamp)) continue;
      COMITY_TRY(const EntryId id, parse_entry_id(shown->id));
      COMITY_TRY(const auto opened, posts_.open(id));
      const auto stamp =
          proto::decode<v1::Stamp>(proto::as_bytes(opened.content->data()), feed::kMostContentBytes);
      if (!stamp.ok() || opened.space->id != page.space || opened.stored.header.agency != *agency) continue;
      if (stamp->kind() != v1::STAMP_KIND_UNDONE) {
        out.push_back({.id = shown->id,
                       .agency = shown->agency,
                       .agency_id = shown->agency_id,
                       .person = shown->author,
                       .kind = kind_text(stamp->kind()),
                       .note = stamp->note(),
                       .time = shown->time});
      }
      break;
    }
  }
  return out;
}

Result<RevisionView> Pages::revision_view(const Page& page, const EntryId& id) {
  const RevisionRow* const row = page.row(id);
  if (row == nullptr) return Error{Code::kRevisionUnknown, {}};
  COMITY_TRY(const auto known, open(page.space, page.ref, id));
  if (!known) return Error{Code::kRevisionUnknown, {}};
  RevisionView out;
  COMITY_TRY(out.post, posts_.show(id));
  out.post.text.clear();
  const Revision* const revision = page.graph->find(id);
  std::set<EntryRef> seen;
  for (const EntryId& parent : revision->parents) {
    COMITY_TRY(const auto opened, open(page.space, page.ref, parent));
    if (!opened) continue;
    out.parents.push_back(id_text(parent));
    seen.insert(ref_of(parent));
  }
  for (const EntryRef& parent : row->parents) {
    if (!seen.contains(parent)) out.unseen.push_back(id_text(parent));
  }
  out.head = std::find(page.heads.begin(), page.heads.end(), id) != page.heads.end();
  COMITY_TRY(out.stamps, stamps(page, id));
  return out;
}

Result<RevisionPage> Pages::log(const Page& page, const std::string& after, std::size_t limit) {
  COMITY_CHECK(check_limit(limit));
  auto at = page.rows.rbegin();
  if (!after.empty()) {
    COMITY_TRY(const PlaceCursor cursor, parse_place_cursor(after));
    at = std::find_if(page.rows.rbegin(), page.rows.rend(), [&](const RevisionRow& row) {
      return row.hlc == cursor.order && row.feed == cursor.feed && row.seq == cursor.seq;
    });
    if (at != page.rows.rend()) ++at;
  }
  RevisionPage out;
  for (std::size_t looked = 0; at != page.rows.rend(); ++at, ++looked) {
    if (out.revisions.size() == limit || looked == kMostLooked) {
      const RevisionRow& last = *std::prev(at);
      out.next = place_cursor_text({last.hlc, last.feed, last.seq});
      break;
    }
    COMITY_TRY(const auto known, open(page.space, page.ref, at->entry));
    if (!known) continue;
    COMITY_TRY(auto view, revision_view(page, at->entry));
    out.revisions.push_back(std::move(view));
  }
  return out;
}

Result<PageRow> Pages::row_of(const Page& page) {
  PageRow row{.path = page.path, .title = page.title, .heads = page.heads.size()};
  COMITY_TRY(row.id, id_of(page.ref));
  COMITY_TRY(row.address, address(page));
  row.revision = id_text(page.heads.back());
  COMITY_TRY(row.newest, posts_.show(page.heads.back()));
  row.newest.text.clear();
  return row;
}

Result<PageList> Pages::list(const SpaceId& space, const std::string& after, std::size_t limit) {
  COMITY_CHECK(posts_.enter(space));
  COMITY_CHECK(check_limit(limit));
  storage::Range range = kWikiPaths.range(space);
  if (!after.empty()) {
    const std::size_t at = after.rfind('@');
    COMITY_TRY(const EntryId page,
               parse_entry_id(at == std::string::npos ? std::string_view() : after.substr(at + 1)));
    range.begin = kWikiPaths.range(space, after.substr(0, at), EntryRef(page.bytes())).end;
  }
  PageList out;
  std::string cursor;
  for (std::size_t looked = 0;; ++looked) {
    std::optional<std::pair<std::string, EntryRef>> place;
    COMITY_CHECK(view_.walk(range, false, [&](ByteView key, ByteView) {
      if (auto parsed = kWikiPaths.parse(key); parsed.ok())
        place.emplace(std::get<1>(*parsed), std::get<2>(*parsed));
      return !place;
    }));
    if (!place) return out;
    if (out.pages.size() == limit || looked == kMostLooked) break;
    range.begin = kWikiPaths.range(space, place->first, place->second).end;
    cursor = place->first + "@" + id_text(place->second);
    COMITY_TRY(const auto page, load(space, place->second));
    if (!page || page->path != place->first) continue;
    COMITY_TRY(auto row, row_of(*page));
    out.pages.push_back(std::move(row));
  }
  out.next = cursor;
  return out;
}

Result<std::vector<PageRow>> Pages::backlinks(const Page& page) {
  std::set<std::string> names{page.path};
  for (const RevisionRow& row : page.rows) {
    if (names.contains(row.path)) continue;
    // An older path leads here as long as no other page has taken it.
    const auto found = find(page.space, row.path);
    if (found.ok() && (*found)->ref == page.ref) names.insert(row.path);
    if (!found.ok() && found.error().code != Code::kPageUnknown) return found.error();
  }
  std::map<EntryRef, std::set<std::pair<FeedId, Seq>>> linking;
  for (const std::string& name : names) {
    COMITY_CHECK(view_.walk(kWikiLinks.range(page.space, name), false, [&](ByteView key, ByteView) {
      const auto place = kWikiLinks.parse(key);
      if (place.ok() && (linking.size() < kMostLooked || linking.contains(std::get<2>(*place))))
        linking[std::get<2>(*place)].emplace(std::get<3>(*place), std::get<4>(*place));
      return true;
    }));
  }
  std::vector<PageRow> out;
  for (const auto& [ref, places] : linking) {
    COMITY_TRY(const auto from, load(page.space, ref));
    if (!from) continue;
    const bool links = std::any_of(from->heads.begin(), from->heads.end(), [&](const EntryId& head) {
      const RevisionRow* const row = from->row(head);
      return row != nullptr && places.contains({row->feed, row->seq});
    });
    if (!links) continue;
    COMITY_TRY(auto row, row_of(*from));
    out.push_back(std::move(row));
  }
  std::sort(out.begin(), out.end(), [](const PageRow& a, const PageRow& b) {
    return std::pair(a.path, a.id) < std::pair(b.path, b.id);
  });
  return out;
}

}  // namespace comity::community::wiki
