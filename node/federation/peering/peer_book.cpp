// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/peering/peer_book.h"

#include <algorithm>
#include <array>

#include "node/federation/tables.h"
#include "node/feed/row.h"

namespace comity::federation {
namespace {

constexpr std::chrono::minutes kSeenEvery{1};

bool is_suspended_by_us(const Peer& peer, WallTime now) noexcept {
  return peer.suspended && (!peer.suspended_until || now < *peer.suspended_until);
}

Bytes seen_key() {
  return kFederation.key("seen");
}

template <class Peers, class Is>
auto find_if(Peers& peers, Is is) -> decltype(&peers.begin()->second) {
  for (auto& [name, peer] : peers) {
    if (is(peer)) return &peer;
  }
  return nullptr;
}

template <class Peers>
auto find_agency(Peers& peers, const AgencyId& agency) {
  return find_if(peers, [&](const Peer& peer) { return !agency.is_zero() && peer.agency == agency; });
}

template <class Peers>
auto find_invite(Peers& peers, const InviteId& invite) {
  return find_if(peers, [&](const Peer& peer) { return peer.pairing && peer.pairing->invite == invite; });
}

template <class Peers>
auto find_name(Peers& peers, std::string_view name) -> decltype(&peers.begin()->second) {
  const auto at = peers.find(name);
  return at == peers.end() ? nullptr : &at->second;
}

}  // namespace

std::string_view name_of(PeerState state) noexcept {
  constexpr std::array<std::string_view, 8> kNames{"INVITED", "VERIFYING", "ACTIVE",  "SUSPENDED",
                                                   "EXPIRED", "FORKED",    "REVOKED", "DECLINED"};
  return kNames[static_cast<std::size_t>(state)];
}

bool is_peer_name(std::string_view name) noexcept {
  constexpr std::size_t kMost = 31;
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && name.size() <= kMost && letter(name[0]) &&
         std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-'; });
}

PeerState Peer::state_at(WallTime now) const noexcept {
  switch (stage) {
    case Stage::kInvited:
      return pairing && now > pairing->expires ? PeerState::kExpired : PeerState::kInvited;
    case Stage::kVerifying:
      // Once our operator has verified, the rest is the other side's to do, however long it takes.
      return pairing && !pairing->we_verified && now > pairing->expires ? PeerState::kExpired
                                                                        : PeerState::kVerifying;
    case Stage::kDeclined:
      return PeerState::kDeclined;
    case Stage::kRevoked:
      return PeerState::kRevoked;
    case Stage::kActive:
      break;
  }
  if (forked) return PeerState::kForked;
  if (!agreement || agreement->ended(now)) return PeerState::kExpired;
  if (is_suspended_by_us(*this, now)) return PeerState::kSuspended;
  if (refused_by_them && (!their_refusal_until || now < *their_refusal_until)) return PeerState::kSuspended;
  return PeerState::kActive;
}

bool Peer::is_called(WallTime now) const noexcept {
  if (stage != Stage::kActive || forked || is_suspended_by_us(*this, now)) return false;
  return !refused_by_them || last_error.reason != v1::REASON_REVOKED;
}

Status PeerBook::load(const storage::View& view) {
  std::map<std::string, Peer, std::less<>> peers;
  std::map<InviteId, Used> used;
  WallTime seen{};
  Status failed;
  COMITY_CHECK(view.walk(kPeers.range(), false, [&](ByteView key, ByteView value) {
    auto peer = decode_peer(key, value, storage_key_);
    if (!peer.ok()) {
      failed = peer.error();
      return false;
    }
    std::string name = peer->name;
    peers.emplace(std::move(name), *std::move(peer));
    return true;
  }));
  COMITY_CHECK(failed);
  COMITY_CHECK(view.walk(kUsedInvites.range(), false, [&](ByteView key, ByteView value) {
    const auto parsed = kUsedInvites.parse(key);
    auto row = feed::RowReader::open(kUsedInvites.info(), key, value);
    if (!parsed.ok() || !row.ok()) {
      failed = parsed.ok() ? row.error() : parsed.error();
      return false;
    }
    const AgencyId agency = row->id<AgencyId>();
    used[std::get<0>(*parsed)] = {agency, from_millis(row->number<std::uint64_t>())};
    if (!row->done()) failed = feed::damaged(kUsedInvites.info(), key, "its fields do not fit");
    return failed.ok();
  }));
  COMITY_CHECK(failed);
  const Bytes key = seen_key();
  COMITY_TRY(const auto value, view.get(key));
  if (value) {
    COMITY_TRY(auto row, feed::RowReader::open(kFederation.info(), key, *value));
    seen = from_millis(row.number<std::uint64_t>());
    if (!row.done()) return feed::damaged(kFederation.info(), key, "its fields do not fit");
  }
  peers_ = std::move(peers);
  used_ = std::move(used);
  seen_ = seen_stored_ = seen;
  return {};
}

const Peer* PeerBook::find(std::string_view name) const {
  return find_name(peers_, name);
}
const Peer* PeerBook::find(const AgencyId& agency) const {
  return find_agency(peers_, agency);
}
const Peer* PeerBook::find(const InviteId& invite) const {
  return find_invite(peers_, invite);
}
Peer* PeerBook::change(std::string_view name) {
  return find_name(peers_, name);
}
Peer* PeerBook::change(const AgencyId& agency) {
  return find_agency(peers_, agency);
}
Peer* PeerBook::change(const InviteId& invite) {
  return find_invite(peers_, invite);
}

Rows PeerBook::observe(WallTime now) {
  Rows rows;
  seen_ = time(now);
  if (seen_ - seen_stored_ < kSeenEvery) return rows;
  const Bytes key = seen_key();
  rows.put(key, checked_row(key, {proto::to_be(millis(seen_))}));
  seen_stored_ = seen_;
  return rows;
}

bool PeerBook::flows(const Peer& peer, WallTime now) const {
  return peer.state_at(time(now)) == PeerState::kActive && peer.agreement->runs(time(now));
}

std::vector<policy::PeerStanding> PeerBook::standings(const SpaceId& space, std::string_view slug,
                                                      WallTime now) const {
  std::vector<policy::PeerStanding> out;
  for (const auto& [name, peer] : peers_) {
    if (peer.agency.is_zero()) continue;
    policy::PeerStanding standing{.agency = peer.agency, .active = flows(peer, now)};
    if (const Flow* const flow = peer.agreement ? peer.agreement->sends(self_) : nullptr) {
      standing.may_send = true;
      standing.space_allowed = flow->allows(space, slug);
      standing.ceiling = flow->ceiling;
    }
    out.push_back(std::move(standing));
  }
  return out;
}

const Flow* PeerBook::incoming(const AgencyId& author, WallTime now) const {
  const Peer* const peer = find(author);
  return peer != nullptr && flows(*peer, now) ? peer->agreement->sends(author) : nullptr;
}

std::optional<policy::Label> PeerBook::incoming_ceiling(const AgencyId& author, const SpaceId& space,
                                                        std::string_view slug, WallTime now) const {
  const Flow* const flow = incoming(author, now);
  if (flow == nullptr) return std::nullopt;
  const bool may_become_named = slug.empty() && !flow->patterns.empty();
  if (!may_become_named && !flow->allows(space, slug)) return std::nullopt;
  return flow->ceiling;
}

std::vector<crypto::Key32> PeerBook::grant_psks(const AgencyId& agency) const {
  std::vector<crypto::Key32> out;
  const Peer* const peer = find(agency);
  if (peer == nullptr || peer->stage == Stage::kRevoked) return out;
  for (const crypto::PairKey& psk : peer->psks)
    out.push_back(psk.for_grants());
  return out;
}

std::optional<crypto::Key32> PeerBook::session_psk(const AgencyId& agency) const {
  const Peer* const peer = find(agency);
  if (peer == nullptr) return std::nullopt;
  if (!peer->psks.empty()) return peer->psks.front().for_noise();
  // The other side may have finished the pairing in a handshake whose last message we never saw.
  if (!peer->pairing || !peer->pairing->we_verified || peer->pairing->claims.empty()) return std::nullopt;
  const auto& waiting = peer->pairing->claims.front().psks;
  if (waiting.empty()) return std::nullopt;
  return waiting.front().for_noise();
}

Peer& PeerBook::add(Peer peer) {
  std::string name = peer.name;
  return peers_.insert_or_assign(std::move(name), std::move(peer)).first->second;
}

void PeerBook::remove(std::string_view name, Rows& rows) {
  const auto at = peers_.find(name);
  if (at == peers_.end()) return;
  const AgencyId agency = at->second.agency;
  rows.erase(kPeers.key(at->first));
  peers_.erase(at);
  if (changed_ && !agency.is_zero()) changed_(agency);
}

void PeerBook::save(Peer& peer, Rows& rows, WallTime now) {
  peer.state = peer.state_at(time(now));
  rows.put(kPeers.key(peer.name), encode_peer(peer, storage_key_, random_));
  if (changed_ && !peer.agency.is_zero()) changed_(peer.agency);
}

void PeerBook::use_invite(const InviteId& invite, const AgencyId& agency, WallTime now, Rows& rows) {
  const Bytes key = kUsedInvites.key(invite);
  used_[invite] = {agency, now};
  rows.put(key, checked_row(key, {agency.view(), proto::to_be(millis(now))}));
}

const PeerBook::Used* PeerBook::used(const InviteId& invite) const {
  const auto at = used_.find(invite);
  return at == used_.end() ? nullptr : &at->second;
}

}  // namespace comity::federation
