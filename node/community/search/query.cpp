// SPDX-License-Identifier: EUPL-1.2
#include "node/community/search/query.h"

#include <algorithm>
#include <array>
#include <optional>

#include "proto/utf8.h"

namespace comity::community::search {
namespace {

constexpr std::string_view kOpen = "\xe2\x80\x9c";   // left double quotation mark
constexpr std::string_view kClose = "\xe2\x80\x9d";  // right double quotation mark
constexpr std::string_view kLow = "\xe2\x80\x9e";    // low double quotation mark
constexpr std::string_view kGuillemetOpen = "\xc2\xab";
constexpr std::string_view kGuillemetClose = "\xc2\xbb";

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// The quotation mark at the start of a text, straight or as word processors set it.
std::size_t quote_at(std::string_view text) {
  if (text.starts_with('"')) return 1;
  for (const std::string_view mark : {kOpen, kClose, kLow, kGuillemetOpen, kGuillemetClose}) {
    if (text.starts_with(mark)) return mark.size();
  }
  return 0;
}

struct Part {
  std::string_view text;
  bool quoted = false;
  bool excluded = false;
};

std::vector<Part> parts_of(std::string_view text) {
  std::vector<Part> out;
  std::size_t at = 0;
  while (at < text.size()) {
    if (is_blank(text[at])) {
      ++at;
      continue;
    }
    Part part;
    if (text[at] == '-') {
      part.excluded = true;
      ++at;
    }
    const std::size_t quote = quote_at(text.substr(at));
    std::size_t end = at + quote;
    // A phrase without an end goes on to the end.
    while (end < text.size() && (quote != 0 || !is_blank(text[end])) && quote_at(text.substr(end)) == 0)
      ++end;
    part.quoted = quote != 0;
    part.text = text.substr(at + quote, end - at - quote);
    at = end;
    if (part.quoted && at < text.size()) at += quote_at(text.substr(at));
    out.push_back(part);
  }
  return out;
}

// One character of a script without spaces, alone.
bool is_dense_character(const std::string& term) {
  const std::size_t bytes = proto::utf8_sequence_bytes(proto::as_bytes(term));
  if (bytes < 2 || bytes != term.size()) return false;
  constexpr std::array<unsigned, 3> kFirstBits{0x1f, 0x0f, 0x07};
  auto code = static_cast<char32_t>(static_cast<unsigned char>(term[0]) & kFirstBits.at(bytes - 2));
  for (std::size_t i = 1; i < bytes; ++i)
    code = code << 6 | static_cast<char32_t>(static_cast<unsigned char>(term[i]) & 0x3f);
  return is_dense(code);
}

std::optional<Clause> clause_of(const Part& part, Words& words) {
  Clause clause{.excluded = part.excluded};
  words.each(part.text, [&](const Term& term) {
    if (!term.stem) clause.terms.emplace_back(term.text);
  });
  if (clause.terms.empty()) return std::nullopt;
  // A run of a script without spaces ends with its last character alone: in a text that one stands only where
  // the run ends too, while pairs hold all that was typed.
  const std::string& last = clause.terms.back();
  if (is_dense_character(last)) {
    if (clause.terms.size() > 1 && clause.terms[clause.terms.size() - 2].ends_with(last)) {
      clause.terms.pop_back();
    } else {
      clause.prefix = true;
    }
  } else if (part.text.ends_with('*')) {
    clause.prefix = true;
  }
  if (clause.terms.size() == 1 && !clause.prefix && !part.quoted) clause.stems = words.stems(clause.terms[0]);
  return clause;
}

void append_terms(std::string& out, const std::vector<std::string>& terms) {
  out += '"';
  out += kRawMark;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    if (i != 0) out += kTermEnd;
    for (const char c : terms[i]) {
      out += c;
      if (c == '"') out += '"';
    }
  }
  out += '"';
}

void append_clause(std::string& out, const Clause& clause) {
  if (clause.stems.empty()) {
    append_terms(out, clause.terms);
    if (clause.prefix) out += " *";
    return;
  }
  out += '(';
  append_terms(out, clause.terms);
  for (const std::string& stem : clause.stems) {
    out += " OR ";
    append_terms(out, {stem});
    // A word that is its own stem stands there without the mark.
    out += " OR ";
    append_terms(out, {stem.substr(1)});
  }
  out += ')';
}

}  // namespace

