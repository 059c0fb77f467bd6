// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "node/community/types.h"

struct sb_stemmer;

namespace comity::community::search {

/// Before the stem of a word, which stands in the index beside the word itself. No word begins with it.
inline constexpr char kStemMark = '\x02';
/// A longer word is cut: an address, or a key that somebody pasted.
inline constexpr std::size_t kWordBytes = 64;
/// Most languages whose endings are cut off.
inline constexpr std::size_t kMostLanguages = 4;

/// One term of a text.
struct Term {
  std::string_view text;  ///< valid during the call only
  std::size_t begin = 0;  ///< where its word stands in the text, in bytes
  std::size_t end = 0;
  bool stem = false;  ///< of the word before it, at the same place
};

/// Cuts texts into the terms of the index, and queries in the same way. A word is a run of letters and digits
/// of any script, without case and without accents, so that "Müller" is found by "muller". Scripts that put
/// no space between words (Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese) are cut into pairs of
/// characters, as is usual where no dictionary is at hand. Beside each word stands its stem in every language
/// that was chosen, where it differs: "agreements" is found by "agreement" and the other way round. One
/// thread at a time.
class Words {
 public:
  using Each = std::function<void(const Term&)>;

  /// Names of libstemmer, such as "english" and "norwegian"; none: words are found as they are written. Error
  /// kConfigValue for a name that it does not know, or too many.
  [[nodiscard]] static Result<Words> make(std::span<const std::string> languages);
  Words(Words&&) noexcept;
  Words& operator=(Words&&) noexcept;
  Words(const Words&) = delete;
  Words& operator=(const Words&) = delete;
  ~Words();

  /// Every term of a text in its order. What is not UTF-8 separates words.
  void each(std::string_view text, const Each& each);

  /// What a word of a query looks for besides itself: its stems, each once. A word that is its own stem is
  /// one of them, since it stands beside longer ones.
  [[nodiscard]] std::vector<std::string> stems(std::string_view word);

 private:
  struct Stemmer;
  struct Known {
    std::string folded;
    std::vector<std::string> stems;       ///< that differ from it, with the mark before them
    std::vector<std::string> looked_for;  ///< the same, its own stem included that is the word itself
  };
  explicit Words(std::vector<Stemmer> stemmers);
  const Known& known(std::string_view word);

  std::vector<Stemmer> stemmers_;
  std::unordered_map<std::string, Known> known_;  ///< most texts say the same words again
};

/// Whether the character belongs to a script that puts no space between words.
[[nodiscard]] bool is_dense(char32_t letter) noexcept;

/// Letters without case and accents, composed; see Words. Precondition: UTF-8.
[[nodiscard]] std::string fold(std::string_view text);

}  // namespace comity::community::search
