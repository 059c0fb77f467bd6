// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace comity::benchmark {

/// Writes texts that a compressor finds as hard as the mail of a working group: sentences of English words by
/// their frequency (Zipf), with names, numbers, addresses and quoted lines. The same seed writes the same
/// texts. Sizes follow the budget: lognormal, median 1.5 kB, mean 2.8 kB, cut at 64 kB.
class Prose {
 public:
  explicit Prose(std::uint64_t seed);

  /// A body of a size that is drawn anew.
  [[nodiscard]] std::string body() { return text(next_size()); }
  [[nodiscard]] std::string title();
  /// A text of exactly `size` bytes.
  [[nodiscard]] std::string text(std::size_t size);
  [[nodiscard]] std::size_t next_size();

 private:
  [[nodiscard]] std::uint64_t next();
  [[nodiscard]] std::uint32_t below(std::uint32_t bound);
  void add_word(std::string& out);
  void add_sentence(std::string& out);
  void add_quote(std::string& out);

  std::uint64_t state_;
  std::vector<std::string> words_;      // by rank
  std::vector<std::uint16_t> rank_of_;  // ranks as often as they occur: a draw is one look-up
};

}  // namespace comity::benchmark
