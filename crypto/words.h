// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proto/ids.h"

namespace comity::crypto {

inline constexpr std::size_t kFingerprintWords =
    8;  ///< 88 bits: finding another id with them takes 2^88 work

/// The words that one operator reads to another on the phone: positions in the word list, 11 bits each.
using Words = std::array<std::uint16_t, kFingerprintWords>;

/// The first 88 bits of `id`. For the phone call only: afterwards the whole id is pinned (DESIGN 5.1).
[[nodiscard]] Words words_of(const proto::AgencyId& id);

/// The words in lower case with one space between.
[[nodiscard]] std::string words_text(const Words& words);

/// Reads eight words in any case, apart by any white space. A word may be cut short after its first four
/// letters, which differ between all words of the list. Errors: kWordCount; kUnknownWord, whose detail says
/// which word, counted from 1.
[[nodiscard]] proto::Result<Words> parse_words(std::string_view text);

/// Which words differ, counted from 1, in order; empty when all agree.
[[nodiscard]] std::vector<std::size_t> differing_words(const Words& a, const Words& b);

}  // namespace comity::crypto
