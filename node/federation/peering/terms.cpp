// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/peering/terms.h"

#include <algorithm>

#include <fmt/format.h>

#include "crypto/sha256.h"
#include "proto/decode.h"
#include "proto/utf8.h"

namespace comity::federation {
namespace {

constexpr std::uint32_t kFormVersion = 1;
constexpr std::uint64_t kLastMoment = (std::uint64_t{1} << 48U) - 1;

Error broken(std::string_view rule) {
  return {Code::kAgreementRule, std::string(rule)};
}

bool matches(std::string_view pattern, std::string_view slug) {
  if (!pattern.ends_with('*')) return pattern == slug;
  return slug.starts_with(pattern.substr(0, pattern.size() - 1));
}

// Whether every slug that `inner` matches, `outer` matches too.
bool covers(std::string_view outer, std::string_view inner) {
  if (!inner.ends_with('*')) return matches(outer, inner);
  return outer.ends_with('*') &&
         inner.substr(0, inner.size() - 1).starts_with(outer.substr(0, outer.size() - 1));
}

bool is_pattern(std::string_view pattern) {
  const auto plain = [](char c) { return c > ' ' && c <= '~' && c != '*' && c != '"' && c != '\\'; };
  const std::size_t stem = pattern.ends_with('*') ? pattern.size() - 1 : pattern.size();
  return !pattern.empty() &&
         std::all_of(pattern.begin(), pattern.begin() + static_cast<std::ptrdiff_t>(stem), plain);
}

Status check_flow(const Flow& flow) {
  if (!std::ranges::all_of(flow.patterns, is_pattern)) {
    return broken("a pattern is a slug, or the start of one and a star");
  }
  for (const SpaceId& space : flow.spaces) {
    if (space.is_zero()) return broken("a space of zeros");
  }
  COMITY_CHECK(policy::label_from(policy::to_message(flow.ceiling)));
  return {};
}

Status check_rules(const Terms& terms) {
  if (!proto::is_plain_line(proto::as_bytes(terms.title)) ||
      !proto::is_plain_line(proto::as_bytes(terms.contact))) {
    return broken("title and contact are one line each");
  }
  if (terms.title.empty()) return broken("an agreement has a title");
  if (terms.ends <= terms.starts) return broken("it ends before it starts");
  if (millis(terms.ends) > kLastMoment) return broken("a time beyond the year 10000");
  if ((terms.history == v1::HISTORY_RULE_SINCE) != (terms.history_since != WallTime())) {
    return broken("a start of history stands with the rule 'since', and only there");
  }
  if (terms.proposer_sends) COMITY_CHECK(check_flow(*terms.proposer_sends));
  if (terms.accepter_sends) COMITY_CHECK(check_flow(*terms.accepter_sends));
  return {};
}

void write_flow(const Flow& flow, v1::Flow& message) {
  for (const std::string& pattern : flow.patterns)
    message.add_space_pattern(pattern);
  for (const SpaceId& space : flow.spaces)
    message.add_space(field(space.view()));
  *message.mutable_ceiling() = policy::to_message(flow.ceiling);
  message.set_bytes_per_day(flow.bytes_per_day);
  message.set_entries_per_day(flow.entries_per_day);
  message.set_feeds_per_day(flow.feeds_per_day);
}

Result<Flow> read_flow(const v1::Flow& message) {
  Flow flow;
  flow.patterns.assign(message.space_pattern().begin(), message.space_pattern().end());
  for (const std::string& bytes : message.space()) {
    COMITY_TRY(const SpaceId space, SpaceId::from(view_of(bytes)));
    flow.spaces.push_back(space);
  }
  COMITY_TRY(flow.ceiling, policy::label_from(message.ceiling()));
  flow.bytes_per_day = message.bytes_per_day();
  flow.entries_per_day = message.entries_per_day();
  flow.feeds_per_day = message.feeds_per_day();
  return flow;
}

template <class Number>
bool limit_narrows(Number before, Number next) {
  return before == 0 || (next != 0 && next <= before);
}
template <class Number>
Number least_limit(Number a, Number b) {
  if (a == 0 || b == 0) return std::max(a, b);
  return std::min(a, b);
}

bool flow_narrows(const std::optional<Flow>& before, const std::optional<Flow>& next) {
  if (!next || (next->patterns.empty() && next->spaces.empty())) return true;
  if (!before) return false;
  const auto covered = [&](const std::string& pattern) {
    return std::ranges::any_of(before->patterns,
                               [&](const std::string& outer) { return covers(outer, pattern); });
  };
  const bool all = std::ranges::find(before->patterns, "*") != before->patterns.end();
  const auto named = [&](const SpaceId& space) {
    return all || std::ranges::find(before->spaces, space) != before->spaces.end();
  };
  return std::ranges::all_of(next->patterns, covered) && std::ranges::all_of(next->spaces, named) &&
         policy::within(next->ceiling, before->ceiling) &&
         limit_narrows(before->bytes_per_day, next->bytes_per_day) &&
         limit_narrows(before->entries_per_day, next->entries_per_day) &&
         limit_narrows(before->feeds_per_day, next->feeds_per_day);
}

policy::Label lower(const policy::Label& a, const policy::Label& b) {
  policy::Label out;
  out.tlp = std::min(a.tlp, b.tlp);
  if (a.policy == b.policy) {
    out.policy = a.policy;
    out.level = std::min(a.level, b.level);
    std::ranges::set_intersection(a.categories, b.categories, std::back_inserter(out.categories));
  }
  out.originator_control = a.originator_control || b.originator_control;
  return out;
}

std::optional<Flow> meet_flows(const std::optional<Flow>& a, const std::optional<Flow>& b) {
  if (!a || !b) return std::nullopt;
  Flow out;
  const auto add_covered = [&](const Flow& inner, const Flow& outer) {
    for (const std::string& pattern : inner.patterns) {
      const bool kept =
          std::ranges::any_of(outer.patterns, [&](const auto& other) { return covers(other, pattern); });
      if (kept && std::ranges::find(out.patterns, pattern) == out.patterns.end())
        out.patterns.push_back(pattern);
    }
    const bool all = std::ranges::find(outer.patterns, "*") != outer.patterns.end();
    for (const SpaceId& space : inner.spaces) {
      const bool kept = all || std::ranges::find(outer.spaces, space) != outer.spaces.end();
      if (kept && std::ranges::find(out.spaces, space) == out.spaces.end()) out.spaces.push_back(space);
    }
  };
  add_covered(*a, *b);
  add_covered(*b, *a);
  out.ceiling = lower(a->ceiling, b->ceiling);
  out.bytes_per_day = least_limit(a->bytes_per_day, b->bytes_per_day);
  out.entries_per_day = least_limit(a->entries_per_day, b->entries_per_day);
  out.feeds_per_day = least_limit(a->feeds_per_day, b->feeds_per_day);
  return out;
}

bool history_narrows(const Terms& before, const Terms& next) {
  if (before.history != next.history) return next.history < before.history;
  return next.history_since >= before.history_since;
}

}  // namespace

bool Flow::allows(const SpaceId& space, std::string_view slug) const {
  return std::ranges::find(spaces, space) != spaces.end() ||
         std::ranges::any_of(patterns, [&](const std::string& pattern) { return matches(pattern, slug); });
}

Terms default_terms(WallTime now) {
  const Flow any{.patterns = {"*"}, .ceiling = {.tlp = v1::TLP_AMBER}};
  return {.title = "Exchange of shared spaces",
          .proposer_sends = any,
          .accepter_sends = any,
          .ends = std::chrono::floor<std::chrono::seconds>(now) + std::chrono::days(365)};
}

Result<Bytes> encode_terms(const Terms& terms) {
  COMITY_CHECK(check_rules(terms));
  v1::AgreementTerms message;
  message.set_v(kFormVersion);
  message.set_title(terms.title);
  message.set_purpose(terms.purpose);
  if (terms.proposer_sends) write_flow(*terms.proposer_sends, *message.mutable_proposer_sends());
  if (terms.accepter_sends) write_flow(*terms.accepter_sends, *message.mutable_accepter_sends());
  message.set_history(terms.history);
  message.set_history_since(millis(terms.history_since));
  message.set_starts(millis(terms.starts));
  message.set_ends(millis(terms.ends));
  message.set_keep_days(terms.keep_days);
  message.set_contact(terms.contact);
  if (!terms.replaces.is_zero()) message.set_replaces(field(terms.replaces.view()));
  COMITY_TRY(Bytes bytes, proto::encode_checked(message));
  if (bytes.size() > kTermsBytes) return broken("the terms are too long");
  return bytes;
}

Result<Terms> decode_terms(ByteView bytes) {
  COMITY_TRY(const auto message, proto::decode<v1::AgreementTerms>(bytes, kTermsBytes));
  if (message.v() != kFormVersion) return broken("another version of the form: use a newer Comity");
  for (const std::uint64_t time : {message.history_since(), message.starts(), message.ends()}) {
    if (time > kLastMoment) return broken("a time beyond the year 10000");
  }
  Terms terms{.title = message.title(),
              .purpose = message.purpose(),
              .history = message.history(),
              .history_since = from_millis(message.history_since()),
              .starts = from_millis(message.starts()),
              .ends = from_millis(message.ends()),
              .keep_days = message.keep_days(),
              .contact = message.contact(),
              .replaces = id_of<Sha256Digest>(message.replaces())};
  if (message.has_proposer_sends()) {
    COMITY_TRY(terms.proposer_sends, read_flow(message.proposer_sends()));
  }
  if (message.has_accepter_sends()) {
    COMITY_TRY(terms.accepter_sends, read_flow(message.accepter_sends()));
  }
  COMITY_CHECK(check_rules(terms));
  return terms;
}

Sha256Digest terms_digest(ByteView bytes) {
  return crypto::tagged_hash("terms", {bytes});
}

std::string digest_text(const Sha256Digest& digest) {
  const std::string hex = digest.hex();
  return fmt::format("{}-{}-{}", hex.substr(0, 4), hex.substr(4, 4), hex.substr(8, 4));
}

Terms turned(Terms terms) {
  std::swap(terms.proposer_sends, terms.accepter_sends);
  return terms;
}

bool narrows(const Terms& before, const Terms& next) {
  return flow_narrows(before.proposer_sends, next.proposer_sends) &&
         flow_narrows(before.accepter_sends, next.accepter_sends) && history_narrows(before, next) &&
         next.starts >= before.starts && next.ends <= before.ends &&
         limit_narrows(before.keep_days, next.keep_days);
}

bool same_words(const Terms& a, const Terms& b) {
  return a.title == b.title && a.purpose == b.purpose && a.contact == b.contact;
}

Terms meet(const Terms& a, const Terms& b) {
  Terms out = a;
  out.proposer_sends = meet_flows(a.proposer_sends, b.proposer_sends);
  out.accepter_sends = meet_flows(a.accepter_sends, b.accepter_sends);
  const Terms& less = a.history < b.history ? a : b;
  out.history = less.history;
  out.history_since =
      a.history == b.history ? std::max(a.history_since, b.history_since) : less.history_since;
  out.starts = std::max(a.starts, b.starts);
  out.ends = std::min(a.ends, b.ends);
  out.keep_days = least_limit(a.keep_days, b.keep_days);
  return out;
}

}  // namespace comity::federation
