// SPDX-License-Identifier: EUPL-1.2
#include "node/api/peers.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "crypto/bech32m.h"
#include "crypto/words.h"
#include "node/api/answer.h"
#include "node/api/arguments.h"
#include "node/api/caller.h"
#include "proto/moment.h"

namespace comity::api {
namespace {

namespace json = boost::json;
using federation::By;
using federation::Peer;
using federation::Step;
using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;

using Task = http::Task<Result<json::value>>;

json::value moment_or_null(feed::WallTime moment) {
  return moment == feed::WallTime() ? json::value(nullptr) : json::value(proto::moment_text(moment));
}

std::string words_of(const proto::AgencyId& agency) {
  return agency.is_zero() ? std::string() : crypto::words_text(crypto::words_of(agency));
}

/// Puts a decision into effect; the answer is what `shown` says of the peer then.
Task carry_out(PeerDesk desk, const std::string& name, Result<Step> step,
               std::function<json::value()> shown) {
  if (!step.ok()) return answer(Result<json::value>(step.error()));
  auto promise = std::make_shared<Promise>();
  desk.federation.decide(name, *std::move(step), [promise, shown = std::move(shown)](const Status& done) {
    promise->complete(done.ok() ? Result<json::value>(shown()) : Result<json::value>(done.error()));
  });
  return answer(std::move(promise));
}

json::value state_of(const PeerDesk& desk, const std::string& name) {
  const Peer* const peer = desk.trust.peers().find(name);
  if (peer == nullptr) return json::object{{"name", name}, {"state", "REMOVED"}};
  return peer_json(desk, *peer);
}

Task invite(PeerDesk desk, const Call& call) {
  federation::InviteRequest request;
  const auto ask = [&]() -> Result<federation::Invited> {
    COMITY_TRY(request.name, required_text(call.arguments, "name"));
    COMITY_TRY(const auto valid, number_argument(call.arguments, "valid"));
    if (valid) request.valid = std::chrono::seconds(*valid);
    COMITY_TRY(const auto terms, text_argument(call.arguments, "agreement"));
    if (terms) {
      COMITY_TRY(request.terms, federation::read_agreement_file(*terms));
    }
    return desk.trust.peering().invite(request, by(call), desk.trust.now());
  };
  auto invited = ask();
  if (!invited.ok()) return answer(Result<json::value>(invited.error()));
  const crypto::KeyDoc& own = desk.trust.chains().own().current();
  json::object out{{"name", request.name},
                   {"invite", invited->text},
                   {"expires", proto::moment_text(invited->expires)},
                   {"legal_name", own.legal_name},
                   {"agency_id", crypto::agency_id_text(desk.trust.self())},
                   {"words", words_of(desk.trust.self())},
                   {"agreement", federation::digest_text(invited->terms_digest)}};
  json::array endpoints;
  const auto* at = desk.trust.endpoints().find(desk.trust.self());
  if (at != nullptr) {
    for (const std::string& each : at->endpoints)
      endpoints.push_back(json::value(each));
  }
  out["endpoints"] = std::move(endpoints);
  return carry_out(desk, request.name, std::move(invited->step), [out] { return json::value(out); });
}

Task accept(PeerDesk desk, const Call& call) {
  std::string name;
  const auto ask = [&]() -> Result<Step> {
    COMITY_TRY(name, required_text(call.arguments, "name"));
    COMITY_TRY(const std::string text, required_text(call.arguments, "invite"));
    COMITY_TRY(const bool review, flag_argument(call.arguments, "review"));
    return desk.trust.peering().accept(text, name, review, by(call), desk.trust.now());
  };
  auto step = ask();
  return carry_out(desk, name, std::move(step), [desk, name] {
    json::value shown = state_of(desk, name);
    shown.as_object()["own_words"] = words_of(desk.trust.self());
    return shown;
  });
}

Task verify(PeerDesk desk, const Call& call) {
  std::string name;
  const auto ask = [&]() -> Result<Step> {
    COMITY_TRY(name, required_text(call.arguments, "name"));
    COMITY_TRY(const std::string words, required_text(call.arguments, "words"));
    return desk.trust.peering().verify(name, words, by(call), desk.trust.now());
  };
  auto step = ask();
  return carry_out(desk, name, std::move(step), [desk, name] { return state_of(desk, name); });
}

Task list(PeerDesk desk, const Call& call) {
  const auto ask = [&]() -> Result<json::value> {
    COMITY_TRY(const std::size_t limit, page_limit(call.arguments));
    COMITY_TRY(const auto after, text_argument(call.arguments, "after"));
    json::array rows;
    std::string next;
    const auto& all = desk.trust.peers().all();
    for (auto at = after ? all.upper_bound(*after) : all.begin(); at != all.end(); ++at) {
      if (rows.size() == limit) {
        next = std::string(rows.back().at("name").as_string());
        break;
      }
      rows.push_back(peer_json(desk, at->second));
    }
    return json::value(json::object{{"peers", std::move(rows)}, {"next", next}});
  };
  return answer(ask());
}

Task show(PeerDesk desk, const Call& call) {
  const auto ask = [&]() -> Result<json::value> {
    COMITY_TRY(const std::string name, required_text(call.arguments, "name"));
    const Peer* const peer = desk.trust.peers().find(name);
    if (peer == nullptr) return Error{Code::kPeerUnknown, name};
    return json::value(peer_json(desk, *peer));
  };
  return answer(ask());
}

using Decide = std::function<Result<Step>(federation::Peering&, const std::string& name, const Call&,
                                          feed::WallTime now)>;

Task decide(PeerDesk desk, const Call& call, const Decide& what) {
  const auto name = required_text(call.arguments, "name");
  if (!name.ok()) return answer(Result<json::value>(name.error()));
  auto step = what(desk.trust.peering(), *name, call, desk.trust.now());
  return carry_out(desk, *name, std::move(step), [desk, name = *name] { return state_of(desk, name); });
}

Result<std::string> reason_of(const Call& call) {
  COMITY_TRY(const auto reason, text_argument(call.arguments, "reason"));
  return reason.value_or("");
}

void add_decision(CommandTable& table, PeerDesk desk, const std::string& name, Decide what) {
  table.add(name, {.effect = Effect::kChanges,
                   .run = [desk, what = std::move(what)](Call call) { return decide(desk, call, what); }});
}

/// The terms in force, or of the pairing, as the operator's own side wrote them.
Result<std::pair<federation::Terms, std::string>> terms_of(const PeerDesk& desk, const Peer& peer) {
  if (peer.agreement) return std::pair(peer.agreement->terms_of(desk.trust.self()), std::string("in force"));
  if (peer.pairing && !peer.pairing->terms.empty()) {
    COMITY_TRY(federation::Terms terms, federation::decode_terms(peer.pairing->terms));
    if (!peer.pairing->ours) terms = federation::turned(std::move(terms));
    return std::pair(std::move(terms), std::string("offered, not in force"));
  }
  return Error{Code::kPeerState, "no agreement is known yet"};
}

Task show_agreement(PeerDesk desk, const Call& call) {
  const auto ask = [&]() -> Result<json::value> {
    COMITY_TRY(const std::string name, required_text(call.arguments, "name"));
    const Peer* const peer = desk.trust.peers().find(name);
    if (peer == nullptr) return Error{Code::kPeerUnknown, name};
    COMITY_TRY(const auto found, terms_of(desk, *peer));
    json::object out{{"name", name},
                     {"text", federation::write_agreement_file(found.first)},
                     {"state", found.second},
                     {"digest", nullptr},
                     {"proposed_by_us", nullptr},
                     {"proposed_by_them", nullptr}};
    if (peer->agreement) out["digest"] = federation::digest_text(peer->agreement->digest);
    if (peer->our_proposal) {
      out["proposed_by_us"] =
          federation::write_agreement_file(peer->our_proposal->terms_of(desk.trust.self()));
    }
    if (peer->their_proposal) {
      out["proposed_by_them"] =
          federation::write_agreement_file(peer->their_proposal->terms_of(desk.trust.self()));
    }
    return json::value(std::move(out));
  };
  return answer(ask());
}

/// The whole new text that was given.
Result<federation::Terms> wanted_terms(const Call& call) {
  COMITY_TRY(const std::string text, required_text(call.arguments, "agreement"));
  return federation::read_agreement_file(text);
}

}  // namespace

json::object peer_json(const PeerDesk& desk, const Peer& peer) {
  const feed::WallTime now = desk.trust.peers().time(desk.trust.now());
  const crypto::KeyChain* const chain =
      peer.agency.is_zero() ? nullptr : desk.trust.chains().find(peer.agency);
  const auto traffic =
      peer.agency.is_zero() ? federation::PeerTraffic{} : desk.federation.traffic(peer.agency);
  json::object out{{"name", peer.name},
                   {"agency_id", nullptr},
                   {"words", nullptr},
                   {"legal_name", nullptr},
                   {"state", federation::name_of(peer.state_at(now))},
                   {"connected", traffic.connected},
                   {"lag_entries", traffic.lag_entries},
                   {"outbox_entries", traffic.outbox_entries},
                   {"last_error", nullptr},
                   {"last_seen", moment_or_null(peer.last_contact)},
                   {"agreement", nullptr},
                   {"ends", nullptr},
                   {"until", nullptr}};
  if (!peer.agency.is_zero()) {
    out["agency_id"] = crypto::agency_id_text(peer.agency);
    // Shown once verified: before, they come by telephone and nowhere else.
    const bool verified =
        peer.stage == federation::Stage::kActive || peer.stage == federation::Stage::kRevoked;
    if (verified) out["words"] = words_of(peer.agency);
  }
  if (chain != nullptr) out["legal_name"] = chain->current().legal_name;
  if (peer.agreement) {
    out["agreement"] = peer.agreement->terms.title + " " + federation::digest_text(peer.agreement->digest);
    out["ends"] = proto::moment_text(peer.agreement->terms.ends);
  }
  if (peer.suspended_until) out["until"] = proto::moment_text(*peer.suspended_until);
  if (peer.last_error.code != Code::kUnknown) {
    out["last_error"] = proto::to_string(Error{peer.last_error.code, peer.last_error.text});
  }
  json::array claims;
  if (peer.pairing && peer.stage != federation::Stage::kActive) {
    for (const federation::Claim& claim : peer.pairing->claims) {
      claims.push_back(json::object{{"legal_name", claim.legal_name},
                                    {"since", moment_or_null(claim.since)},
                                    {"words", peer.pairing->ours ? words_of(claim.agency) : std::string()}});
    }
  }
  out["claims"] = std::move(claims);
  return out;
}

void add_peer_commands(CommandTable& table, PeerDesk desk) {
  using federation::Peering;
  table.add("peer/invite", {.run = [desk](Call call) { return invite(desk, call); }});
  table.add("peer/accept", {.run = [desk](Call call) { return accept(desk, call); }});
  table.add("peer/verify", {.run = [desk](Call call) { return verify(desk, call); }});
  table.add("peer/list", {.effect = Effect::kReads, .run = [desk](Call call) { return list(desk, call); }});
  table.add("peer/show", {.effect = Effect::kReads, .run = [desk](Call call) { return show(desk, call); }});
  add_decision(
      table, desk, "peer/suspend",
      [](Peering& peering, const std::string& name, const Call& call, feed::WallTime now) -> Result<Step> {
        COMITY_TRY(const auto seconds, number_argument(call.arguments, "for"));
        COMITY_TRY(const std::string reason, reason_of(call));
        std::optional<std::chrono::seconds> length;
        if (seconds) length = std::chrono::seconds(*seconds);
        return peering.suspend(name, length, reason, by(call), now);
      });
  add_decision(table, desk, "peer/resume",
               [](Peering& peering, const std::string& name, const Call& call, feed::WallTime now) {
                 return peering.resume(name, by(call), now);
               });
  add_decision(table, desk, "peer/retry",
               [desk](Peering& peering, const std::string& name, const Call& call, feed::WallTime now) {
                 auto step = peering.retry(name, by(call), now);
                 if (step.ok()) desk.federation.retry(name);
                 return step;
               });
  add_decision(table, desk, "peer/heal",
               [](Peering& peering, const std::string& name, const Call& call, feed::WallTime now) {
                 return peering.heal(name, by(call), now);
               });
  add_decision(table, desk, "peer/abort",
               [](Peering& peering, const std::string& name, const Call& call, feed::WallTime now) {
                 return peering.abort(name, by(call), now);
               });
  add_decision(
      table, desk, "peer/revoke",
      [](Peering& peering, const std::string& name, const Call& call, feed::WallTime now) -> Result<Step> {
        COMITY_TRY(const std::string reason, reason_of(call));
        return peering.revoke(name, reason, by(call), now);
      });
  table.add("agreement/show",
            {.effect = Effect::kReads, .run = [desk](Call call) { return show_agreement(desk, call); }});
  table.add("agreement/new",
            {.effect = Effect::kReads, .run = [desk](Call /*call*/) {
               return answer(Result<json::value>(json::object{
                   {"text", federation::write_agreement_file(federation::default_terms(desk.trust.now()))}}));
             }});
  add_decision(
      table, desk, "agreement/narrow",
      [](Peering& peering, const std::string& name, const Call& call, feed::WallTime now) -> Result<Step> {
        COMITY_TRY(auto terms, wanted_terms(call));
        return peering.narrow(name, std::move(terms), by(call), now);
      });
  add_decision(
      table, desk, "agreement/widen",
      [](Peering& peering, const std::string& name, const Call& call, feed::WallTime now) -> Result<Step> {
        COMITY_TRY(auto terms, wanted_terms(call));
        return peering.widen(name, std::move(terms), by(call), now);
      });
  add_decision(table, desk, "agreement/sign",
               [](Peering& peering, const std::string& name, const Call& call, feed::WallTime now) {
                 return peering.sign(name, by(call), now);
               });
}

}  // namespace comity::api
