// SPDX-License-Identifier: EUPL-1.2
#include "node/community/search/snippet.h"

#include <algorithm>
#include <set>

namespace comity::community::search {
namespace {

constexpr std::size_t kBytes = 240;
constexpr std::size_t kBefore = 60;
constexpr std::size_t kMostHits = 64;
constexpr std::size_t kLooked = 64 * 1024;
constexpr std::string_view kMore = "\xe2\x80\xa6";  // an ellipsis

bool is_within(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
}

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

// The start of a word at or shortly after `at`.
std::size_t word_after(std::string_view text, std::size_t at, std::size_t most) {
  if (at == 0) return 0;
  for (std::size_t i = at; i < most; ++i) {
    if (is_space(text[i - 1]) && !is_space(text[i])) return i;
  }
  while (is_within(text, at))
    ++at;
  return std::min(at, most);
}

std::size_t word_before(std::string_view text, std::size_t at, std::size_t least) {
  if (at >= text.size()) return text.size();
  for (std::size_t i = at; i > least; --i) {
    if (is_space(text[i])) return i;
  }
  while (at > least && is_within(text, at))
    --at;
  return at;
}

// From which hit on a window holds most different clauses.
std::size_t best_of(const std::vector<Hit>& found) {
  std::size_t best = 0;
  std::size_t most = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    std::set<std::size_t> clauses;
    for (std::size_t j = i; j < found.size() && found[j].end <= found[i].begin + kBytes - kBefore; ++j)
      clauses.insert(found[j].clause);
    if (clauses.size() > most) {
      most = clauses.size();
      best = i;
    }
  }
  return best;
}

}  // namespace

Snippet cut_snippet(const Query& query, std::string_view text, Words& words) {
  const std::vector<Hit> found = hits(query, text, words, kMostHits, kLooked);
  std::size_t begin = 0;
  if (!found.empty()) {
    const Hit& first = found[best_of(found)];
    begin = word_after(text, first.begin - std::min(first.begin, kBefore), first.begin);
  }
  const std::size_t end = word_before(text, begin + kBytes, std::min(begin + kBytes / 2, text.size()));

  Snippet out;
  if (begin > 0) out.text += kMore;
  auto hit = found.begin();
  std::size_t open_end = 0;
  bool blank = true;
  for (std::size_t at = begin; at < end; ++at) {
    while (hit != found.end() && hit->begin < at)
      ++hit;
    if (hit != found.end() && hit->begin == at && at >= open_end && hit->end <= end) {
      open_end = hit->end;
      out.marks.push_back({out.text.size(), out.text.size()});
    }
    if (is_space(text[at])) {
      if (!blank) out.text += ' ';
      blank = true;
    } else {
      out.text += text[at];
      blank = false;
    }
    if (open_end != 0 && at + 1 == open_end) out.marks.back().end = out.text.size();
  }
  if (end < text.size()) out.text += kMore;
  return out;
}

}  // namespace comity::community::search
