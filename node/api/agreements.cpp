// SPDX-License-Identifier: EUPL-1.2
// What is agreed with a peer, and how it changes.
#include <limits>

#include <boost/json/array.hpp>

#include "node/api/answer.h"
#include "node/api/arguments.h"
#include "node/api/caller.h"
#include "node/api/peer_decision.h"
#include "node/federation/peering/change_terms.h"
#include "proto/moment.h"

namespace comity::api {
namespace {

namespace json = boost::json;
using federation::Agreed;
using federation::Flow;
using federation::Peer;
using federation::Step;
using federation::Terms;
using federation::TermsChange;
using proto::Code;
using proto::Error;
using proto::Result;

using Task = http::Task<Result<json::value>>;

struct Shown {
  Terms terms;
  std::string state;
  std::optional<std::string> waits_for;
};

/// What stands between the two now, as our own side reads it, and whose signature is missing.
Result<Shown> shown_terms(const PeerDesk& desk, const Peer& peer, feed::WallTime now) {
  if (peer.agreement) {
    const bool ended = peer.agreement->ended(now);
    return Shown{peer.agreement->terms_of(desk.trust.self()), ended ? "ended" : "in force", std::nullopt};
  }
  if (peer.pairing && !peer.pairing->terms.empty()) {
    COMITY_TRY(Terms terms, federation::decode_terms(peer.pairing->terms));
    if (!peer.pairing->ours) terms = federation::turned(std::move(terms));
    const bool by_us = peer.pairing->ours || peer.pairing->we_signed;
    return Shown{std::move(terms), "offered, not in force", by_us ? "theirs" : "ours"};
  }
  return Error{Code::kPeerState, "no agreement is known yet"};
}

json::value flow_json(const std::optional<Flow>& flow) {
  if (!flow) return nullptr;
  json::array spaces;
  for (const std::string& pattern : flow->patterns)
    spaces.push_back(json::value(pattern));
  json::array ids;
  for (const proto::SpaceId& space : flow->spaces)
    ids.push_back(json::value(space.hex()));
  return json::object{{"spaces", std::move(spaces)},
                      {"space_ids", std::move(ids)},
                      {"ceiling", policy::tlp_text(flow->ceiling.tlp)},
                      {"bytes_per_day", flow->bytes_per_day},
                      {"entries_per_day", flow->entries_per_day},
                      {"feeds_per_day", flow->feeds_per_day},
                      {"words", federation::flow_text(flow)}};
}

std::string_view history_word(v1::HistoryRule rule) {
  if (rule == v1::HISTORY_RULE_NONE) return "none";
  return rule == v1::HISTORY_RULE_SINCE ? "since" : "all";
}

/// A proposal that is not in force yet: what it changes, and whose signature it waits for.
json::value proposal_json(const PeerDesk& desk, const Terms& before, const std::optional<Agreed>& proposal,
                          std::string_view waits_for) {
  if (!proposal) return nullptr;
  const Terms terms = proposal->terms_of(desk.trust.self());
  json::array changes;
  for (const std::string& each : federation::differences(before, terms))
    changes.push_back(json::value(each));
  return json::object{{"digest", federation::digest_text(proposal->digest)},
                      {"waits_for", waits_for},
                      {"changes", std::move(changes)},
                      {"text", federation::write_agreement_file(terms)}};
}

Task show_agreement(PeerDesk desk, const Call& call) {
  const auto ask = [&]() -> Result<json::value> {
    COMITY_TRY(const std::string name, required_text(call.arguments, "name"));
    const Peer* const peer = desk.trust.peers().find(name);
    if (peer == nullptr) return Error{Code::kPeerUnknown, name};
    const feed::WallTime now = desk.trust.peers().time(desk.trust.now());
    COMITY_TRY(const Shown found, shown_terms(desk, *peer, now));
    const Terms& terms = found.terms;
    const auto left = std::chrono::floor<std::chrono::days>(terms.ends - now).count();
    json::object out{{"name", name},
                     {"title", terms.title},
                     {"purpose", terms.purpose},
                     {"contact", terms.contact},
                     {"state", found.state},
                     {"digest", nullptr},
                     {"we_send", flow_json(terms.proposer_sends)},
                     {"they_send", flow_json(terms.accepter_sends)},
                     {"history", history_word(terms.history)},
                     {"history_since", nullptr},
                     {"starts", nullptr},
                     {"ends", proto::moment_text(terms.ends)},
                     {"days_left", std::max<std::int64_t>(left, 0)},
                     {"keep_days", terms.keep_days},
                     {"waits_for", nullptr},
                     {"proposed_by_us", proposal_json(desk, terms, peer->our_proposal, "theirs")},
                     {"proposed_by_them", proposal_json(desk, terms, peer->their_proposal, "ours")},
                     {"text", federation::write_agreement_file(terms)}};
    if (peer->agreement) out["digest"] = federation::digest_text(peer->agreement->digest);
    if (terms.starts != feed::WallTime()) out["starts"] = proto::moment_text(terms.starts);
    if (terms.history == v1::HISTORY_RULE_SINCE)
      out["history_since"] = proto::moment_text(terms.history_since);
    if (found.waits_for) {
      out["waits_for"] = *found.waits_for;
    } else if (peer->our_proposal) {
      out["waits_for"] = "theirs";
    } else if (peer->their_proposal) {
      out["waits_for"] = "ours";
    }
    return json::value(std::move(out));
  };
  return answer(ask());
}

template <class Number>
Result<std::optional<Number>> small_number(const json::object& arguments, std::string_view name) {
  COMITY_TRY(const auto number, number_argument(arguments, name));
  if (!number) return std::optional<Number>();
  if (*number > std::numeric_limits<Number>::max())
    return Error{Code::kBadArguments, std::string(name) + ": the number is out of range"};
  return std::optional<Number>(static_cast<Number>(*number));
}

Result<TermsChange> wanted_change(const json::object& arguments) {
  TermsChange change;
  COMITY_TRY(change.add_spaces, texts_argument(arguments, "add_spaces"));
  COMITY_TRY(change.remove_spaces, texts_argument(arguments, "remove_spaces"));
  COMITY_TRY(const auto ceiling, text_argument(arguments, "ceiling"));
  if (ceiling) {
    COMITY_TRY(change.ceiling, policy::parse_tlp(*ceiling));
  }
  COMITY_TRY(const auto ends, text_argument(arguments, "ends"));
  if (ends) {
    COMITY_TRY(change.ends, federation::parse_terms_time(*ends));
  }
  COMITY_TRY(const auto direction, text_argument(arguments, "direction"));
  if (direction) {
    COMITY_TRY(change.direction, federation::parse_direction(*direction));
  }
  COMITY_TRY(change.bytes_per_day, number_argument(arguments, "bytes_per_day"));
  COMITY_TRY(change.entries_per_day, number_argument(arguments, "entries_per_day"));
  COMITY_TRY(change.feeds_per_day, small_number<std::uint32_t>(arguments, "feeds_per_day"));
  COMITY_TRY(change.keep_days, small_number<std::uint32_t>(arguments, "keep_days"));
  return change;
}

/// The whole new text, or what single arguments make of the terms in force.
Result<Terms> wanted_terms(federation::Peering& peering, const std::string& name, const Call& call) {
  COMITY_TRY(const auto text, text_argument(call.arguments, "agreement"));
  COMITY_TRY(const TermsChange change, wanted_change(call.arguments));
  if (text && !change.empty())
    return Error{Code::kBadArguments, "agreement: either the whole text or single changes"};
  if (text) return federation::read_agreement_file(*text);
  if (change.empty())
    return Error{Code::kBadArguments, "agreement: it is missing, and nothing else is to change"};
  const Peer* const peer = peering.setup().book.find(name);
  if (peer == nullptr) return Error{Code::kPeerUnknown, name};
  if (!peer->agreement) return Error{Code::kPeerState, "no agreement is in force"};
  return federation::change_terms(peer->agreement->terms_of(peering.setup().self), change);
}

}  // namespace

void add_agreement_commands(CommandTable& table, PeerDesk desk) {
  using federation::Peering;
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
        COMITY_TRY(auto terms, wanted_terms(peering, name, call));
        return peering.narrow(name, std::move(terms), by(call), now);
      });
  add_decision(
      table, desk, "agreement/widen",
      [](Peering& peering, const std::string& name, const Call& call, feed::WallTime now) -> Result<Step> {
        COMITY_TRY(auto terms, wanted_terms(peering, name, call));
        return peering.widen(name, std::move(terms), by(call), now);
      });
  add_decision(table, desk, "agreement/sign",
               [](Peering& peering, const std::string& name, const Call& call, feed::WallTime now) {
                 return peering.sign(name, by(call), now);
               });
}

}  // namespace comity::api
