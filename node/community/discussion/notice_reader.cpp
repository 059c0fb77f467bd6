// SPDX-License-Identifier: EUPL-1.2
#include "node/community/discussion/notice_reader.h"

#include "node/community/posts/cursor.h"
#include "node/community/tables.h"
#include "node/feed/row.h"
#include "proto/bounds.h"

namespace comity::community {
namespace {

// Rows that one page looks at.
constexpr std::size_t kMostLooked = 1000;

struct NoticeRow {
  PlaceCursor place{};  // `order` is when it came
  NoticeReason reason = NoticeReason::kMention;
};

}  // namespace

Result<std::uint64_t> newest_notice(const storage::View& view, const UserId& user) {
  std::uint64_t newest = 0;
  COMITY_CHECK(view.walk(kNotices.range(user), false, [&](ByteView key, ByteView) {
    if (const auto place = kNotices.parse(key); place.ok()) newest = std::get<1>(*place).value;
    return false;
  }));
  return newest;
}

Result<NoticePage> notices(const storage::View& view, PostReader& posts, Reading& reading,
                           const NoticeQuery& query) {
  if (query.limit == 0 || query.limit > proto::bounds::kListPage) return Error{Code::kStoreBounds, "limit"};
  const UserId& user = posts.reader().person.user;
  storage::Range range = kNotices.range(user);
  if (!query.after.empty()) {
    COMITY_TRY(const PlaceCursor cursor, parse_place_cursor(query.after));
    range.begin = storage::key_after(
        kNotices.key(user, Falling{raw(cursor.order)}, cursor.feed, Falling{raw(cursor.seq)}));
  }
  COMITY_TRY(const std::uint64_t seen, notices_seen(view, user));
  std::vector<NoticeRow> found;
  Status status;
  COMITY_CHECK(view.walk(range, false, [&](ByteView key, ByteView value) {
    const auto place = kNotices.parse(key);
    auto row = feed::RowReader::open(kNotices.info(), key, value);
    if (!place.ok() || !row.ok()) {
      status = place.ok() ? row.error() : place.error();
      return false;
    }
    // Everything from here on was seen.
    if (query.unread && std::get<1>(*place).value <= seen) return false;
    found.push_back({{Hlc{std::get<1>(*place).value}, std::get<2>(*place), Seq{std::get<3>(*place).value}},
                     static_cast<NoticeReason>(row->number<std::uint8_t>())});
    return found.size() <= kMostLooked;
  }));
  COMITY_CHECK(status);
  NoticePage page;
  std::size_t looked = 0;
  for (; looked < found.size() && looked < kMostLooked && page.notices.size() < query.limit; ++looked) {
    const NoticeRow& row = found[looked];
    COMITY_TRY(const auto opened, posts.opened_at(row.place.feed, row.place.seq));
    if (!opened || opened->withdrawn) continue;
    Notice notice{.reason = row.reason, .unread = raw(row.place.order) > seen};
    if (notice.unread) {
      COMITY_TRY(const bool read,
                 reading.has_read(opened->space->id, opened->thread, row.place.feed, row.place.seq));
      notice.unread = !read;
    }
    if (query.unread && !notice.unread) continue;
    COMITY_TRY(auto entry, posts.at(row.place.feed, row.place.seq));
    if (!entry) continue;
    notice.entry = *std::move(entry);
    page.notices.push_back(std::move(notice));
  }
  if (looked < found.size()) page.next = place_cursor_text(found[looked - 1].place);
  return page;
}

}  // namespace comity::community
