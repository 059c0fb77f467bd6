// SPDX-License-Identifier: EUPL-1.2

#include <algorithm>

#include "crypto/base32.h"
#include "node/community/posts/post_reader.h"
#include "node/community/tables.h"

namespace comity::community {
namespace {

constexpr std::size_t kPageChanges = 64;
constexpr std::size_t kPageEvents = 256;
constexpr std::size_t kPageBytes = 4U * 1024 * 1024;

// Everything up to and including `version` was shown, and so many keys of the change after it.
struct EventCursor {
  storage::Version version{};
  std::uint32_t keys = 0;
  storage::Version durable{};  // what no crash takes back, as it was known then
  std::uint64_t run = 0;
};

std::string cursor_text(const EventCursor& cursor) {
  return crypto::base32_encode(proto::concat({proto::to_be(raw(cursor.version)), proto::to_be(cursor.keys),
                                              proto::to_be(raw(cursor.durable)), proto::to_be(cursor.run)}));
}

Result<EventCursor> parse_cursor(std::string_view text) {
  constexpr std::size_t kNumber = sizeof(std::uint64_t);
  constexpr std::size_t kBytes = 3 * kNumber + sizeof(std::uint32_t);
  const auto bytes = text.size() > 2 * kBytes ? std::nullopt : crypto::base32_decode(text);
  if (!bytes || bytes->size() != kBytes) return Error{Code::kIdRule, "this is not a place in the events"};
  const ByteView rest = ByteView(*bytes).subspan(kNumber);
  return EventCursor{storage::Version{proto::from_be<std::uint64_t>(*bytes)},
                     proto::from_be<std::uint32_t>(rest),
                     storage::Version{proto::from_be<std::uint64_t>(rest.subspan(sizeof(std::uint32_t)))},
                     proto::from_be<std::uint64_t>(rest.subspan(sizeof(std::uint32_t) + kNumber))};
}

}  // namespace

Result<std::string> events_now(storage::Store& store, std::uint64_t run) {
  COMITY_TRY(const auto view, store.snapshot());
  COMITY_TRY(const auto version, view->version());
  COMITY_TRY(const auto changes, store.changes(version, 1, storage::Shown::kCommitted));
  return cursor_text({version, 0, std::min(version, changes.durable), run});
}

Result<EventPage> events_after(const EventSource& source, const Reader& reader, std::string_view after,
                               const std::optional<SpaceId>& space) {
  COMITY_TRY(EventCursor cursor, parse_cursor(after));
  // Versions that a crash took back are given anew: to other batches.
  if (cursor.run != source.run)
    cursor = {std::min(cursor.durable, cursor.version), 0, cursor.durable, source.run};
  storage::Store& store = source.store;
  COMITY_TRY(const auto changes, store.changes(cursor.version, kPageChanges, storage::Shown::kCommitted));
  // Taken after the changes, so that it shows what they name.
  COMITY_TRY(const auto view, store.snapshot());
  PostReader posts(*view, source.sights, source.storage_key, reader, source.recent);
  EventPage page;
  std::size_t bytes = 0;
  const auto full = [&] { return page.events.size() >= kPageEvents || bytes >= kPageBytes; };
  for (const storage::Change& change : changes.batches) {
    for (std::uint32_t at = cursor.keys; at < change.keys.size(); ++at) {
      if (full()) {
        page.next = cursor_text({cursor.version, at, std::min(cursor.version, changes.durable), source.run});
        page.more = true;
        return page;
      }
      if (change.keys[at].kind != storage::OpKind::kPut) continue;
      const auto place = kByThread.parse(change.keys[at].key);
      if (!place.ok() || (space && std::get<0>(*place) != *space)) continue;
      COMITY_TRY(auto event, posts.at(std::get<3>(*place), std::get<4>(*place)));
      if (!event) continue;
      bytes += event->text.size();
      page.events.push_back(*std::move(event));
    }
    cursor = {change.version, 0, {}, source.run};
  }
  page.next = cursor_text({changes.upto, 0, std::min(changes.upto, changes.durable), source.run});
  page.more = changes.more;
  return page;
}

}  // namespace comity::community
