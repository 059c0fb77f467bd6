// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace comity::crypto {

inline constexpr std::size_t kWordListSize = 2048;

/// The English word list of BIP-39: lower case, sorted, 3 to 8 letters, no two with the same first four.
[[nodiscard]] const std::array<std::string_view, kWordListSize>& word_list() noexcept;

}  // namespace comity::crypto
