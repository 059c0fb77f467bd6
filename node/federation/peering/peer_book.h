// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <map>

#include "node/federation/peering/peer.h"
#include "node/federation/step.h"
#include "node/policy/release.h"
#include "storage/view.h"

namespace comity::federation {

/// All peers: rows in the store, a copy in memory. Other rooms read it; Peering and its sessions change it.
/// Owner thread.
class PeerBook {
 public:
  static constexpr std::size_t kMostPeers = 1024;
  static constexpr std::size_t kMostClaims = 4;  ///< callers of one invitation that wait for their words

  PeerBook(const AgencyId& self, const crypto::Key32& storage_key, crypto::Random& random)
      : self_(self), storage_key_(storage_key), random_(random) {}

  /// Error kFeedDamaged naming the row; those of the store.
  Status load(const storage::View& view);

  [[nodiscard]] const Peer* find(std::string_view name) const;
  /// The peer that is pinned to this agency. One that was revoked is found too.
  [[nodiscard]] const Peer* find(const AgencyId& agency) const;
  [[nodiscard]] const Peer* find(const InviteId& invite) const;
  /// By name.
  [[nodiscard]] const std::map<std::string, Peer, std::less<>>& all() const noexcept { return peers_; }

  /// Called after anything that changes what may be sent to or taken from an agency.
  void on_change(std::function<void(const AgencyId&)> changed) { changed_ = std::move(changed); }

  /// The later of `now` and the latest time that this node has known.
  [[nodiscard]] WallTime time(WallTime now) const noexcept { return std::max(now, seen_); }
  /// Notes the time; call it once a minute. Rows come at most once a minute.
  Rows observe(WallTime now);

  /// One row for each peer, whatever its state.
  [[nodiscard]] std::vector<policy::PeerStanding> standings(const SpaceId& space, std::string_view slug,
                                                            WallTime now) const;
  /// Up to which label `author` may send us entries of the space; nothing: it may send us none there. `slug`
  /// is empty while the space's card has not come, which is sealed in its first entries: then any pattern
  /// will do, and the question is asked again when the card is read.
  [[nodiscard]] std::optional<policy::Label> incoming_ceiling(const AgencyId& author, const SpaceId& space,
                                                              std::string_view slug, WallTime now) const;
  /// What the agreement in force lets `author` send us; nullptr: nothing now. For its quotas.
  [[nodiscard]] const Flow* incoming(const AgencyId& author, WallTime now) const;

  /// PairKey::for_grants() of the secrets shared with the agency, the newest first.
  [[nodiscard]] std::vector<crypto::Key32> grant_psks(const AgencyId& agency) const;
  /// For the handshake of a session: of the newest secret.
  [[nodiscard]] std::optional<crypto::Key32> session_psk(const AgencyId& agency) const;

  // For Peering and its sessions.
  [[nodiscard]] Peer* change(std::string_view name);
  [[nodiscard]] Peer* change(const AgencyId& agency);
  [[nodiscard]] Peer* change(const InviteId& invite);
  Peer& add(Peer peer);
  void remove(std::string_view name, Rows& rows);
  /// Adds the row of a peer that was changed, and tells whoever asked to be told.
  void save(Peer& peer, Rows& rows, WallTime now);
  void use_invite(const InviteId& invite, const AgencyId& agency, WallTime now, Rows& rows);
  /// By whom and when an invitation was used up.
  struct Used {
    AgencyId agency;
    WallTime when{};
  };
  [[nodiscard]] const Used* used(const InviteId& invite) const;
  /// Whether anything may flow between us and the peer: it is active, and the agreement runs.
  [[nodiscard]] bool flows(const Peer& peer, WallTime now) const;

 private:
  AgencyId self_;
  const crypto::Key32& storage_key_;
  crypto::Random& random_;
  std::map<std::string, Peer, std::less<>> peers_;
  std::map<InviteId, Used> used_;
  WallTime seen_{};
  WallTime seen_stored_{};
  std::function<void(const AgencyId&)> changed_;
};

}  // namespace comity::federation
