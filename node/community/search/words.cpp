// SPDX-License-Identifier: EUPL-1.2
#include "node/community/search/words.h"

#include <algorithm>
#include <array>
#include <utility>

#include <glib.h>
#include <libstemmer.h>

#include "proto/utf8.h"

namespace comity::community::search {
namespace {

constexpr std::size_t kKnownWords = 32'768;

using Chars = std::unique_ptr<char, decltype(&g_free)>;

std::string text_of(char* chars) {
  const Chars owned(chars, g_free);
  return owned ? std::string(owned.get()) : std::string();
}

gssize size_of(std::string_view text) {
  return static_cast<gssize>(text.size());
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

char lower_of(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower_of);
  return out;
}

// The longest whole characters within the bound.
std::string_view cut(std::string_view text) {
  if (text.size() <= kWordBytes) return text;
  std::size_t end = kWordBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
    --end;
  return text.substr(0, end);
}

// Accents and vowel points, not the signs that are letters of their own in Indic scripts or kana.
bool is_accent(gunichar letter) {
  constexpr gint kFirstAccent = 10;
  return g_unichar_ismark(letter) != FALSE && g_unichar_combining_class(letter) >= kFirstAccent;
}

enum class Class : std::uint8_t { kGap, kWord, kDense, kMark, kNothing, kApostrophe };

Class class_of(gunichar letter) {
  if (letter < 0x80) {
    if ((letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
        (letter >= '0' && letter <= '9'))
      return Class::kWord;
    return letter == '\'' ? Class::kApostrophe : Class::kGap;
  }
  if (letter == 0x2019) return Class::kApostrophe;
  if (g_unichar_ismark(letter) != FALSE) return Class::kMark;
  if (g_unichar_isalnum(letter) != FALSE) return is_dense(letter) ? Class::kDense : Class::kWord;
  // Soft hyphens, joiners and direction marks stand within words.
  return g_unichar_type(letter) == G_UNICODE_FORMAT ? Class::kNothing : Class::kGap;
}

struct Piece {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct Letter {
  gunichar code = 0;
  std::size_t bytes = 0;
};

Letter letter_at(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return {first, 1};
  const std::size_t bytes = proto::utf8_sequence_bytes(proto::as_bytes(text.substr(at)));
  if (bytes == 0) return {0, 1};
  return {g_utf8_get_char(text.data() + at), bytes};
}

}  // namespace

bool is_dense(char32_t letter) noexcept {
  using Block = std::pair<char32_t, char32_t>;
  constexpr std::array<Block, 16> kBlocks{{{0x0e00, 0x0eff},
                                           {0x1000, 0x109f},
                                           {0x1100, 0x11ff},
                                           {0x1780, 0x17ff},
                                           {0x2e80, 0x2fdf},
                                           {0x3005, 0x3007},
                                           {0x3040, 0x312f},
                                           {0x3130, 0x318f},
                                           {0x31a0, 0x31bf},
                                           {0x31f0, 0x31ff},
                                           {0x3400, 0x4dbf},
                                           {0x4e00, 0x9fff},
                                           {0xac00, 0xd7af},
                                           {0xf900, 0xfaff},
                                           {0xff66, 0xffdc},
                                           {0x20000, 0x3ffff}}};
  if (letter < kBlocks.front().first) return false;
  return std::ranges::any_of(
      kBlocks, [&](const Block& block) { return letter >= block.first && letter <= block.second; });
}

std::string fold(std::string_view text) {
  if (is_ascii(text)) return lower_ascii(text);
  const std::string folded = text_of(g_utf8_casefold(text.data(), size_of(text)));
  const std::string apart = text_of(g_utf8_normalize(folded.data(), size_of(folded), G_NORMALIZE_ALL));
  std::string plain;
  for (std::size_t at = 0; at < apart.size();) {
    const Letter letter = letter_at(apart, at);
    if (!is_accent(letter.code)) plain.append(apart, at, letter.bytes);
    at += letter.bytes;
  }
  return text_of(g_utf8_normalize(plain.data(), size_of(plain), G_NORMALIZE_DEFAULT_COMPOSE));
}

struct Words::Stemmer {
  struct End {
    void operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }
  };
  std::unique_ptr<sb_stemmer, End> handle;

  [[nodiscard]] std::string stem(const std::string& word) const {
    const auto* const bytes = reinterpret_cast<const sb_symbol*>(word.data());
    const sb_symbol* const out = sb_stemmer_stem(handle.get(), bytes, static_cast<int>(word.size()));
    if (out == nullptr) throw std::bad_alloc();
    return {reinterpret_cast<const char*>(out), static_cast<std::size_t>(sb_stemmer_length(handle.get()))};
  }
};

Words::Words(std::vector<Stemmer> stemmers) : stemmers_(std::move(stemmers)) {}
Words::Words(Words&&) noexcept = default;
Words& Words::operator=(Words&&) noexcept = default;
Words::~Words() = default;

Result<Words> Words::make(std::span<const std::string> languages) {
  if (languages.size() > kMostLanguages)
    return Error{Code::kConfigValue, "search.languages: at most " + std::to_string(kMostLanguages)};
  std::vector<Stemmer> stemmers;
  for (const std::string& language : languages) {
    Stemmer stemmer{.handle = {sb_stemmer_new(language.c_str(), "UTF_8"), {}}};
    if (!stemmer.handle) {
      std::string known;
      for (const char** name = sb_stemmer_list(); *name != nullptr; ++name)
        known += (known.empty() ? "" : ", ") + std::string(*name);
      return Error{Code::kConfigValue, "search.languages: \"" + language + "\" is none of " + known};
    }
    stemmers.push_back(std::move(stemmer));
  }
  return Words(std::move(stemmers));
}

const Words::Known& Words::known(std::string_view word) {
  std::string key(word);
  const auto at = known_.find(key);
  if (at != known_.end()) return at->second;
  if (known_.size() >= kKnownWords) known_.clear();
  Known out{.folded = std::string(cut(fold(word)))};
  if (!stemmers_.empty()) {
    // The endings of a language have accents of their own, so they are cut off before those go.
    const std::string lower =
        is_ascii(word) ? lower_ascii(word)
                       : text_of(g_utf8_normalize(text_of(g_utf8_strdown(word.data(), size_of(word))).c_str(),
                                                  -1, G_NORMALIZE_DEFAULT_COMPOSE));
    for (const Stemmer& stemmer : stemmers_) {
      std::string stem(cut(fold(stemmer.stem(lower))));
      if (stem.empty()) continue;
      const bool same = stem == out.folded;
      stem.insert(stem.begin(), kStemMark);
      if (std::ranges::find(out.looked_for, stem) != out.looked_for.end()) continue;
      if (!same) out.stems.push_back(stem);
      out.looked_for.push_back(std::move(stem));
    }
  }
  return known_.emplace(std::move(key), std::move(out)).first->second;
}

std::vector<std::string> Words::stems(std::string_view word) {
  return known(word).looked_for;
}

void Words::each(std::string_view text, const Each& each) {
  std::string word;                     // letters of the word, without what stands in it for nothing
  Piece place;                          // of the word
  std::vector<std::string> characters;  // of a dense run, folded
  std::vector<Piece> places;
  bool after_apostrophe = false;

  const auto end_word = [&](bool before_apostrophe) {
    if (word.empty()) return;
    // The "s" of "agency's" and the "l" of "l'avis".
    const bool particle =
        word.size() == 1 && (word[0] < '0' || word[0] > '9') && (after_apostrophe || before_apostrophe);
    if (!particle) {
      const std::string_view held = std::string_view(word).substr(0, 4 * kWordBytes);
      const Known& found = known(proto::is_utf8(proto::as_bytes(held)) ? held : cut(word));
      if (!found.folded.empty()) {
        each({found.folded, place.begin, place.end});
        for (const std::string& stem : found.stems)
          each({stem, place.begin, place.end, true});
      }
    }
    word.clear();
  };
  const auto end_dense = [&] {
    for (std::size_t i = 0; i < characters.size(); ++i) {
      const bool last = i + 1 == characters.size();
      const std::string pair = last ? characters[i] : characters[i] + characters[i + 1];
      each({pair, places[i].begin, places[last ? i : i + 1].end});
    }
    characters.clear();
    places.clear();
  };

  for (std::size_t at = 0; at < text.size();) {
    const Letter letter = letter_at(text, at);
    const std::size_t next = at + letter.bytes;
    const std::string_view bytes = text.substr(at, letter.bytes);
    switch (class_of(letter.code)) {
      case Class::kWord:
        end_dense();
        if (word.empty()) place.begin = at;
        word.append(bytes);
        place.end = next;
        break;
      case Class::kDense: {
        end_word(false);
        after_apostrophe = false;
        std::string folded = fold(bytes);
        if (!folded.empty()) {
          characters.push_back(std::move(folded));
          places.push_back({at, next});
        }
        // A run is bounded like everything else; pairs across the cut are lost.
        if (characters.size() == 4096) end_dense();
        break;
      }
      case Class::kMark:
        if (!word.empty()) {
          word.append(bytes);
          place.end = next;
        } else if (!characters.empty()) {
          characters.back() = fold(characters.back() + std::string(bytes));
          places.back().end = next;
        }
        break;
      case Class::kNothing:
        break;
      case Class::kApostrophe:
        end_word(true);
        end_dense();
        after_apostrophe = true;
        break;
      case Class::kGap:
        end_word(false);
        end_dense();
        after_apostrophe = false;
        break;
    }
    at = next;
  }
  end_word(false);
  end_dense();
}

}  // namespace comity::community::search
