// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "node/peer/connection.h"
#include "node/peer/handshake.h"
#include "node/peer/live_session.h"
#include "test/unit/seeded.h"

/// Two agencies that know each other, A who dials and B who is dialled, from fixed seeds.
namespace comity::peer {

inline const proto::InviteId kInvite = proto::InviteId::from(proto::to_bytes("sixteen bytes id")).value();

/// What one node holds: its transport keys, whom it knows, and which invitations are open.
class Book final : public Acquaintances {
 public:
  std::vector<crypto::X25519KeyPair> statics() const override {
    std::vector<crypto::X25519KeyPair> clones;
    for (const auto& key : own)
      clones.push_back(key.clone());
    return clones;
  }
  bool invite_open(const proto::InviteId& invite) const override { return invites.contains(invite); }
  std::optional<crypto::Key32> psk(Purpose purpose, const proto::InviteId& invite,
                                   const crypto::X25519PublicKey& claimed) const override {
    if (purpose == Purpose::kPair) {
      const auto found = invites.find(invite);
      if (found == invites.end()) return std::nullopt;
      return found->second.clone();
    }
    const auto found = peers.find(claimed);
    if (found == peers.end()) return std::nullopt;
    return found->second.clone();
  }

  bool owns(const crypto::X25519PublicKey& proven, const proto::AgencyId& agency) const override {
    const auto found = owners.find(proven);
    return found == owners.end() || found->second == agency;
  }

  std::vector<crypto::X25519KeyPair> own;
  std::map<crypto::X25519PublicKey, crypto::Key32> peers;
  std::map<crypto::X25519PublicKey, proto::AgencyId> owners;  ///< a key without a row may name anybody
  std::map<proto::InviteId, crypto::Key32> invites;
};

inline Claim claim_of(std::uint64_t seed) {
  test::SeededRandom random(seed);
  Claim claim;
  claim.agency = random.next<proto::AgencyId>();
  claim.keydoc = static_cast<std::uint32_t>(seed);
  claim.keydoc_hash = random.next<proto::Sha256Digest>();
  return claim;
}

inline v1::Hello hello_of(const Claim& claim, std::uint32_t entries = 1000, std::uint64_t bytes = 1U << 20U) {
  v1::Hello hello;
  hello.set_agency(std::string(proto::as_text(claim.agency.view())));
  hello.set_keydoc(claim.keydoc);
  hello.set_keydoc_hash(std::string(proto::as_text(claim.keydoc_hash.view())));
  hello.set_hlc(77);
  hello.set_instance(std::string(16, 'i'));
  hello.set_boot_count(1);
  hello.set_software("comity test");
  for (const v1::Lane lane : {v1::LANE_LIVE, v1::LANE_BACKFILL}) {
    v1::Credit& credit = *hello.add_credit();
    credit.set_lane(lane);
    credit.set_entries(entries);
    credit.set_bytes(bytes);
  }
  return hello;
}

struct Sides {
  explicit Sides(std::uint64_t seed = 1) : a_random(seed), b_random(seed + 1) {
    test::SeededRandom keys(seed + 2);
    a.own.push_back(crypto::X25519KeyPair::generate(keys));
    b.own.push_back(crypto::X25519KeyPair::generate(keys));
    crypto::Key32 psk;
    keys.fill(psk.writable());
    b.peers.emplace(a.own[0].public_key(), psk.clone());
    a.peers.emplace(b.own[0].public_key(), std::move(psk));
    b.owners.emplace(a.own[0].public_key(), a_claim.agency);
    a.owners.emplace(b.own[0].public_key(), b_claim.agency);
  }

  Call call() {
    Call call{.own_static = a.own.at(0).clone()};
    call.remote_static = b.own.at(0).public_key();
    call.expected = b_claim.agency;
    call.psk = a.peers.begin()->second.clone();
    call.self = a_claim;
    return call;
  }
  /// A call with an invitation that B holds too.
  Call pairing() {
    crypto::Key32 psk;
    a_random.fill(psk.writable());
    b.invites.insert_or_assign(kInvite, psk.clone());
    Call pairing = call();
    pairing.purpose = Purpose::kPair;
    pairing.invite = kInvite;
    pairing.psk = std::move(psk);
    return pairing;
  }

  test::SeededRandom a_random;
  test::SeededRandom b_random;
  Book a;
  Book b;
  Claim a_claim = claim_of(11);
  Claim b_claim = claim_of(12);
};

/// The three messages of a handshake and how each side ended.
struct Met {
  Bytes first;
  Bytes second;
  Bytes third;
  std::optional<Result<Established>> a;
  std::optional<Result<Established>> b;
};

/// A whole handshake in memory; stops at the first error.
inline Met meet(Sides& sides, Call call) {
  Met met;
  auto begun = Initiator::begin(std::move(call), sides.a_random);
  if (!begun.ok()) {
    met.a.emplace(begun.error());
    return met;
  }
  Initiator initiator = *std::move(begun);
  Responder responder(sides.b, sides.b_random);
  met.first = initiator.take_output();
  if (const Status took = responder.take(met.first); !took.ok()) {
    met.b.emplace(took.error());
    return met;
  }
  met.second = responder.take_output();
  if (const Status took = initiator.take(met.second); !took.ok()) {
    met.a.emplace(took.error());
    return met;
  }
  met.third = initiator.take_output();
  met.a.emplace(initiator.finish());
  if (const Status took = responder.take(met.third); !took.ok()) {
    met.b.emplace(took.error());
    return met;
  }
  met.b.emplace(responder.finish());
  return met;
}

inline Met meet(Sides& sides) {
  return meet(sides, sides.call());
}

/// Both ends of a session's records.
struct Keys {
  explicit Keys(Sides& sides) {
    Met met = meet(sides);
    a.emplace(*std::move(*met.a));
    b.emplace(*std::move(*met.b));
  }
  std::optional<Established> a;
  std::optional<Established> b;
};

}  // namespace comity::peer
