// SPDX-License-Identifier: EUPL-1.2
// Whom we call, who may call us, and what we say first.
#include <algorithm>

#include "node/federation/federation.h"
#include "node/federation/links/link_table.h"
#include "node/feed/hlc.h"

namespace comity::federation {
namespace {

constexpr std::chrono::seconds kConnectTime{10};

// What the other side may send before we have stored anything of it.
constexpr std::uint32_t kLiveEntries = 1024;
constexpr std::uint64_t kLiveBytes = 4U * 1024 * 1024;
constexpr std::uint32_t kBackfillEntries = 2048;
constexpr std::uint64_t kBackfillBytes = 8U * 1024 * 1024;

void permit(v1::Hello& hello, v1::Lane lane, std::uint32_t entries, std::uint64_t bytes) {
  v1::Credit& credit = *hello.add_credit();
  credit.set_lane(lane);
  credit.set_entries(entries);
  credit.set_bytes(bytes);
}

// The back-off is at its most by then.
constexpr unsigned kMostPairFailures = 10;

/// Whether a session ended because one side refused the other, and will again.
bool was_refused(const peer::Ended& ended) {
  if (!ended.theirs) return ended.why.code == Code::kSessionEnded;
  switch (ended.theirs->reason()) {
    case v1::REASON_CLOSING:
    case v1::REASON_DRAINING:
    case v1::REASON_REPLACED:
    case v1::REASON_TIMEOUT:
      return false;
    default:
      return true;
  }
}

}  // namespace

std::vector<crypto::X25519KeyPair> Federation::statics() const {
  std::vector<crypto::X25519KeyPair> out;
  out.push_back(setup_.transport.clone());
  if (!setup_.older_transport) return out;
  for (const crypto::X25519KeyPair& older : setup_.older_transport())
    out.push_back(older.clone());
  return out;
}

bool Federation::invite_open(const InviteId& invite) const {
  return trust_.peering().invite_open(invite, trust_.now());
}

std::optional<crypto::Key32> Federation::psk(peer::Purpose purpose, const InviteId& invite,
                                             const crypto::X25519PublicKey& claimed) const {
  if (purpose == peer::Purpose::kPair) return trust_.peering().pairing_psk(invite, claimed, trust_.now());
  const auto agency = trust_.peering().peer_of_static(claimed, trust_.now());
  return agency ? trust_.peers().session_psk(*agency) : std::nullopt;
}

bool Federation::owns(const crypto::X25519PublicKey& proven, const AgencyId& agency) const {
  return trust_.peering().peer_of_static(proven, trust_.now()) == agency;
}

std::vector<runtime::Endpoint> Federation::endpoints(const AgencyId& agency) const {
  std::vector<runtime::Endpoint> out;
  const Peer* const peer = trust_.peers().find(agency);
  if (peer == nullptr) return out;
  const auto plan = trust_.peering().dial(peer->name, trust_.now());
  if (!plan.ok()) return out;
  for (const std::string& text : plan->endpoints) {
    auto endpoint = runtime::Endpoint::parse(text);
    if (endpoint.ok()) out.push_back(*std::move(endpoint));
  }
  return out;
}

// A peer answers the keys that it knows. One that holds an older document of ours knows us by an older key,
// which later documents still name unless it was revoked; where we cannot know, we try both in turn.
const crypto::X25519KeyPair& Federation::static_for(const DialPlan& plan) const {
  const auto others =
      setup_.older_transport ? setup_.older_transport() : std::span<const crypto::X25519KeyPair>();
  if (others.empty()) return setup_.transport;
  const crypto::KeyChain& own = trust_.chains().own();
  const auto lists = [](const crypto::KeyDoc& doc, const crypto::X25519KeyPair& pair) {
    return std::ranges::find(doc.transport, pair.public_key(), &crypto::TransportKey::key) !=
           doc.transport.end();
  };
  if (plan.pairing) return lists(own.current(), others.front()) ? others.front() : setup_.transport;
  const Peer* const peer = trust_.peers().find(plan.agency);
  const crypto::KeyDoc* const held = peer == nullptr ? nullptr : own.at(peer->keydoc_held);
  const bool known = held != nullptr && lists(*held, setup_.transport);
  return known != other_static_.contains(plan.agency) ? setup_.transport : others.front();
}

Result<peer::Call> Federation::call_by(const DialPlan& plan) const {
  const crypto::KeyChain& own = trust_.chains().own();
  return peer::Call{.purpose = plan.pairing ? peer::Purpose::kPair : peer::Purpose::kPeer,
                    .invite = plan.invite,
                    .expected = plan.agency,
                    .remote_static = plan.remote_static,
                    .own_static = static_for(plan).clone(),
                    .psk = plan.psk.clone(),
                    .self = {trust_.self(), own.version(), own.current_hash()}};
}

Result<peer::Call> Federation::call(const AgencyId& agency) {
  const Peer* const peer = trust_.peers().find(agency);
  if (peer == nullptr) return Error{Code::kPeerUnknown, agency.hex()};
  COMITY_TRY(const DialPlan plan, trust_.peering().dial(peer->name, trust_.now()));
  return call_by(plan);
}

std::optional<InstanceId> Federation::pinned(const AgencyId& agency) const {
  const Peer* const peer = trust_.peers().find(agency);
  if (peer == nullptr || peer->instance.is_zero()) return std::nullopt;
  return peer->instance;
}

void Federation::dial_failed(const AgencyId& agency, const runtime::Endpoint& endpoint, const Error& why) {
  Peer* const peer = trust_.peers().change(agency);
  if (peer == nullptr || why.code == Code::kSessionReplaced) return;
  // Once a round, however many addresses it has.
  const auto addresses = endpoints(agency);
  const bool first = !addresses.empty() && addresses.front().to_string() == endpoint.to_string();
  if (first && other_static_.erase(agency) == 0) other_static_.insert(agency);
  const std::string where = endpoint.to_string();
  const std::string text = why.detail.empty() ? where : where + ": " + why.detail;
  const bool again = peer->last_error.code == why.code && peer->last_error.text == text;
  // In memory only: it is of now, and the next try says it again.
  peer->last_error = {.code = why.code, .text = text, .when = trust_.now()};
  if (!again) setup_.events.trouble(agency, {why.code, text});
}

void Federation::clone_met(const AgencyId& agency, const InstanceId& refused) {
  steps_.run(trust_.peering().cloned(agency, refused, trust_.now()), [](const Step&, const Status&) {});
  setup_.events.trouble(agency, {Code::kPeerClone, "refused is instance " + refused.hex()});
}

Result<v1::Hello> Federation::hello(const peer::Contact& contact) {
  v1::Hello out;
  const bool pairing = contact.purpose == peer::Purpose::kPair;
  const auto known = trust_.peering().peer_of_static(contact.remote_static, trust_.now());
  if (!pairing && !known) return Error{Code::kPeerUnknown, {}};
  PeerSession(trust_.peering(), {known.value_or(AgencyId()), contact.remote_static}).fill(out);
  if (pairing) out.clear_terms_digest();
  out.set_hlc(raw(feed::make_hlc(trust_.now())));
  out.set_instance(field(setup_.instance.view()));
  out.set_boot_count(setup_.boot_count);
  out.set_software(setup_.software);
  if (!pairing) {
    if (const auto digest = sync_.hello_digest(*known)) out.set_vector_digest(field(digest->view()));
    permit(out, v1::LANE_LIVE, kLiveEntries, kLiveBytes);
    permit(out, v1::LANE_BACKFILL, kBackfillEntries, kBackfillBytes);
  }
  return out;
}

void Federation::dial_pairings() {
  if (closing_) return;
  const runtime::Mono now = setup_.clock.now();
  std::vector<std::string> names;
  for (const auto& [name, peer] : trust_.peers().all()) {
    if (!peer.pairing || peer.pairing->ours || dialling_.contains(name)) continue;
    const auto before = pair_dials_.find(name);
    if (before != pair_dials_.end() && before->second.second > now) continue;
    if (trust_.peering().dial(name, trust_.now()).ok()) names.push_back(name);
  }
  for (const std::string& name : names) {
    dialling_.insert(name);
    nursery_.spawn("pairing", dial_pairing(this, name));
  }
}

void Federation::pairing_failed(std::string_view name, const Error& why, const std::string& where) {
  Peer* const peer = trust_.peers().change(name);
  if (peer == nullptr) return;
  setup_.events.trouble(peer->agency, {why.code, where});
  if (why.code == Code::kHandshakeRefused) {
    // Nobody is there to be told that we have declined. And what they said is worth more than their silence.
    if (peer->stage == Stage::kDeclined) peer->refused_by_them = true;
    if (peer->stage == Stage::kDeclined || peer->last_error.reason != v1::REASON_NONE) return;
  }
  // In memory only: it is of now, and the next try says it again.
  peer->last_error = {.code = why.code, .text = where, .when = trust_.now()};
}

runtime::Task<void> Federation::dial_pairing(Federation* federation, std::string name) {
  const auto plan = federation->trust_.peering().dial(name, federation->trust_.now());
  const runtime::Mono began = federation->setup_.clock.now();
  bool opened = false;
  bool refused = false;
  if (plan.ok()) {
    for (const std::string& text : plan->endpoints) {
      const auto endpoint = runtime::Endpoint::parse(text);
      if (!endpoint.ok()) continue;
      auto stream = co_await federation->setup_.net.dial(*endpoint, kConnectTime);
      Error why;
      if (stream.ok()) {
        auto call = federation->call_by(*plan);
        const peer::Ended ended =
            co_await peer::run_dialled(&federation->local_, *std::move(stream), *std::move(call));
        opened = ended.opened;
        why = ended.why;
        refused = was_refused(ended);
      } else {
        why = stream.error();
      }
      if (opened || federation->closing_) break;
      federation->pairing_failed(name, why, text);
    }
  }
  federation->dialling_.erase(name);
  auto& [failures, next] = federation->pair_dials_[name];
  const bool steady = federation->setup_.clock.now() - began >= link_limits::kSteadyAfter;
  failures = opened && (!refused || steady) ? 1 : std::min(failures + 1, kMostPairFailures);
  next = runtime::after(federation->setup_.clock.now(), back_off(failures, federation->setup_.random));
}

}  // namespace comity::federation
