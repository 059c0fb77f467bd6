// SPDX-License-Identifier: EUPL-1.2
#include "node/community/discussion/rows.h"

#include <map>

#include "node/community/discussion/about.h"
#include "node/community/posts/conversations.h"
#include "node/community/tables.h"
#include "node/feed/feed_state.h"
#include "node/feed/hlc.h"

namespace comity::community {
namespace {

constexpr std::chrono::hours kArchiveAge{7 * 24};

// What was written long before it was imported is an archive: nobody has missed it.
bool is_archive(const feed::Header& header, const v1::Content& content) {
  if (!content.has_origin()) return false;
  return content.origin().time() == 0 ||
         from_millis(content.origin().time()) + kArchiveAge < feed::hlc_time(header.hlc);
}

}  // namespace

Result<Counting> DiscussionRows::add(const Placed& entry, const v1::Content& content) {
  const feed::Header& header = entry.stored.header;
  std::vector<Person> named;
  for (const v1::UserRef& ref : content.named())
    named.push_back({id_in<AgencyId>(ref.agency()), id_in<UserId>(ref.user())});
  const bool by_name = !named.empty() || header.label.tlp == v1::TLP_RED;
  put_about(rows_, entry.space,
            {.type = entry.type,
             .entry = header.id,
             .writer = entry.writer,
             .names = by_name,
             .quarantined = entry.quarantined,
             .order = entry.order,
             .feed = header.feed,
             .seq = header.seq},
            content);
  Counting out{.user = entry.writer.user};
  if (entry.quarantined || is_archive(header, content)) return out;
  COMITY_CHECK(notices_.add({.stored = entry.stored,
                             .space = entry.space,
                             .thread = entry.thread,
                             .parent = entry.parent,
                             .type = entry.type,
                             .writer = entry.writer},
                            content));
  if (!is_countable(entry.type)) return out;
  const Readership readers = readership(self_, entry.writer, named);
  out.readers = readers.set;
  // Nobody of ours may see it.
  if (by_name && readers.users.empty()) return out;
  out.counted = true;
  COMITY_CHECK(channels_.add(
      {.space = entry.space, .agency = header.agency, .user = entry.writer.user, .set = readers.set},
      readers));
  return out;
}

Status DiscussionErasing::erase(const storage::View& view, const SpaceId& space,
                                const std::function<bool(const FeedId&, Seq)>& gone) {
  Status status;
  COMITY_CHECK(view.walk(kByThread.range(space), false, [&](ByteView key, ByteView value) {
    const auto place = kByThread.parse(key);
    if (!place.ok() || !gone(std::get<3>(*place), std::get<4>(*place))) return true;
    status = [&]() -> Status {
      COMITY_TRY(const auto row, decode_thread_row(key, value));
      if (!row.counted) return {};
      COMITY_TRY(const auto state, feed::get_feed(view, row.feed));
      return channels_.erase(
          {.space = space, .agency = state.agency(), .user = row.user, .set = row.readers});
    }();
    return status.ok();
  }));
  return status;
}

}  // namespace comity::community
