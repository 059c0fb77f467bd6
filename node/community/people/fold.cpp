// SPDX-License-Identifier: EUPL-1.2
#include "node/community/people/fold.h"

#include <memory>

#include <glib.h>

namespace comity::community {
namespace {

using Chars = std::unique_ptr<char, decltype(&g_free)>;

std::string text_of(char* chars) {
  const Chars owned(chars, g_free);
  return owned ? std::string(owned.get()) : std::string();
}

gssize size_of(std::string_view text) {
  return static_cast<gssize>(text.size());
}

}  // namespace

std::string lower_case(std::string_view text) {
  if (g_utf8_validate(text.data(), size_of(text), nullptr) == FALSE) return std::string(text);
  return text_of(g_utf8_strdown(text.data(), size_of(text)));
}

std::vector<std::string> folded_words(std::string_view text, std::size_t most) {
  std::vector<std::string> out;
  if (g_utf8_validate(text.data(), size_of(text), nullptr) == FALSE) return out;
  const std::string folded = text_of(g_utf8_casefold(text.data(), size_of(text)));
  // Decomposed, an accent is a character of its own.
  const std::string plain = text_of(g_utf8_normalize(folded.c_str(), -1, G_NORMALIZE_ALL));
  std::string word;
  for (const char* at = plain.c_str(); out.size() < most; at = g_utf8_next_char(at)) {
    const gunichar letter = g_utf8_get_char(at);
    if (letter != 0 && g_unichar_isalnum(letter) != FALSE) {
      word.append(at, static_cast<std::size_t>(g_utf8_next_char(at) - at));
    } else if (letter == 0 || g_unichar_ismark(letter) == FALSE) {
      if (!word.empty()) out.push_back(std::move(word));
      word.clear();
    }
    if (letter == 0) break;
  }
  return out;
}

}  // namespace comity::community
