// SPDX-License-Identifier: EUPL-1.2
#include "node/community/discussion/notice_tidy.h"

#include "node/community/tables.h"
#include "node/feed/row.h"

namespace comity::community {
namespace {

// Behind user zero, whose rows are of entries that people are still to be told of.
Result<std::optional<UserId>> next_person(const storage::View& view, const UserId& after) {
  std::optional<UserId> found;
  Status status;
  const storage::Range range{kNotices.range(after).end, kNotices.range().end};
  COMITY_CHECK(view.walk(range, false, [&](ByteView key, ByteView) {
    const auto place = kNotices.parse(key);
    if (place.ok()) {
      found = std::get<0>(*place);
    } else {
      status = place.error();
    }
    return false;
  }));
  COMITY_CHECK(status);
  return found;
}

// Rows lie newest first, so all that goes lies together at the end.
Result<std::optional<Bytes>> first_that_goes(const storage::View& view, const UserId& user, WallTime oldest) {
  std::optional<Bytes> found;
  Status status;
  std::size_t kept = 0;
  COMITY_CHECK(view.walk(kNotices.range(user), false, [&](ByteView key, ByteView) {
    const auto place = kNotices.parse(key);
    if (!place.ok()) {
      status = place.error();
      return false;
    }
    if (kept < kMostNotices && std::get<1>(*place).value >= millis(oldest)) {
      ++kept;
      return true;
    }
    found = proto::to_bytes(key);
    return false;
  }));
  COMITY_CHECK(status);
  return found;
}

}  // namespace

Result<NoticeTidying> tidy_notices(const storage::View& view, WallTime now, const UserId& after,
                                   std::size_t most_people) {
  const WallTime oldest = now.time_since_epoch() > kNoticeAge ? now - kNoticeAge : WallTime();
  NoticeTidying out{.last = after};
  for (std::size_t looked = 0; looked < most_people; ++looked) {
    COMITY_TRY(const auto person, next_person(view, out.last));
    if (!person) return out;
    COMITY_TRY(auto begin, first_that_goes(view, *person, oldest));
    if (begin) out.rows.erase_range(*begin, kNotices.range(*person).end);
    out.last = *person;
  }
  out.more = true;
  return out;
}

}  // namespace comity::community
