// SPDX-License-Identifier: EUPL-1.2
#include "node/policy/release.h"

#include <algorithm>

#include "comity/v1/audit.pb.h"

#include "crypto/sha256.h"
#include "proto/decode.h"

namespace comity::policy {
namespace {

using proto::AgencyId;
using proto::Code;
using proto::Error;

const PeerStanding* find(std::span<const PeerStanding> peers, const AgencyId& agency) noexcept {
  const auto at = std::find_if(peers.begin(), peers.end(),
                               [&](const PeerStanding& peer) { return peer.agency == agency; });
  return at == peers.end() ? nullptr : &*at;
}

std::optional<NotReached> obstacle(const PeerStanding* peer, const SpaceRules& space) {
  if (peer == nullptr) return NotReached::kNoAgreement;
  if (!peer->active) return NotReached::kNotActive;
  if (!peer->may_send) return NotReached::kDirection;
  if (!peer->space_allowed) return NotReached::kSpaceNotAllowed;
  if (!within(space.ceiling, peer->ceiling)) return NotReached::kCeiling;
  return std::nullopt;
}

v1::ReleaseRecord record_of(const SpaceRules& space, const Label& label, std::span<const AgencyId> audience) {
  v1::ReleaseRecord record;
  record.set_space(std::string(proto::as_text(space.id.view())));
  *record.mutable_label() = to_message(label);
  *record.mutable_ceiling() = to_message(space.ceiling);
  for (const AgencyId& agency : audience)
    record.add_audience(std::string(proto::as_text(agency.view())));
  record.set_rule("label-within-ceiling");
  return record;
}

}  // namespace

Reach reach(const AgencyId& self, const SpaceRules& space, std::span<const PeerStanding> peers) {
  Reach result;
  if (space.kind == v1::SPACE_KIND_INSIDE) return result;
  for (const AgencyId& member : space.members) {
    if (member == self) continue;
    if (const auto why = obstacle(find(peers, member), space)) {
      result.not_reached.push_back({member, *why});
    } else {
      result.audience.push_back(member);
    }
  }
  return result;
}

proto::Result<ReleaseDecision> release(const AgencyId& self, const SpaceRules& space,
                                       std::span<const PeerStanding> peers, const Label& label,
                                       std::span<const AgencyId> named) {
  if (space.closed) return Error{Code::kSpaceClosed, {}};
  if (!std::binary_search(space.members.begin(), space.members.end(), self))
    return Error{Code::kNotMember, {}};
  if (!within(label, space.ceiling)) {
    return Error{Code::kLabelAboveCeiling, std::string(tlp_text(label.tlp)) + " in a space up to " +
                                               std::string(tlp_text(space.ceiling.tlp))};
  }
  const bool needs_names = space.kind == v1::SPACE_KIND_CIRCLE || label.tlp == v1::TLP_RED;
  if (needs_names == named.empty()) {
    return Error{Code::kNamesMissing, needs_names ? "nobody is named" : "people are named, yet all may read"};
  }

  ReleaseDecision decision;
  decision.space_ = space.id;
  decision.label_ = label;
  decision.audience_ = reach(self, space, peers).audience;
  const auto& audience = decision.audience_;
  for (const AgencyId& agency : named) {
    if (agency != self && !std::binary_search(audience.begin(), audience.end(), agency)) {
      return Error{Code::kNamesOutsideAudience, agency.hex()};
    }
  }
  decision.record_ = proto::encode(record_of(space, label, audience));
  decision.id_ = crypto::tagged_hash("release", {decision.record_});
  return decision;
}

}  // namespace comity::policy
