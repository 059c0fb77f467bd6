// SPDX-License-Identifier: EUPL-1.2
#include "node/community/spaces/similar.h"

#include <algorithm>
#include <array>
#include <map>

#include "node/community/people/fold.h"

namespace comity::community {
namespace {

constexpr std::size_t kMostNameWords = 24;
constexpr std::size_t kMostDescriptionWords = 32;
constexpr std::uint64_t kNameWeight = 4;
constexpr std::uint64_t kDescriptionWeight = 1;
// Divisible by every count up to it, so that shares are exact.
constexpr std::uint64_t kMostShared = 8;
constexpr std::uint64_t kWhole = 840;

// What a space is, rather than what it is about; and the small words of a few languages.
constexpr auto kSayNothing = std::to_array<std::string_view>(
    {"a",    "about", "all",  "an",     "and",   "at",   "aux",        "board",       "by",   "channel",
     "chat", "das",   "de",   "der",    "des",   "die",  "discussion", "discussions", "du",   "el",
     "en",   "et",    "for",  "forum",  "from",  "fur",  "general",    "group",       "in",   "inside",
     "is",   "it",    "la",   "las",    "le",    "les",  "los",        "of",          "on",   "or",
     "og",   "our",   "room", "shared", "space", "team", "that",       "the",         "this", "to",
     "und",  "von",   "we",   "who",    "with",  "y"});

struct Weighed {
  std::string word;
  std::uint64_t weight = 0;
  bool of_title = false;
};

bool says_nothing(std::string_view word) {
  return std::find(kSayNothing.begin(), kSayNothing.end(), word) != kSayNothing.end();
}

const Weighed* find_word(const std::vector<Weighed>& words, std::string_view word) {
  const auto at = std::find_if(words.begin(), words.end(),
                               [&](const Weighed& one) { return is_same_word(one.word, word); });
  return at == words.end() ? nullptr : &*at;
}

std::vector<Weighed> weighed(const SpaceWords& space) {
  std::vector<Weighed> out;
  const auto add = [&](std::string_view text, std::size_t most, std::uint64_t weight, bool of_title) {
    for (std::string& word : telling_words(text, most)) {
      if (find_word(out, word) == nullptr) out.push_back({std::move(word), weight, of_title});
    }
  };
  add(space.title, kMostNameWords, kNameWeight, true);
  add(space.slug, kMostNameWords, kNameWeight, false);
  add(space.description, kMostDescriptionWords, kDescriptionWeight, false);
  return out;
}

}  // namespace

bool is_same_word(std::string_view a, std::string_view b) noexcept {
  if (a.size() > b.size()) std::swap(a, b);
  constexpr std::size_t kLeast = 4;
  if (a.size() < kLeast) return a == b;
  const std::size_t shared =
      static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin()).first - a.begin());
  // "rule" and "rules"; "policy" and "policies"; not "travel" and "trade", nor "state" and "static".
  const bool whole = shared == a.size();
  const bool all_but_ending =
      a.size() > kLeast + 1 && shared + 1 == a.size() && (a.back() == 'y' || a.back() == 'e');
  // Longer words take longer endings: "travelling".
  const std::size_t ending = a.size() > kLeast + 1 ? 4 : 3;
  return (whole || all_but_ending) && b.size() <= a.size() + ending;
}

std::vector<std::string> telling_words(std::string_view text, std::size_t most) {
  std::vector<std::string> out;
  // Looked at twice as many: small words are in the majority nowhere.
  for (std::string& word : folded_words(text, 2 * most)) {
    if (out.size() == most) break;
    if (word.size() < 2 || says_nothing(word) || std::find(out.begin(), out.end(), word) != out.end())
      continue;
    out.push_back(std::move(word));
  }
  return out;
}

std::vector<SimilarSpace> similar_spaces(const SpaceWords& fresh, std::span<const SpaceWords> there,
                                         std::size_t most) {
  const std::vector<Weighed> wanted = weighed(fresh);
  std::vector<std::vector<Weighed>> words;
  words.reserve(there.size());
  for (const SpaceWords& space : there)
    words.push_back(weighed(space));
  // In how many spaces each of the wanted words stands.
  std::vector<std::uint64_t> uses(wanted.size(), 0);
  for (std::size_t i = 0; i < there.size(); ++i) {
    if (there[i].space == fresh.space) continue;
    for (std::size_t w = 0; w < wanted.size(); ++w)
      uses[w] += find_word(words[i], wanted[w].word) != nullptr ? 1 : 0;
  }
  std::vector<SimilarSpace> out;
  for (std::size_t i = 0; i < there.size(); ++i) {
    if (there[i].space == fresh.space) continue;
    std::uint64_t shared = 0;
    std::uint64_t all = 0;
    // A long description or an odd slug is no fault: their words count where both have them.
    const auto alone = [](const Weighed& word) { return word.of_title ? word.weight : 0; };
    for (std::size_t w = 0; w < wanted.size(); ++w) {
      const Weighed* const held = find_word(words[i], wanted[w].word);
      if (held == nullptr) {
        all += alone(wanted[w]) * kWhole;
        continue;
      }
      const std::uint64_t rare = kWhole / std::min(uses[w], kMostShared);
      shared += 2 * std::min(wanted[w].weight, held->weight) * rare;
      all += (wanted[w].weight + held->weight) * rare;
    }
    for (const Weighed& word : words[i]) {
      if (find_word(wanted, word.word) == nullptr) all += alone(word) * kWhole;
    }
    const auto permille = static_cast<unsigned>(all == 0 ? 0 : 1000 * shared / all);
    const bool same_name = !fresh.slug.empty() && there[i].slug == fresh.slug;
    if (same_name || permille >= kSimilarPermille)
      out.push_back({there[i].space, same_name ? 1000 : permille});
  }
  std::sort(out.begin(), out.end(), [](const SimilarSpace& a, const SimilarSpace& b) {
    return std::tuple(b.permille, a.space) < std::tuple(a.permille, b.space);
  });
  if (out.size() > most) out.resize(most);
  return out;
}

}  // namespace comity::community
