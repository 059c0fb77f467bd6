// SPDX-License-Identifier: EUPL-1.2
#include <algorithm>

#include "node/federation/keys/sealed.h"
#include "node/federation/peering/peer.h"
#include "node/federation/tables.h"
#include "node/feed/row.h"
#include "proto/decode.h"

namespace comity::federation {
namespace {

constexpr std::uint8_t kLayout = 3;
// Far above what is ever written: a damaged count is refused before it is believed.
constexpr std::uint32_t kMostItems = 64;

struct Writer {
  feed::RowWriter out{};
  ByteView key;
  const crypto::Key32& storage_key;
  crypto::Random& random;
  std::uint32_t secrets = 0;

  void blob(ByteView bytes) { out.number(static_cast<std::uint32_t>(bytes.size())).bytes(bytes); }
  void text(std::string_view value) { blob(proto::as_bytes(value)); }
  void flag(bool value) { out.number(static_cast<std::uint8_t>(value ? 1 : 0)); }
  void time(WallTime value) { out.number(millis(value)); }
  void time(const std::optional<WallTime>& value) {
    flag(value.has_value());
    time(value.value_or(WallTime()));
  }
  void secret(std::span<const std::byte, 32> value) {
    out.bytes(seal_key(storage_key, key, secrets++, value, random));
  }
  void agreed(const std::optional<Agreed>& value) { blob(value ? proto::encode(value->message) : Bytes()); }
  template <class List, class Each>
  void list(const List& items, Each each) {
    out.number(static_cast<std::uint32_t>(items.size()));
    for (const auto& item : items)
      each(item);
  }
  void psks(const std::vector<crypto::PairKey>& items) {
    list(items, [&](const crypto::PairKey& psk) { secret(psk.bytes.view()); });
  }
};

struct Reader {
  feed::RowReader in;
  ByteView key;
  const crypto::Key32& storage_key;
  std::uint32_t secrets = 0;
  bool good = true;

