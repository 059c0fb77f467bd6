// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/keys/distrust.h"

#include "node/federation/tables.h"
#include "node/feed/row.h"

namespace comity::federation {

void put_distrusts(Rows& rows, const AgencyId& agency, std::span<const crypto::Revocation> revoked) {
  for (const crypto::Revocation& each : revoked) {
    const Bytes key = kDistrusts.key(agency, each.key);
    rows.put(key, checked_row(key, {proto::to_be(static_cast<std::uint8_t>(each.reason)),
                                    proto::to_be(millis(each.since.value_or(WallTime())))}));
  }
}

Bytes distrust_key(const Distrust& distrust) {
  return kDistrusts.key(distrust.agency, distrust.key);
}

Result<std::vector<Distrust>> waiting_distrusts(const storage::View& view, std::size_t limit) {
  std::vector<Distrust> out;
  Status failed;
  COMITY_CHECK(view.walk(kDistrusts.range(), false, [&](ByteView key, ByteView value) {
    if (out.size() == limit) return false;
    const auto parsed = kDistrusts.parse(key);
    auto row = feed::RowReader::open(kDistrusts.info(), key, value);
    if (!parsed.ok() || !row.ok()) {
      failed = parsed.ok() ? row.error() : parsed.error();
      return false;
    }
    Distrust distrust{.agency = std::get<0>(*parsed), .key = std::get<1>(*parsed)};
    const auto reason = row->number<std::uint8_t>();
    distrust.compromised = reason == static_cast<std::uint8_t>(crypto::RevocationReason::kCompromised);
    distrust.since = from_millis(row->number<std::uint64_t>());
    const bool known = reason >= 1 && reason <= 3;
    if (!row->done() || !known) {
      failed = feed::damaged(kDistrusts.info(), key, "the layout is another one");
      return false;
    }
    out.push_back(distrust);
    return true;
  }));
  COMITY_CHECK(failed);
  return out;
}

}  // namespace comity::federation
