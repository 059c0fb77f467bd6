// SPDX-License-Identifier: EUPL-1.2
#include "node/api/peers.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "crypto/bech32m.h"
#include "crypto/words.h"
#include "node/api/answer.h"
#include "node/api/arguments.h"
#include "node/api/caller.h"
#include "node/api/checks.h"
#include "node/api/peer_decision.h"
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

/// Our name for a peer, which is not our own: their maria@health would pass for ours.
Result<std::string> peer_name(const PeerDesk& desk, const json::object& arguments) {
  COMITY_TRY(std::string name, required_text(arguments, "name"));
  if (name == desk.trust.chains().own().current().short_name)
    return Error{Code::kPeerNameTaken, name + " is this agency"};
  return name;
}

Task invite(PeerDesk desk, const Call& call) {
  federation::InviteRequest request;
  const auto ask = [&]() -> Result<federation::Invited> {
    COMITY_TRY(request.name, peer_name(desk, call.arguments));
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
    COMITY_TRY(name, peer_name(desk, call.arguments));
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

Result<std::string> reason_of(const Call& call) {
  COMITY_TRY(const auto reason, text_argument(call.arguments, "reason"));
  return reason.value_or("");
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
  table.add("peer/check", peer_check_command(desk.federation));
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
}

}  // namespace comity::api
