// SPDX-License-Identifier: EUPL-1.2
// What is said in sessions, and to whom it goes.
#include <algorithm>
#include <utility>

#include "node/federation/federation.h"
#include "node/federation/peering/reasons.h"

namespace comity::federation {
namespace {

// Messages for sync that come before this side is ready: a Vector or two, heads, wants.
constexpr std::size_t kMostEarly = 4096;
constexpr std::size_t kMostEarlyBytes = 2U * 1024 * 1024;

bool is_for_sync(const v1::Wire& wire) {
  switch (wire.m_case()) {
    case v1::Wire::kVector:
    case v1::Wire::kWant:
    case v1::Wire::kBatch:
    case v1::Wire::kAck:
    case v1::Wire::kHead:
    case v1::Wire::kFork:
    case v1::Wire::kHeadsWant:
      return true;
    case v1::Wire::kRefusal:
      return !wire.refusal().feed().empty();
    default:
      return false;
  }
}

}  // namespace

Federation::Talk* Federation::talk(std::uint64_t serial) {
  const auto at = talks_.find(serial);
  return at == talks_.end() ? nullptr : at->second.get();
}

Federation::Talk* Federation::talk_in(const peer::Session& session) {
  const auto at = serials_.find(&session);
  return at == serials_.end() ? nullptr : talk(at->second);
}

// Of peers alone: in a pairing anybody may say that it is that agency.
Federation::Talk* Federation::talk_with(const AgencyId& agency) {
  Talk* found = nullptr;
  for (auto& [number, each] : talks_) {
    if (each->agency == agency && each->peer != nullptr) found = each.get();
  }
  return found;
}

void Federation::opened(peer::Session& session) {
  const peer::Contact& contact = session.contact();
  // Who calls with an invitation may say that it is anybody: no line of the log shall name that agency.
  const bool borne_out = contact.purpose == peer::Purpose::kPeer || contact.we_dialled;
  const auto agency = borne_out ? id_of<AgencyId>(session.remote_hello().agency()) : AgencyId();
  const std::uint64_t serial = next_serial_++;
  serials_[&session] = serial;
  Talk& at = *talks_.emplace(serial, std::make_unique<Talk>(session, serial, agency)).first->second;
  if (contact.purpose == peer::Purpose::kPair) {
    open_pair(at);
  } else {
    open_peer(at);
  }
  changed();
}

void Federation::open_pair(Talk& at) {
  at.since = at.progressed = setup_.clock.now();
  const v1::Hello& theirs = at.session.remote_hello();
  const peer::Contact& contact = at.session.contact();
  at.pair = std::make_unique<PairSession>(
      trust_.peering(), PairContact{.invite = contact.invite,
                                    .remote_static = contact.remote_static,
                                    .agency = id_of<AgencyId>(theirs.agency()),
                                    .keydoc = theirs.keydoc(),
                                    .keydoc_hash = id_of<Sha256Digest>(theirs.keydoc_hash()),
                                    .handshake_hash = contact.handshake_hash,
                                    .we_dialled = contact.we_dialled});
  auto step = at.pair->opened(trust_.now());
  run_in(at, step.ok() ? *std::move(step) : at.pair->refused(step.error(), trust_.now()));
}

void Federation::open_peer(Talk& at) {
  const peer::Contact& contact = at.session.contact();
  const auto agency = trust_.peering().peer_of_static(contact.remote_static, trust_.now());
  if (!agency) return end_talk(at, {Code::kPeerUnknown, {}});
  at.agency = *agency;
  other_static_.erase(*agency);
  at.peer = std::make_unique<PeerSession>(trust_.peering(), PeerContact{*agency, contact.remote_static});
  // Links keeps one session an agency, so no other instance is live here.
  run_in(at, at.peer->opened(at.session.remote_hello(), false, trust_.now()));
  begin_sync(at);
}

bool Federation::flows(const AgencyId& agency) const {
  const Peer* const peer = trust_.peers().find(agency);
  return peer != nullptr && trust_.peers().flows(*peer, trust_.now());
}

void Federation::begin_sync(Talk& at) {
  if (at.syncing || at.peer == nullptr || !at.peer->open() || closing_) return;
  if (!flows(at.agency)) return;
  if (at.stopped) {
    // What both still had in hand is forgotten; a session anew begins with what each holds.
    v1::Bye bye;
    bye.set_reason(v1::REASON_REPLACED);
    return at.session.bye(bye);
  }
  at.syncing = true;
  const std::uint64_t serial = at.serial;
  ask_for_chains(at);
  sync_.opened(at.agency, at.outlet, at.session.remote_hello());
  while (Talk* const still = talk(serial)) {
    if (still->early.empty()) break;
    Talk::Early next = std::move(still->early.front());
    still->early.pop_front();
    (void)sync_.message(still->agency, next.lane, std::move(next.wire), next.bytes);
  }
}

// Time alone begins and ends an agreement. The session stays meanwhile: it is how a new agreement comes.
void Federation::follow_agreements() {
  std::vector<std::uint64_t> serials;
  for (const auto& [number, each] : talks_)
    if (each->peer != nullptr) serials.push_back(each->serial);
  for (const std::uint64_t serial : serials) {
    Talk* const at = talk(serial);
    if (at == nullptr) continue;
    const bool runs = flows(at->agency);
    if (runs == at->syncing) continue;
    if (runs) {
      begin_sync(*at);
      continue;
    }
    at->syncing = false;
    at->stopped = true;
    sync_.closed(at->agency);
  }
}

void Federation::message(peer::Session& session, v1::Lane lane, v1::Wire&& wire, std::size_t bytes) {
  Talk* const found = talk_in(session);
  if (found == nullptr) return;
  Talk& at = *found;
  if (at.pair != nullptr) {
    pair_message(at, wire);
  } else if (at.peer != nullptr) {
    peer_message(at, lane, std::move(wire), bytes);
  }
  changed();
}

void Federation::pair_message(Talk& at, const v1::Wire& wire) {
  const std::uint64_t serial = at.serial;
  const ChainMark before = chain_mark(wire);
  auto step = at.pair->message(wire, trust_.now());
  run_in(at, step.ok() ? *std::move(step) : at.pair->refused(step.error(), trust_.now()));
  // A chain that begins here is that of somebody whom nobody has verified: nothing follows from it.
  if (before.version != 0) chain_changed(before, serial);
}

void Federation::peer_message(Talk& at, v1::Lane lane, v1::Wire&& wire, std::size_t bytes) {
  if (!std::exchange(at.accepted, true)) setup_.events.accepted(at.agency);
  if (is_for_sync(wire)) {
    if (at.syncing) {
      (void)sync_.message(at.agency, lane, std::move(wire), bytes);
      return;
    }
    // Its clock may say that the agreement still runs. Whether it has stopped refusing us it tells next.
    const Peer* const peer = trust_.peers().find(at.agency);
    if (at.peer->open() && peer != nullptr && !peer->agreement->runs(trust_.now())) return;
    at.early_bytes += bytes;
    if (at.early.size() >= kMostEarly || at.early_bytes > kMostEarlyBytes) {
      return end_talk(at, {Code::kSessionOrder, "entries before the agreement is clear"});
    }
    at.early.push_back({lane, std::move(wire), bytes});
    return;
  }
  if (wire.has_call_back_want()) return call_back_wanted(at, wire.call_back_want());
  if (wire.has_call_back()) return call_back_answered(at, wire.call_back());
  const std::uint64_t serial = at.serial;
  const auto kind = wire.m_case();
  const ChainMark before = chain_mark(wire);
  run_in(
      at,
      at.peer->message(
          wire,
          {.may_start = [this](const AgencyId& agency) { return wanted_chains_.contains(agency); },
           .may_ask = [this,
                       &at](const AgencyId& agency) { return authors_known_to(at.agency).contains(agency); }},
          trust_.now()));
  chain_changed(before, serial);
  if (kind == v1::Wire::kKeydocs || kind == v1::Wire::kEncKeys) dirty_ = true;
  if (Talk* const still = talk(serial)) begin_sync(*still);
}

std::set<AgencyId> Federation::authors_known_to(const AgencyId& agency) const {
  std::set<AgencyId> out;
  for (const auto& [feed, known] : sync_.book().all()) {
    const AgencyId& author = known.state.agency();
    if (author != trust_.self() && author != agency && known.knows(agency)) out.insert(author);
  }
  return out;
}

Federation::ChainMark Federation::chain_mark(const v1::Wire& wire) const {
  ChainMark mark;
  if (!wire.has_keydocs()) return mark;
  mark.author = id_of<AgencyId>(wire.keydocs().agency());
  const crypto::KeyChain* const held = trust_.chains().find(mark.author);
  if (held == nullptr) return mark;
  mark.version = held->version();
  mark.hash = held->current_hash();
  return mark;
}

// After key documents, in whichever kind of session they came. What an agency of a common space has revoked
// may reach us, or them, by each other alone. To nobody else is anything said of that agency.
void Federation::chain_changed(const ChainMark& mark, std::uint64_t from) {
  const AgencyId author = mark.author;
  if (author.is_zero()) return;
  sync_.keys_changed(author);
  const crypto::KeyChain* const now = trust_.chains().find(author);
  if (now == nullptr || now->current_hash() == mark.hash) return;
  const crypto::KeyChain& chain = *now;
  // Where versions fell away, others lack the one that took their place too.
  const std::uint32_t before = chain.version() > mark.version ? mark.version : chain.version() - 1;
  for (std::uint32_t version = 1; version <= chain.version(); ++version) {
    for (const crypto::Revocation& each : chain.at(version)->revoked) {
      if (chain.revocation(each.key)->reason == crypto::RevocationReason::kCompromised)
        setup_.ingester.distrust(each.key);
    }
  }
  v1::KeyDocWant want;
  want.set_agency(field(author.view()));
  want.set_from_version(before + 1);
  // Behind the step that stores it.
  steps_.run({}, [this, author, want, from](const Step&, const Status& stored) {
    if (!stored.ok()) return;
    setup_.events.keys_changed();
    Talk* const own = talk_with(author);
    if (own != nullptr && own->peer != nullptr && own->serial != from)
      run_in(*own, own->peer->chain_grown(trust_.now()));
    for (auto& [number, each] : talks_) {
      if (each->peer == nullptr || each->serial == from || each->agency == author) continue;
      if (!authors_known_to(each->agency).contains(author)) continue;
      for (v1::KeyDocs& part : trust_.chains().serve(want)) {
        v1::Wire wire;
        *wire.mutable_keydocs() = std::move(part);
        (void)each->session.send(v1::LANE_CONTROL, wire);  // they ask when they connect again
      }
    }
  });
}

void Federation::ask_for_chains(Talk& at) {
  constexpr std::size_t kMost = 512;
  std::size_t asked = 0;
  for (const AgencyId& author : authors_known_to(at.agency)) {
    const crypto::KeyChain* const chain = trust_.chains().find(author);
    if (chain == nullptr || ++asked > kMost) continue;
    v1::Wire wire;
    wire.mutable_keydoc_want()->set_agency(field(author.view()));
    wire.mutable_keydoc_want()->set_from_version(chain->version() + 1);
    if (!at.session.send(v1::LANE_CONTROL, wire).ok()) return;
  }
}

void Federation::room(peer::Session& session, v1::Lane /*lane*/) {
  const Talk* const at = talk_in(session);
  if (at != nullptr && at->syncing) sync_.room(at->agency);
}

void Federation::closed(peer::Session& session, const Error& why, const std::optional<v1::Bye>& theirs) {
  Talk* const found = talk_in(session);
  if (found == nullptr) return;
  Talk& at = *found;
  if (at.syncing) sync_.closed(at.agency);
  if (at.pair != nullptr) {
    Step step = theirs ? at.pair->bye(*theirs, trust_.now()) : Step{};
    step.rows.add(at.pair->closed());
    steps_.run(std::move(step), [](const Step&, const Status&) {});
  } else if (at.peer != nullptr && theirs) {
    steps_.run(at.peer->bye(*theirs, trust_.now()), [](const Step&, const Status&) {});
    hear_doubt(at.agency, *theirs);
  }
  if (why.code != Code::kSessionEnded && why.code != Code::kCancelled && why.code != Code::kSessionReplaced)
    setup_.events.trouble(at.agency, why);
  talks_.erase(at.serial);
  serials_.erase(&session);
  changed();
}

// Whether the other side doubts that this is the one node of our agency.
void Federation::hear_doubt(const AgencyId& agency, const v1::Bye& bye) {
  const auto instance = id_of<InstanceId>(bye.instance());
  if (bye.reason() == v1::REASON_CLONE && instance != setup_.instance) setup_.events.clone_here(agency);
  if (bye.reason() == v1::REASON_FORK && instance == setup_.instance) setup_.events.went_back_here(agency);
}

void Federation::run_in(Talk& at, Step step) {
  if (step.failure) setup_.events.trouble(at.agency, *step.failure);
  steps_.run(std::move(step), [this, serial = at.serial](Step done, const Status& stored) {
    carry_out(serial, std::move(done), stored);
  });
}

void Federation::carry_out(std::uint64_t serial, Step step, const Status& stored) {
  Talk* at = talk(serial);
  if (at == nullptr || at->ending) return;
  if (!stored.ok()) return end_talk(*at, stored.error());
  for (const v1::Wire& wire : step.messages) {
    const Status sent = at->session.send(v1::LANE_CONTROL, wire);
    if (!sent.ok()) return end_talk(*at, sent.error());
  }
  if (step.bye) return part(*at, *step.bye);
  if (at->pair != nullptr && at->pair->finished()) {
    // Content goes through a session under the pair's own secret.
    v1::Bye bye;
    bye.set_reason(v1::REASON_REPLACED);
    part(*at, bye);
    dirty_ = true;
    return;
  }
  if (at->peer != nullptr) begin_sync(*at);
}

void Federation::end_talk(Talk& at, const Error& error) {
  setup_.events.trouble(at.agency, error);
  part(at, bye_for(error, trust_.now()));
}

void Federation::part(Talk& at, const v1::Bye& bye) {
  at.ending = true;
  at.session.bye(bye);
}

// Whoever holds an invitation may take a seat at the door: not for longer than a pairing needs.
void Federation::end_overdue() {
  const runtime::Mono now = setup_.clock.now();
  for (auto& [number, each] : talks_) {
    if (each->pair == nullptr || each->ending) continue;
    if (std::exchange(each->steps, each->pair->steps()) != each->pair->steps()) each->progressed = now;
    const auto bye = each->pair->overdue(now - each->since, now - each->progressed);
    if (bye) part(*each, *bye);
  }
}

void Federation::poll_pairings() {
  std::vector<std::uint64_t> serials;
  for (const auto& [number, each] : talks_)
    if (each->pair != nullptr && !each->ending) serials.push_back(each->serial);
  for (const std::uint64_t serial : serials) {
    Talk* const at = talk(serial);
    if (at == nullptr) continue;
    Step step = at->pair->poll(trust_.now());
    if (!step.empty() || at->pair->finished()) run_in(*at, std::move(step));
  }
}

}  // namespace comity::federation