  [[nodiscard]] ByteView blob() { return in.bytes(in.number<std::uint32_t>()); }
  [[nodiscard]] std::string text() { return std::string(proto::as_text(blob())); }
  [[nodiscard]] bool flag() { return in.number<std::uint8_t>() != 0; }
  [[nodiscard]] WallTime time() { return from_millis(in.number<std::uint64_t>()); }
  [[nodiscard]] std::optional<WallTime> maybe_time() {
    const bool there = flag();
    const WallTime value = time();
    return there ? std::optional(value) : std::nullopt;
  }
  void secret(crypto::GuardedKey32& out) {
    good = open_key(storage_key, key, secrets++, in.bytes(kSealedKeyBytes), out.writable()).ok() && good;
  }
  [[nodiscard]] std::optional<Agreed> agreed() {
    const ByteView bytes = blob();
    if (bytes.empty()) return std::nullopt;
    const auto message = proto::decode<v1::SignedAgreement>(bytes, kSignedAgreementBytes);
    auto read = message.ok() ? read_agreement(*message) : Result<Agreed>(message.error());
    good = good && read.ok();
    return read.ok() ? std::optional(*std::move(read)) : std::nullopt;
  }
  template <class Each>
  void list(Each each) {
    const auto count = in.number<std::uint32_t>();
    good = good && count <= kMostItems;
    for (std::uint32_t i = 0; good && i < count; ++i)
      each();
  }
  void psks(std::vector<crypto::PairKey>& out) {
    list([&] { secret(out.emplace_back().bytes); });
  }
};

void write(Writer& to, const Claim& claim) {
  to.out.bytes(claim.agency.view()).bytes(claim.transport.view());
  to.text(claim.legal_name);
  to.agreed(claim.agreement);
  to.flag(claim.they_verified);
  to.psks(claim.psks);
  to.time(claim.since);
  to.flag(claim.chain_held_before);
}

Claim read_claim(Reader& from) {
  Claim claim;
  claim.agency = from.in.id<AgencyId>();
  claim.transport = from.in.id<crypto::X25519PublicKey>();
  claim.legal_name = from.text();
  claim.agreement = from.agreed();
  claim.they_verified = from.flag();
  from.psks(claim.psks);
  claim.since = from.time();
  claim.chain_held_before = from.flag();
  return claim;
}

void write(Writer& to, const PairingRow& pairing) {
  to.out.bytes(pairing.invite.view());
  to.flag(pairing.ours);
  to.secret(pairing.psk.view());
  to.time(pairing.expires);
  to.blob(pairing.terms);
  to.out.bytes(pairing.terms_digest.view()).bytes(pairing.keydoc_hash.view()).bytes(pairing.node_key.view());
  to.flag(pairing.review);
  to.flag(pairing.we_signed);
  to.flag(pairing.we_verified);
  to.list(pairing.claims, [&](const Claim& claim) { write(to, claim); });
}

PairingRow read_pairing(Reader& from) {
  PairingRow pairing;
  pairing.invite = from.in.id<InviteId>();
  pairing.ours = from.flag();
  from.secret(pairing.psk);
  pairing.expires = from.time();
  pairing.terms = proto::to_bytes(from.blob());
  pairing.terms_digest = from.in.id<Sha256Digest>();
  pairing.keydoc_hash = from.in.id<Sha256Digest>();
  pairing.node_key = from.in.id<crypto::Ed25519PublicKey>();
  pairing.review = from.flag();
  pairing.we_signed = from.flag();
  pairing.we_verified = from.flag();
  from.list([&] { pairing.claims.push_back(read_claim(from)); });
  return pairing;
}

void write(Writer& to, const Trouble& trouble) {
  to.out.number(static_cast<std::uint16_t>(trouble.code)).number(static_cast<std::uint16_t>(trouble.reason));
  to.text(trouble.text);
  to.time(trouble.when);
}

Trouble read_trouble(Reader& from) {
  Trouble trouble;
  trouble.code = proto::code_from_number(from.in.number<std::uint16_t>()).value_or(Code::kUnknown);
  trouble.reason = static_cast<v1::Reason>(from.in.number<std::uint16_t>());
  trouble.text = from.text();
  trouble.when = from.time();
  return trouble;
}

}  // namespace

Bytes encode_peer(const Peer& peer, const crypto::Key32& storage_key, crypto::Random& random) {
  const Bytes key = kPeers.key(peer.name);
  Writer to{.key = key, .storage_key = storage_key, .random = random};
  to.out.number(kLayout).bytes(peer.agency.view()).number(static_cast<std::uint8_t>(peer.stage));
  to.out.number(static_cast<std::uint8_t>(peer.state));
  to.flag(peer.suspended);
  to.time(peer.suspended_until);
  to.flag(peer.refused_by_them);
  to.time(peer.their_refusal_until);
  to.flag(peer.forked);
  to.text(peer.reason);
  to.psks(peer.psks);
  to.agreed(peer.agreement);
  to.agreed(peer.our_proposal);
  to.agreed(peer.their_proposal);
  to.flag(peer.pairing.has_value());
  if (peer.pairing) write(to, *peer.pairing);
  to.out.bytes(peer.instance.view()).bytes(peer.other.view());
  to.list(peer.retired, [&](const InstanceId& id) { to.out.bytes(id.view()); });
  to.out.number(peer.boot_count);
  to.list(peer.endpoints, [&](const std::string& endpoint) { to.text(endpoint); });
  to.time(peer.last_contact);
  write(to, peer.last_error);
  to.time(peer.tries_since);
  to.out.number(peer.wrong_tries).number(peer.warned_days).number(peer.keydoc_held);
  return std::move(to.out).finish(key);
}

Result<Peer> decode_peer(ByteView key, ByteView value, const crypto::Key32& storage_key) {
  COMITY_TRY(const auto parsed, kPeers.parse(key));
  COMITY_TRY(auto row, feed::RowReader::open(kPeers.info(), key, value));
  Reader from{.in = std::move(row), .key = key, .storage_key = storage_key};
  if (from.in.number<std::uint8_t>() != kLayout) return feed::damaged(kPeers.info(), key, "another layout");
  Peer peer;
  peer.name = std::get<0>(parsed);
  peer.agency = from.in.id<AgencyId>();
  peer.stage = static_cast<Stage>(from.in.number<std::uint8_t>());
  peer.state = static_cast<PeerState>(from.in.number<std::uint8_t>());
  peer.suspended = from.flag();
  peer.suspended_until = from.maybe_time();
  peer.refused_by_them = from.flag();
  peer.their_refusal_until = from.maybe_time();
  peer.forked = from.flag();
  peer.reason = from.text();
  from.psks(peer.psks);
  peer.agreement = from.agreed();
  peer.our_proposal = from.agreed();
  peer.their_proposal = from.agreed();
  if (from.flag()) peer.pairing = read_pairing(from);
  peer.instance = from.in.id<InstanceId>();
  peer.other = from.in.id<InstanceId>();
  from.list([&] { peer.retired.push_back(from.in.id<InstanceId>()); });
  peer.boot_count = from.in.number<std::uint64_t>();
  from.list([&] { peer.endpoints.push_back(from.text()); });
  peer.last_contact = from.time();
  peer.last_error = read_trouble(from);
  peer.tries_since = from.time();
  peer.wrong_tries = from.in.number<std::uint32_t>();
  peer.warned_days = from.in.number<std::uint32_t>();
  peer.keydoc_held = from.in.number<std::uint32_t>();
  const bool known_stage = peer.stage >= Stage::kInvited && peer.stage <= Stage::kRevoked;
  if (!from.in.done() || !known_stage || peer.state > PeerState::kDeclined || !is_peer_name(peer.name)) {
    return feed::damaged(kPeers.info(), key, "its fields do not fit");
  }
  if (!from.good) return feed::damaged(kPeers.info(), key, "a part of it does not open or does not decode");
  return peer;
}

}  // namespace comity::federation
