// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/peering/peer_session.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "node/federation/peering/key_news.h"
#include "node/federation/peering/reasons.h"

namespace comity::federation {
namespace {

// Whether taking it may have us write.
bool is_recorded(const v1::Wire& wire) {
  return wire.has_agreement() || wire.has_enc_keys() || wire.has_endpoints() || wire.has_refusal();
}

// Longer than a refused clone waits until it knocks again.
constexpr std::chrono::minutes kCloneShown{15};

// Asks for what follows the versions that are held, and so tells the owner of the chain which those are.
v1::Wire want_after(const crypto::KeyChain& chain) {
  v1::Wire wire;
  v1::KeyDocWant* const want = wire.mutable_keydoc_want();
  want->set_agency(field(chain.agency().view()));
  want->set_from_version(chain.version() + 1);
  return wire;
}

}  // namespace

void PeerSession::fill(v1::Hello& hello) const {
  PeeringSetup& setup = peering_.setup();
  const crypto::KeyChain& own = setup.chains.own();
  hello.set_agency(field(setup.self.view()));
  hello.set_keydoc(own.version());
  hello.set_keydoc_hash(field(own.current_hash().view()));
  hello.set_enc_keys_serial(setup.enc_keys.serial(setup.self));
  hello.set_endpoints_serial(setup.endpoints.serial(setup.self));
  const Peer* const at = setup.book.find(contact_.agency);
  if (at != nullptr && at->agreement) hello.set_terms_digest(field(at->agreement->digest.view()));
}

// On record once: a peer that dials again and again with the same fault would fill the log, and have us write
// to the disk each time.
Step PeerSession::refuse(const Error& error, std::string_view event, WallTime now,
                         std::optional<WallTime> until) {
  Step step;
  step.failure = error;
  step.bye = bye_for(error, now, until);
  Peer* const at = peer();
  if (at == nullptr) return step;
  // Where the detail holds a time or a count it is another one at each call, and the fault is the same.
  const bool counts = error.code == Code::kPeerClock || error.code == Code::kPeerWentBack;
  const bool again = at->last_error.code == error.code && (counts || at->last_error.text == error.detail);
  at->last_error = {.code = error.code, .text = error.detail, .when = now};
  if (again) return step;
  RecordBudget& budget = peering_.budget();
  if (budget.left(contact_.agency, now)) {
    budget.use(contact_.agency, now);
  } else if (error.code != Code::kQuotaUsed || !budget.first_refusal(contact_.agency, now)) {
    return step;
  }
  step.event = audit_failure(event, By::peer(contact_.agency), now, contact_.agency, error);
  peering_.setup().book.save(*at, step.rows, now);
  return step;
}

Status PeerSession::check_hello(const v1::Hello& hello, WallTime now) {
  const crypto::KeyChain* const chain = peering_.setup().chains.find(contact_.agency);
  if (id_of<AgencyId>(hello.agency()) != contact_.agency || chain == nullptr) {
    return Error{Code::kPeerKeyChanged, fmt::format("expected {}, got {}", contact_.agency.hex(),
                                                    id_of<AgencyId>(hello.agency()).hex())};
  }
  if (hello.minor() < least_minor_) {
    return Error{Code::kProtocolTooOld, fmt::format("theirs {}, minimum {}", hello.minor(), least_minor_)};
  }
  const WallTime theirs = from_millis(hello.hlc() >> 16U);
  const auto difference = theirs > now ? theirs - now : now - theirs;
  if (difference > kMostClockDifference) {
    return Error{Code::kPeerClock, fmt::format("theirs says {}, ours {}", time_text(theirs), time_text(now))};
  }
  if (hello.keydoc() < chain->version()) {
    return Error{Code::kPeerWentBack,
                 fmt::format("their key document is {}, we hold {}", hello.keydoc(), chain->version())};
  }
  return {};
}

Status PeerSession::check_chain() {
  const crypto::KeyChain& chain = *peering_.setup().chains.find(contact_.agency);
  if (!chain.has_hash(id_of<Sha256Digest>(hello_.keydoc_hash()))) {
    return Error{Code::kPeerKeyChanged, fmt::format("another key document of version {}", chain.version())};
  }
  const Status transport = chain.check_transport(contact_.remote_static, opened_at_);
  if (!transport.ok()) return Error{Code::kPeerKeyChanged, proto::to_string(transport.error())};
  return {};
}

// Whether another instance is pinned from now on.
Result<bool> PeerSession::check_instance(Peer& at, bool pinned_is_live) {
  const auto theirs = id_of<InstanceId>(hello_.instance());
  if (theirs == at.instance) {
    if (hello_.boot_count() < at.boot_count) {
      return Error{Code::kPeerWentBack, fmt::format("start {} of an instance that had started {} times",
                                                    hello_.boot_count(), at.boot_count)};
    }
    return false;
  }
  const bool retired = std::ranges::find(at.retired, theirs) != at.retired.end();
  if (retired || (pinned_is_live && !at.instance.is_zero())) {
    return Error{Code::kPeerClone, fmt::format("instance {}, pinned is {}", theirs.hex(), at.instance.hex())};
  }
  return true;
}

Step PeerSession::opened(const v1::Hello& theirs, bool pinned_is_live, WallTime now) {
  PeeringSetup& setup = peering_.setup();
  hello_ = theirs;
  opened_at_ = now;
  Peer* const at = peer();
  if (at == nullptr) return refuse({Code::kPeerUnknown, {}}, "peer.refuse", now);
  if (at->stage == Stage::kRevoked) {
    Step step = refuse({Code::kPeerState, "revoked"}, "peer.refuse", now);
    step.bye->set_reason(v1::REASON_REVOKED);
    step.bye->set_text(at->reason.substr(0, 200));
    return step;
  }
  const Status hello = check_hello(theirs, now);
  if (!hello.ok()) return refuse(hello.error(), "peer.refuse", now);
  // The document that Hello names may list the key that just called: it is fetched first.
  const bool behind = theirs.keydoc() > setup.chains.find(contact_.agency)->version();
  if (!behind) {
    const Status chain = check_chain();
    if (!chain.ok()) return refuse(chain.error(), "peer.refuse", now);
  }
  const auto other_instance = check_instance(*at, pinned_is_live);
  if (!other_instance.ok()) {
    // Also to one that went back: it learns from it which of its own instances is meant.
    if (other_instance.error().code == Code::kPeerClone) at->other = id_of<InstanceId>(theirs.instance());
    Step step = refuse(other_instance.error(), "peer.clone", now);
    step.bye->set_instance(field(at->instance.view()));
    return step;
  }

  Step step;
  const bool waits = at->stage == Stage::kVerifying;
  if (waits) {
    // Only somebody who has seen both sides verified holds this secret.
    if (!at->pairing || !at->pairing->we_verified || at->pairing->claims.empty() ||
        at->pairing->claims.front().psks.empty()) {
      return refuse({Code::kPairingUnverified, {}}, "peer.refuse", now);
    }
    peering_.activate(*at, now, step.rows);
    step.event = audit_event("peer.active", By::peer(contact_.agency), now, at->agency,
                             {{"name", at->name}, {"agreement", digest_text(at->agreement->digest)}});
  }
  // They dialled with the secret of the pair: nothing is left of the pairing.
  at->pairing.reset();
  if (*other_instance) {
    if (!at->instance.is_zero()) {
      at->retired.push_back(at->instance);
      if (at->retired.size() > Peer::kMostRetired) at->retired.erase(at->retired.begin());
    }
    at->instance = id_of<InstanceId>(theirs.instance());
  }
  at->boot_count = theirs.boot_count();
  at->last_contact = now;
  const PeerState state = at->state_at(setup.book.time(now));
  if (state == PeerState::kForked || (state == PeerState::kSuspended && at->suspended)) {
    const bool suspended = state == PeerState::kSuspended;
    setup.book.save(*at, step.rows, now);
    step.failure = Error{Code::kPeerState, suspended ? "suspended" : "forked"};
    step.bye = bye_for(*step.failure, now, suspended ? at->suspended_until : std::nullopt);
    step.bye->set_reason(suspended ? v1::REASON_SUSPENDED : v1::REASON_FORK);
    step.bye->set_text(at->reason.substr(0, 200));
    return step;
  }
  // As long as the other one of two clones knocks, the operator goes on seeing it.
  const bool cloned = !at->other.is_zero() && now < at->last_error.when + kCloneShown;
  if (!cloned) {
    at->other = {};
    // Whether they refuse us still shows in what they say next.
    if (!at->refused_by_them) at->last_error = {};
  }
  greeted_ = true;
  setup.book.save(*at, step.rows, now);
  step.messages.push_back(want_after(*setup.chains.find(contact_.agency)));
  if (behind) return step;
  return go_on(std::move(step), now);
}

// Their chain is whole: what else both sides have to tell each other.
Step PeerSession::go_on(Step step, WallTime now) {
  PeeringSetup& setup = peering_.setup();
  chain_held_ = true;
  Peer& at = *peer();
  if (const EncKeySet* const own = setup.enc_keys.find(setup.self)) {
    *step.messages.emplace_back().mutable_enc_keys() = own->message;
  }
  if (const EndpointSet* const own = setup.endpoints.find(setup.self)) {
    *step.messages.emplace_back().mutable_endpoints() = own->message;
  }
  same_agreement_ = at.agreement && id_of<Sha256Digest>(hello_.terms_digest()) == at.agreement->digest;
  // One that lacks their signature may be another one under the same digest.
  if (at.agreement && (!same_agreement_ || !at.agreement->signed_by_both())) {
    step.messages.push_back(wire_of(at.agreement->message));
    showed_agreement_ = true;
  }
  if (at.our_proposal) step.messages.push_back(wire_of(at.our_proposal->message));
  if (at.agreement && at.agreement->ended(setup.book.time(now))) {
    v1::Refusal* const refusal = step.messages.emplace_back().mutable_refusal();
    refusal->set_reason(v1::REASON_EXPIRED);
    refusal->set_text("ended " + time_text(at.agreement->terms.ends));
  }
  return step;
}

Step PeerSession::message(const v1::Wire& wire, const ChainDoor& door, WallTime now) {
  Peer* const at = peer();
  if (at == nullptr || !greeted_) return refuse({Code::kSessionOrder, "before Hello"}, "peer.refuse", now);
  if (!at->refused_by_them || wire.has_refusal()) return take(*at, wire, door, now);
  at->refused_by_them = false;
  at->their_refusal_until.reset();
  at->last_error = {};
  Step step = take(*at, wire, door, now);
  peering_.setup().book.save(*at, step.rows, now);
  return step;
}

Step PeerSession::take(Peer& at, const v1::Wire& wire, const ChainDoor& door, WallTime now) {
  PeeringSetup& setup = peering_.setup();
  if (is_recorded(wire) && !peering_.budget().left(contact_.agency, now)) {
    return refuse({Code::kQuotaUsed, fmt::format("{} changes of agreement, addresses or keys in a day",
                                                 RecordBudget::kMostADay)},
                  "peer.refuse", now);
  }
  switch (wire.m_case()) {
    case v1::Wire::kKeydocWant: {
      return take_want(wire.keydoc_want(), door, now);
    }
    case v1::Wire::kKeydocs:
      return take_keydocs(wire.keydocs(), door, now);
    case v1::Wire::kEncKeys:
      return taken(setup.enc_keys.take(wire.enc_keys(), setup.chains, now), now);
    case v1::Wire::kEndpoints: {
      const auto set = EndpointSet::read(wire.endpoints());
      if (set.ok() && set->agency != contact_.agency) {
        return refuse({Code::kEndpointsRule, "the addresses of somebody else"}, "peer.refuse", now);
      }
      const EndpointSet* const before = setup.endpoints.find(contact_.agency);
      const std::vector<std::string> addresses =
          before == nullptr ? std::vector<std::string>() : before->endpoints;
      Step step = taken(setup.endpoints.take(wire.endpoints(), setup.chains, now), now);
      const EndpointSet* const after = setup.endpoints.find(contact_.agency);
      // Signed anew after a change of keys, they are the same addresses.
      if (after != nullptr && after->endpoints != addresses) {
        step.event = audit_event(
            "peer.addr-change", By::peer(contact_.agency), now, contact_.agency,
            {{"name", at.name}, {"addresses", fmt::format("{}", fmt::join(after->endpoints, " "))}});
      }
      return step;
    }
    case v1::Wire::kAgreement:
      return take_agreement(wire.agreement(), now);
    case v1::Wire::kRefusal:
      return take_refusal(wire.refusal().reason(), wire.refusal().text(), wire.refusal().retry_after(), now);
    default:
      return refuse({Code::kSessionOrder, "not for peering"}, "peer.refuse", now);
  }
}

// Whose chains we hold tells with whom we work: of others than itself and us a peer learns where it reads
// them.
Step PeerSession::take_want(const v1::KeyDocWant& want, const ChainDoor& door, WallTime now) {
  PeeringSetup& setup = peering_.setup();
  Step step;
  const auto about = id_of<AgencyId>(want.agency());
  const bool known = about == setup.self || about == contact_.agency || (door.may_ask && door.may_ask(about));
  if (!known) return step;
  for (v1::KeyDocs& part : setup.chains.serve(want))
    *step.messages.emplace_back().mutable_keydocs() = std::move(part);
  if (about != setup.self) return step;
  const std::uint32_t held = want.from_version() - 1;
  Peer& at = *peer();
  // It cannot hold what we have not written.
  if (want.from_version() == 0 || held > setup.chains.own().version() || held == at.keydoc_held) return step;
  at.keydoc_held = held;
  setup.book.save(at, step.rows, now);
  return step;
}

// Keys and addresses under an older or newer document than ours are a race with a rotation, no fault.
Step PeerSession::taken(Result<Rows> rows, WallTime now) {
  Step step;
  if (rows.ok()) {
    step.rows = *std::move(rows);
    if (!step.rows.empty()) peering_.budget().use(contact_.agency, now);
    return step;
  }
  const Code code = rows.error().code;
  if (code == Code::kKeyDocNewer || code == Code::kKeyUnknown || code == Code::kKeyRevoked ||
      code == Code::kUnknownKey || code == Code::kKeyOutsideWindow || code == Code::kKeyDocStale) {
    step.failure = rows.error();
    return step;
  }
  return refuse(rows.error(), "peer.refuse", now);
}

Step PeerSession::take_keydocs(const v1::KeyDocs& message, const ChainDoor& door, WallTime now) {
  PeeringSetup& setup = peering_.setup();
  const auto agency = id_of<AgencyId>(message.agency());
  const bool start = door.may_start && door.may_start(agency);
  auto docs = setup.chains.take(message, start);
  const bool theirs = agency == contact_.agency;
  if (!docs.ok()) {
    // A chain that cannot be followed any more, as when other roots signed it.
    const bool gap = docs.error().code == Code::kKeyDocGap;
    return refuse({theirs && !gap ? Code::kPeerKeyChanged : docs.error().code,
                   fmt::format("{}: {}", agency.hex(), proto::to_string(docs.error()))},
                  "peer.key.refuse", now);
  }
  // Somebody else may have brought what this session waits for.
  if (!docs->changed) return theirs && !chain_held_ ? chain_grown(Step{}, now) : Step{};
  Step step = chain_grew(setup, contact_.agency, agency, *std::move(docs), now);
  return theirs ? chain_grown(std::move(step), now) : std::move(step);
}

Step PeerSession::chain_grown(Step step, WallTime now) {
  const crypto::KeyChain* const chain = peering_.setup().chains.find(contact_.agency);
  if (!greeted_ || chain == nullptr) return step;
  step.messages.push_back(want_after(*chain));
  if (!chain_held_ && chain->version() < hello_.keydoc()) return step;
  // Also on a live session: what was revoked a moment ago ends it.
  if (const Status held = check_chain(); !held.ok()) {
    Step refused = refuse(held.error(), "peer.refuse", now);
    step.rows.add(std::move(refused.rows));
    if (!step.event) step.event = std::move(refused.event);
    step.bye = std::move(refused.bye);
    step.failure = std::move(refused.failure);
    return step;
  }
  return chain_held_ ? std::move(step) : go_on(std::move(step), now);
}

Step PeerSession::take_agreement(const v1::SignedAgreement& message, WallTime now) {
  auto step = peering_.take_agreement(contact_.agency, message, now);
  if (!step.ok()) return refuse(step.error(), "agreement.refuse", now);
  if (!step->rows.empty()) peering_.budget().use(contact_.agency, now);
  const auto theirs = read_agreement(message);
  const Peer& at = *peer();
  // What they hold may be a proposal; then nothing is known about what is in force at theirs.
  const bool same =
      theirs.ok() && at.agreement->digest == theirs->digest && at.agreement->proposer == theirs->proposer;
  if (!same) return *std::move(step);
  same_agreement_ = true;
  // Our Hello may have come before the agreement was in force here: then they wait to see it.
  if (!std::exchange(showed_agreement_, true) && step->messages.empty())
    step->messages.push_back(wire_of(at.agreement->message));
  return *std::move(step);
}

Step PeerSession::take_refusal(v1::Reason reason, const std::string& text, std::uint32_t retry_after,
                               WallTime now) {
  Step step;
  Peer* const at = peer();
  if (at == nullptr) return step;
  const Error error = error_of(reason, text, now, retry_after);
  const bool ends = reason == v1::REASON_SUSPENDED || reason == v1::REASON_REVOKED;
  const bool again =
      at->last_error.code == error.code && at->last_error.reason == reason && at->refused_by_them == ends;
  at->last_error = {.code = error.code, .reason = reason, .text = error.detail, .when = now};
  if (ends) {
    at->refused_by_them = true;
    at->their_refusal_until.reset();
    if (retry_after != 0) at->their_refusal_until = now + std::chrono::seconds(retry_after);
  }
  step.failure = error;
  RecordBudget& budget = peering_.budget();
  if (again || !budget.left(contact_.agency, now)) return step;
  budget.use(contact_.agency, now);
  step.event = audit_failure("peer.refused", By::peer(contact_.agency), now, contact_.agency, error);
  peering_.setup().book.save(*at, step.rows, now);
  return step;
}

Step PeerSession::bye(const v1::Bye& bye, WallTime now) {
  const bool ordinary = bye.reason() == v1::REASON_CLOSING || bye.reason() == v1::REASON_DRAINING ||
                        bye.reason() == v1::REASON_REPLACED || bye.reason() == v1::REASON_TIMEOUT;
  if (ordinary) return {};
  return take_refusal(bye.reason(), bye.text(), bye.retry_after(), now);
}

std::vector<v1::Wire> announce_keys(const ChainBook& chains, std::uint32_t from_version) {
  v1::KeyDocWant want;
  want.set_agency(field(chains.own().agency().view()));
  want.set_from_version(from_version);
  std::vector<v1::Wire> out;
  for (v1::KeyDocs& part : chains.serve(want))
    *out.emplace_back().mutable_keydocs() = std::move(part);
  return out;
}

}  // namespace comity::federation
