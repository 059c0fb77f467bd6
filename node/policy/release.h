// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <span>
#include <vector>

#include "node/policy/label.h"
#include "proto/bytes.h"
#include "proto/ids.h"

namespace comity::policy {

/// What the rules need to know of a space. The manifest is the steward's word; it proposes members.
struct SpaceRules {
  proto::SpaceId id;
  v1::SpaceKind kind = v1::SPACE_KIND_INSIDE;
  Label ceiling{};
  std::vector<proto::AgencyId> members{};  ///< ascending, ourselves among them
  bool closed = false;
};

/// Where we stand with one peer: a digest of the agreement in force.
struct PeerStanding {
  proto::AgencyId agency;
  bool active = false;         ///< verified, not suspended, not expired, not revoked
  bool may_send = false;       ///< the agreement has a flow from us to them
  bool space_allowed = false;  ///< that flow names the space
  Label ceiling{};             ///< of that flow
};

/// Why a member of a space is outside our audience.
enum class NotReached : std::uint8_t {
  kNoAgreement,      ///< nothing is signed between us
  kNotActive,        ///< suspended, expired, revoked or not yet verified
  kDirection,        ///< the agreement lets us send nothing
  kSpaceNotAllowed,  ///< the agreement does not name the space
  kCeiling,          ///< the space admits labels that the agreement does not
};

struct Unreached {
  proto::AgencyId agency;
  NotReached why;
  friend bool operator==(const Unreached&, const Unreached&) = default;
};

struct Reach {
  std::vector<proto::AgencyId> audience{};  ///< ascending, without ourselves
  std::vector<Unreached> not_reached{};     ///< ascending by agency
};

/// The audience of our own feed in a space: its members, where our agreement with them is active and admits
/// every label up to the space's ceiling (DESIGN 5.6). A steward proposes a reader, it never creates one.
/// `peers` holds each agency at most once, in any order.
[[nodiscard]] Reach reach(const proto::AgencyId& self, const SpaceRules& space,
                          std::span<const PeerStanding> peers);

/// A decision that entries of one label may reach an audience. Only release() makes one, and appending to a
/// feed asks for one: there is no other door.
class ReleaseDecision {
 public:
  [[nodiscard]] const proto::SpaceId& space() const noexcept { return space_; }
  [[nodiscard]] const Label& label() const noexcept { return label_; }
  [[nodiscard]] const std::vector<proto::AgencyId>& audience() const noexcept { return audience_; }
  /// Exact bytes of the ReleaseRecord that goes into the audit log.
  [[nodiscard]] const proto::Bytes& record() const noexcept { return record_; }
  /// SHA-256 of the record with context "release"; the header of every entry under it names this.
  [[nodiscard]] const proto::Sha256Digest& id() const noexcept { return id_; }

 private:
  ReleaseDecision() = default;
  friend proto::Result<ReleaseDecision> release(const proto::AgencyId& self, const SpaceRules& space,
                                                std::span<const PeerStanding> peers, const Label& label,
                                                std::span<const proto::AgencyId> named);
  proto::SpaceId space_;
  Label label_;
  std::vector<proto::AgencyId> audience_;
  proto::Bytes record_;
  proto::Sha256Digest id_;
};

/// The release gate: whether an entry with `label` may enter our feed in `space`. `named` are the agencies of
/// the persons named in the ciphertext: at least one in a circle and under RED, none elsewhere.
/// Errors: kSpaceClosed, kLabelAboveCeiling, kNamesMissing, kNamesOutsideAudience, kNotMember.
/// A pure function; any thread.
[[nodiscard]] proto::Result<ReleaseDecision> release(const proto::AgencyId& self, const SpaceRules& space,
                                                     std::span<const PeerStanding> peers, const Label& label,
                                                     std::span<const proto::AgencyId> named);

}  // namespace comity::policy
