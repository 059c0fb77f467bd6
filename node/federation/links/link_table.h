// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "comity/v1/session.pb.h"

#include "crypto/random.h"
#include "node/runtime/moment.h"
#include "proto/ids.h"

namespace comity::federation {

using proto::AgencyId;
using proto::InstanceId;
using runtime::Duration;
using runtime::Mono;

namespace link_limits {
inline constexpr std::chrono::seconds kBackOffLeast{1};  ///< after the first failure
inline constexpr std::chrono::minutes kBackOffMost{5};   ///< doubled up to this
inline constexpr std::chrono::seconds kSteadyAfter{30};  ///< a session that lived so long clears the failures
inline constexpr std::chrono::hours kRetryAfterMost{24};  ///< the longest that a Bye can keep us away
}  // namespace link_limits

/// How long to wait after so many failures in a row (1 the first): doubled each time within the limits above,
/// of which a random half to whole, so that nodes that lost each other together do not come back together.
[[nodiscard]] Duration back_off(unsigned failures, crypto::Random& random);

/// One live session as the table sees it.
struct LiveLink {
  std::uint64_t number = 0;  ///< given by the caller, never used again
  AgencyId agency;
  InstanceId instance;
  std::uint64_t boot_count = 0;
  bool we_dialled = false;
};

/// Who is dialled and when, and which sessions stay: state in, decisions out; it reads no clock, and nothing
/// waits. Each agency has at most one live session. Owner thread only.
///
/// - Two sessions with one instance: after a restart there (another boot count) the one with the higher count
///   stays; else of two opened by different sides the one that the smaller AgencyID dialled; else the newer,
///   because nobody dials while it sees a live session. The other gets Bye REASON_REPLACED.
/// - Two instances at once: the pinned one stays, the other gets Bye REASON_CLONE with the pinned one's id.
class LinkTable {
 public:
  explicit LinkTable(const AgencyId& self) : self_(self) {}

  /// Keep a session with this agency: dialled at once unless there is one. Known ones stay as they are.
  void want(const AgencyId& agency, Mono now);
  /// No more dialling; a live session stays until its owner ends it.
  void forget(const AgencyId& agency);
  /// Dial as soon as possible, whatever was before: the operator says so, or the peer's addresses changed.
  void retry(const AgencyId& agency, Mono now);

  /// The agencies to dial now; each counts as being dialled until opened() or dial_failed().
  [[nodiscard]] std::vector<AgencyId> due(Mono now);
  /// When due() has something next; kNever when nothing is awaited.
  [[nodiscard]] Mono next() const;
  /// No address of the agency led to a session.
  void dial_failed(const AgencyId& agency, Mono now, crypto::Random& random);

  struct Goodbye {
    std::uint64_t number;  ///< of the link that ends
    v1::Bye bye;
  };
  /// A session opened. Whom to say goodbye, itself perhaps: at most one. `pinned`: the instance that the
  /// owner has pinned for the agency, if any.
  [[nodiscard]] std::optional<Goodbye> opened(const LiveLink& link, const std::optional<InstanceId>& pinned,
                                              Mono now);
  /// A session ended, also one that was told goodbye or never opened. `theirs`: its Bye, if it said one.
  void closed(std::uint64_t number, const std::optional<v1::Bye>& theirs, Mono now, crypto::Random& random);

  /// The session that stays with an agency, if there is one.
  [[nodiscard]] std::optional<LiveLink> live(const AgencyId& agency) const;

 private:
  struct Peer {
    bool wanted = false;
    bool dialling = false;
    unsigned failures = 0;  // in a row
    Mono dial_at{};
    std::optional<LiveLink> link{};
    Mono since{};  // of the link
  };

  [[nodiscard]] bool newer_stays(const LiveLink& older, const LiveLink& newer) const;
  void forget_if_idle(const AgencyId& agency);

  AgencyId self_;
  std::map<AgencyId, Peer> peers_;
};

}  // namespace comity::federation
