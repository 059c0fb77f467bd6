// SPDX-License-Identifier: EUPL-1.2

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
};

std::string cursor_text(const EventCursor& cursor) {
  return crypto::base32_encode(proto::concat({proto::to_be(raw(cursor.version)), proto::to_be(cursor.keys)}));
}

Result<EventCursor> parse_cursor(std::string_view text) {
  constexpr std::size_t kBytes = sizeof(std::uint64_t) + sizeof(std::uint32_t);
  const auto bytes = text.size() > 2 * kBytes ? std::nullopt : crypto::base32_decode(text);
  if (!bytes || bytes->size() != kBytes) return Error{Code::kIdRule, "this is not a place in the events"};
  return EventCursor{storage::Version{proto::from_be<std::uint64_t>(*bytes)},
                     proto::from_be<std::uint32_t>(ByteView(*bytes).subspan(sizeof(std::uint64_t)))};
}

// Followers commit without waiting for the disk, and the stream shows what is durable.
Status make_durable(storage::Store& store) {
  const storage::Stats stats = store.stats();
  if (stats.durable >= stats.version) return {};
  return store.sync();
}

}  // namespace

Result<std::string> events_now(storage::Store& store) {
  COMITY_TRY(const auto view, store.snapshot());
  COMITY_TRY(const auto version, view->version());
  return cursor_text({version, 0});
}

Result<EventPage> events_after(storage::Store& store, const Sights& sights, const crypto::Key32& storage_key,
                               const Reader& reader, std::string_view after,
                               const std::optional<SpaceId>& space) {
  COMITY_TRY(EventCursor cursor, parse_cursor(after));
  COMITY_CHECK(make_durable(store));
  COMITY_TRY(const auto changes, store.changes(cursor.version, kPageChanges));
  // Taken after the changes, so that it shows what they name.
  COMITY_TRY(const auto view, store.snapshot());
  PostReader posts(*view, sights, storage_key, reader);
  EventPage page;
  std::size_t bytes = 0;
  const auto full = [&] { return page.events.size() >= kPageEvents || bytes >= kPageBytes; };
  for (const storage::Change& change : changes.batches) {
    for (std::uint32_t at = cursor.keys; at < change.keys.size(); ++at) {
      if (full()) {
        page.next = cursor_text({cursor.version, at});
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
    cursor = {change.version, 0};
  }
  page.next = cursor_text({changes.upto, 0});
  page.more = changes.more;
  return page;
}

}  // namespace comity::community