bool Query::only_excludes() const noexcept {
  return std::ranges::all_of(clauses, &Clause::excluded);
}

Result<Query> parse_query(std::string_view text, Words& words) {
  if (text.size() > kQueryBytes)
    return Error{Code::kQueryRule, "at most " + std::to_string(kQueryBytes) + " bytes"};
  if (!proto::is_plain_line(proto::as_bytes(text)))
    return Error{Code::kQueryRule, "one line of plain characters"};
  Query query;
  std::size_t terms = 0;
  bool blank = true;
  for (const Part& part : parts_of(text)) {
    blank = false;
    auto clause = clause_of(part, words);
    if (!clause) continue;
    terms += clause->terms.size();
    if (terms > kQueryWords)
      return Error{Code::kQueryRule, "at most " + std::to_string(kQueryWords) + " words"};
    query.clauses.push_back(*std::move(clause));
  }
  if (query.empty() && !blank) return Error{Code::kQueryRule, "it holds no word"};
  return query;
}

std::string match_text(const Query& query, const MarkGroups& marks) {
  std::string out;
  const auto join = [&](std::string_view with) {
    if (!out.empty()) out += with;
  };
  for (const Clause& clause : query.clauses) {
    if (clause.excluded) continue;
    join(" AND ");
    append_clause(out, clause);
  }
  if (!out.empty()) out = "({title text tags} : (" + out + "))";
  for (const auto& group : marks) {
    join(" AND ");
    out += "(facets : (";
    for (std::size_t i = 0; i < group.size(); ++i) {
      if (i != 0) out += " OR ";
      append_terms(out, {group[i]});
    }
    out += "))";
  }
  std::string excluded;
  for (const Clause& clause : query.clauses) {
    if (!clause.excluded) continue;
    if (!excluded.empty()) excluded += " OR ";
    append_clause(excluded, clause);
  }
  if (!excluded.empty()) out = "(" + out + ") NOT ({title text tags} : (" + excluded + "))";
  return out;
}

std::vector<Hit> hits(const Query& query, std::string_view text, Words& words, std::size_t most,
                      std::size_t most_bytes) {
  // Places where a phrase has begun, and how many of its terms have followed.
  struct Begun {
    std::size_t clause = 0;
    std::size_t begin = 0;
    std::size_t matched = 0;
  };
  std::vector<Hit> out;
  std::vector<Begun> begun;
  std::size_t kept = std::min(text.size(), most_bytes);
  while (kept > 0 && kept < text.size() && (static_cast<unsigned char>(text[kept]) & 0xc0) == 0x80)
    --kept;
  words.each(text.substr(0, kept), [&](const Term& term) {
    if (out.size() >= most) return;
    const auto fits = [&](const Clause& clause, std::size_t at) {
      const bool last = at + 1 == clause.terms.size();
      return clause.prefix && last ? term.text.starts_with(clause.terms[at]) : term.text == clause.terms[at];
    };
    if (term.stem) {
      for (std::size_t i = 0; i < query.clauses.size(); ++i) {
        const Clause& clause = query.clauses[i];
        if (clause.excluded || std::ranges::find(clause.stems, term.text) == clause.stems.end()) continue;
        if (out.empty() || out.back().begin != term.begin) out.push_back({term.begin, term.end, i});
      }
      return;
    }
    std::vector<Begun> next;
    const auto step = [&](std::size_t i, std::size_t begin, std::size_t matched) {
      if (!fits(query.clauses[i], matched)) return;
      if (matched + 1 == query.clauses[i].terms.size()) {
        out.push_back({begin, term.end, i});
      } else {
        next.push_back({i, begin, matched + 1});
      }
    };
    for (const Begun& each : begun)
      step(each.clause, each.begin, each.matched);
    for (std::size_t i = 0; i < query.clauses.size(); ++i) {
      if (query.clauses[i].excluded) continue;
      const bool own_stem = std::ranges::any_of(query.clauses[i].stems, [&](const std::string& stem) {
        return std::string_view(stem).substr(1) == term.text;
      });
      if (own_stem && !fits(query.clauses[i], 0)) {
        out.push_back({term.begin, term.end, i});
      } else {
        step(i, term.begin, 0);
      }
    }
    begun = std::move(next);
  });
  return out;
}

}  // namespace comity::community::search
