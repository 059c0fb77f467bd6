// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/sync/entitlement.h"

#include <algorithm>

#include "proto/mutation.h"

namespace comity::federation {
namespace {

std::optional<Seq> begins(const Listing& listing, const AgencyId& agency) {
  if (std::find(listing.relays.begin(), listing.relays.end(), agency) != listing.relays.end()) return Seq{1};
  std::optional<Seq> from;
  for (const Listing::Member& member : listing.members) {
    if (member.agency == agency) from = std::max(from.value_or(Seq{1}), member.from);
  }
  return from;
}

}  // namespace

Result<Listing> listing_from(Seq seq, const EntryId& id, const v1::Audience& audience) {
  Listing out{.seq = seq, .id = id};
  for (const v1::AudienceMember& member : audience.member()) {
    COMITY_TRY(const auto agency, AgencyId::from(proto::as_bytes(member.agency())));
    out.members.push_back({agency, Seq{member.from_seq()}});
  }
  for (const std::string& relay : audience.relay()) {
    COMITY_TRY(const auto agency, AgencyId::from(proto::as_bytes(relay)));
    out.relays.push_back(agency);
  }
  return out;
}

std::optional<Extent> entitled(const feed::FeedState& feed, const Audiences& audiences,
                               const AgencyId& asker) {
  if (feed.inside) return std::nullopt;
  if (asker == feed.agency() || COMITY_MUTATION("entitled")) return Extent{};
  if (!audiences.in_force) return std::nullopt;
  if (const auto from = begins(*audiences.in_force, asker)) return Extent{.from = *from};
  if (!audiences.replaced) return std::nullopt;
  const auto from = begins(*audiences.replaced, asker);
  if (!from || *from > audiences.in_force->seq) return std::nullopt;
  return Extent{.from = *from, .to = audiences.in_force->seq};
}

bool lists(const Listing& listing, const AgencyId& agency) {
  return begins(listing, agency).has_value();
}

}  // namespace comity::federation
