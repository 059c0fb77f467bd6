// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/peering/change_terms.h"

#include <algorithm>

#include <fmt/format.h>

#include "node/federation/step.h"

namespace comity::federation {
namespace {

Error broken(std::string why) {
  return {Code::kAgreementRule, std::move(why)};
}

void set_direction(Terms& terms, Direction direction) {
  std::optional<Flow>& ours = terms.proposer_sends;
  std::optional<Flow>& theirs = terms.accepter_sends;
  // A direction that opens allows what the other one allows.
  const Flow usual = ours     ? *ours
                     : theirs ? *theirs
                              : Flow{.patterns = {"*"}, .ceiling = {.tlp = v1::TLP_AMBER}};
  if (direction == Direction::kReceive) {
    ours.reset();
  } else if (!ours) {
    ours = usual;
  }
  if (direction == Direction::kSend) {
    theirs.reset();
  } else if (!theirs) {
    theirs = usual;
  }
}

void change_flow(Flow& flow, const TermsChange& change) {
  for (const std::string& pattern : change.remove_spaces)
    std::erase(flow.patterns, pattern);
  for (const std::string& pattern : change.add_spaces) {
    if (std::ranges::find(flow.patterns, pattern) == flow.patterns.end()) flow.patterns.push_back(pattern);
  }
  if (change.ceiling) flow.ceiling.tlp = *change.ceiling;
  if (change.bytes_per_day) flow.bytes_per_day = *change.bytes_per_day;
  if (change.entries_per_day) flow.entries_per_day = *change.entries_per_day;
  if (change.feeds_per_day) flow.feeds_per_day = *change.feeds_per_day;
}

bool stands_in(const Terms& terms, const std::string& pattern) {
  const auto holds = [&](const std::optional<Flow>& flow) {
    return flow && std::ranges::find(flow->patterns, pattern) != flow->patterns.end();
  };
  return holds(terms.proposer_sends) || holds(terms.accepter_sends);
}

std::string spaces_text(const Flow& flow) {
  std::string text;
  for (const std::string& pattern : flow.patterns)
    text += (text.empty() ? "" : ", ") + pattern;
  if (!flow.spaces.empty()) {
    text += fmt::format("{}{} named by id", text.empty() ? "" : " and ", flow.spaces.size());
  }
  if (std::ranges::find(flow.patterns, "*") != flow.patterns.end()) return "any space";
  return text.empty() ? "no space" : "spaces " + text;
}

std::string limit_text(std::uint64_t limit, std::string_view what) {
  return limit == 0 ? std::string() : fmt::format("; at most {} {} a day", limit, what);
}

std::string history_text(const Terms& terms) {
  if (terms.history == v1::HISTORY_RULE_NONE) return "nothing written before joining";
  if (terms.history == v1::HISTORY_RULE_SINCE)
    return "what was written since " + time_text(terms.history_since);
  return "everything written before";
}

}  // namespace

bool TermsChange::empty() const {
  return add_spaces.empty() && remove_spaces.empty() && !ceiling && !ends && !direction && !bytes_per_day &&
         !entries_per_day && !feeds_per_day && !keep_days;
}

Result<Terms> change_terms(Terms terms, const TermsChange& change) {
  const Terms before = terms;
  for (const std::string& pattern : change.remove_spaces) {
    if (stands_in(terms, pattern)) continue;
    return broken(fmt::format("{} stands in neither direction, which allow: {}; {}", pattern,
                              flow_text(terms.proposer_sends), flow_text(terms.accepter_sends)));
  }
  if (change.direction) set_direction(terms, *change.direction);
  for (std::optional<Flow>* flow : {&terms.proposer_sends, &terms.accepter_sends}) {
    if (*flow) change_flow(**flow, change);
  }
  if (change.ends) terms.ends = *change.ends;
  if (change.keep_days) terms.keep_days = *change.keep_days;
  if (terms == before) return broken("that is what the agreement says already");
  COMITY_CHECK(encode_terms(terms));
  return terms;
}

Result<Direction> parse_direction(std::string_view text) {
  if (text == "both") return Direction::kBoth;
  if (text == "send") return Direction::kSend;
  if (text == "receive") return Direction::kReceive;
  return broken(fmt::format("a direction is both, send or receive, not {}", text));
}

std::string flow_text(const std::optional<Flow>& flow) {
  if (!flow) return "nothing";
  std::string text =
      fmt::format("{}; labels up to {}", spaces_text(*flow), policy::tlp_text(flow->ceiling.tlp));
  if (!flow->ceiling.policy.empty())
    text += fmt::format(" and {} level {}", flow->ceiling.policy, flow->ceiling.level);
  return text + limit_text(flow->bytes_per_day, "bytes") + limit_text(flow->entries_per_day, "entries") +
         limit_text(flow->feeds_per_day, "new feeds");
}

std::vector<std::string> differences(const Terms& before, const Terms& next) {
  std::vector<std::string> out;
  const auto compare = [&](std::string_view what, const std::string& old, const std::string& now) {
    if (old != now) out.push_back(fmt::format("{}: {} instead of {}", what, now, old));
  };
  compare("we send", flow_text(before.proposer_sends), flow_text(next.proposer_sends));
  compare("they send", flow_text(before.accepter_sends), flow_text(next.accepter_sends));
  compare("history", history_text(before), history_text(next));
  compare("starts", time_text(before.starts), time_text(next.starts));
  compare("ends", time_text(before.ends), time_text(next.ends));
  compare("kept afterwards", fmt::format("{} days", before.keep_days),
          fmt::format("{} days", next.keep_days));
  compare("title", before.title, next.title);
  compare("purpose", before.purpose, next.purpose);
  compare("contact", before.contact, next.contact);
  return out;
}

}  // namespace comity::federation
