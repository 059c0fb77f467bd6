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

std::vector<Person> named_in(const v1::Content& content) {
  std::vector<Person> named;
  for (const v1::UserRef& ref : content.named())
    named.push_back({id_in<AgencyId>(ref.agency()), id_in<UserId>(ref.user())});
  return named;
}

bool is_by_name(const feed::Header& header, const v1::Content& content) {
  return content.named_size() > 0 || header.label.tlp == v1::TLP_RED;
}

Counted channel_of(const Placed& entry, const Counting& counting) {
  return {.space = entry.space,
          .agency = entry.stored.header.agency,
          .user = entry.writer.user,
          .set = counting.readers};
}

}  // namespace

Counting DiscussionRows::count(const Placed& entry, const v1::Content& content, Readership& readers) const {
  const feed::Header& header = entry.stored.header;
  Counting out{.user = entry.writer.user};
  if (entry.quarantined || is_archive(header, content) || !is_countable(entry.type)) return out;
  readers = readership(self_, entry.writer, named_in(content));
  out.readers = readers.set;
  // Otherwise nobody of ours may see it.
  out.counted = !is_by_name(header, content) || !readers.users.empty();
  return out;
}

Result<Counting> DiscussionRows::add(const Placed& entry, const v1::Content& content) {
  const feed::Header& header = entry.stored.header;
  put_about(rows_, entry.space,
            {.type = entry.type,
             .entry = header.id,
             .writer = entry.writer,
             .names = is_by_name(header, content),
             .order = entry.order,
             .feed = header.feed,
             .seq = header.seq},
            content);
  if (!is_archive(header, content)) {
    COMITY_CHECK(notices_.add({.stored = entry.stored,
                               .space = entry.space,
                               .thread = entry.thread,
                               .parent = entry.parent,
                               .type = entry.type,
                               .writer = entry.writer},
                              content));
  }
  Readership readers;
  const Counting out = count(entry, content, readers);
  if (out.counted) COMITY_CHECK(channels_.add(channel_of(entry, out), readers));
  return out;
}

Result<std::optional<Counting>> DiscussionRows::recount(const Placed& entry, const v1::Content& content,
                                                        const Counting& was) {
  Readership readers;
  const Counting now = count(entry, content, readers);
  if (now.counted == was.counted) return std::optional<Counting>();
  if (now.counted) {
    COMITY_CHECK(channels_.add(channel_of(entry, now), readers));
  } else {
    COMITY_CHECK(channels_.erase(channel_of(entry, was)));
  }
  return std::optional(now);
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
