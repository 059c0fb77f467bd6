// SPDX-License-Identifier: EUPL-1.2
#include "crypto/words.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "crypto/word_list.h"

namespace comity::crypto {
namespace {

using proto::Code;
using proto::Error;

constexpr unsigned kBitsPerWord = 11;
constexpr std::size_t kEnoughLetters = 4;
constexpr std::size_t kLongestWord = 8;
constexpr std::string_view kWhiteSpace = " \t\r\n\v\f";

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::optional<std::uint16_t> find_word(std::string_view typed) {
  if (typed.size() > kLongestWord) return std::nullopt;
  std::array<char, kLongestWord> letters{};
  std::ranges::transform(typed, letters.begin(), lower);
  const std::string_view wanted(letters.data(), typed.size());
  const auto& words = word_list();
  const auto found = std::ranges::lower_bound(words, wanted);
  if (found == words.end()) return std::nullopt;
  if (*found != wanted && (wanted.size() < kEnoughLetters || !found->starts_with(wanted)))
    return std::nullopt;
  return static_cast<std::uint16_t>(found - words.begin());
}

// Takes the next word off the front of `rest`; empty when there is none.
std::string_view next_word(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(kWhiteSpace), rest.size()));
  const std::string_view word = rest.substr(0, rest.find_first_of(kWhiteSpace));
  rest.remove_prefix(word.size());
  return word;
}

std::size_t count_words(std::string_view text) {
  std::size_t count = 0;
  while (!next_word(text).empty())
    ++count;
  return count;
}

}  // namespace

Words words_of(const proto::AgencyId& id) {
  Words words{};
  std::uint32_t held = 0;
  unsigned bits = 0;
  std::size_t byte = 0;
  for (std::uint16_t& word : words) {
    while (bits < kBitsPerWord) {
      held = (held << 8U) | std::to_integer<std::uint32_t>(id.bytes()[byte++]);
      bits += 8;
    }
    bits -= kBitsPerWord;
    word = static_cast<std::uint16_t>((held >> bits) & (kWordListSize - 1));
  }
  return words;
}

std::string words_text(const Words& words) {
  std::string text;
  for (std::uint16_t word : words) {
    if (!text.empty()) text += ' ';
    text += word_list().at(word);
  }
  return text;
}

proto::Result<Words> parse_words(std::string_view text) {
  const std::size_t count = count_words(text);
  if (count != kFingerprintWords) return Error{Code::kWordCount, fmt::format("{} words", count)};
  Words words{};
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto found = find_word(next_word(text));
    if (!found) return Error{Code::kUnknownWord, fmt::format("word {} of {}", i + 1, count)};
    words[i] = *found;
  }
  return words;
}

std::vector<std::size_t> differing_words(const Words& a, const Words& b) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i]) found.push_back(i + 1);
  }
  return found;
}

}  // namespace comity::crypto
