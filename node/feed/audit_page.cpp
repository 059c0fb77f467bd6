// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/audit_page.h"

#include "node/feed/tables.h"
#include "proto/bounds.h"
#include "proto/decode.h"

namespace comity::feed {

Result<AuditPage> audit_page(const storage::View& view, const crypto::Key32& storage_key,
                             const SpaceId& space, ByteView after, std::size_t limit) {
  if (limit == 0) return Error{Code::kStoreBounds, "limit 0"};
  storage::Range range = kBySpace.range(space);
  if (!after.empty()) {
    const auto place = kBySpace.parse(after);
    if (!place.ok() || std::get<0>(*place) != space) return Error{Code::kBadArguments, "after"};
    range.end = proto::to_bytes(after);
  }
  const FeedReader reader(view, storage_key);
  AuditPage page;
  Bytes last;
  Status status;
  COMITY_CHECK(view.walk(range, true, [&](ByteView key, ByteView value) {
    if (page.rows.size() == limit) {
      page.next = last;
      return false;
    }
    last = proto::to_bytes(key);
    if (value.empty() || value[0] != std::byte{v1::KIND_LOCAL_AUDIT}) return true;
    const auto place = kBySpace.parse(key);
    if (!place.ok()) {
      status = place.error();
      return false;
    }
    const auto stored = reader.header(std::get<2>(*place), std::get<3>(*place));
    const auto body = stored.ok() ? reader.body(stored->header) : Result<Bytes>(stored.error());
    auto event = body.ok() ? proto::decode<v1::LocalAudit>(*body, proto::bounds::kSealedBodyBytes)
                           : Result<v1::LocalAudit>(body.error());
    if (!event.ok()) {
      status = event.error();
      return false;
    }
    page.rows.push_back({stored->header.id, stored->header.seq, *std::move(event)});
    return true;
  }));
  COMITY_CHECK(status);
  return page;
}

}  // namespace comity::feed
