// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace comity::crypto {

inline constexpr std::size_t kArmourLineData = 64;  ///< characters of base32 in every line but the last
inline constexpr std::size_t kArmourLineChecksum =
    6;  ///< 30 bits: trying 4,500 changes finds a false one once in 240,000

/// Where a line belongs: what its checksum covers besides its characters.
struct ArmourPlace {
  std::string_view label;
  std::size_t index = 0;  ///< from 0
  bool last = false;
};

/// The line for these characters of base32 at this place.
[[nodiscard]] std::string armour_line(const ArmourPlace& place, std::string_view data);

/// Whether `line` is whole and belongs at this place.
[[nodiscard]] bool armour_line_fits(const ArmourPlace& place, std::string_view line);

/// In words, what is wrong with a line that does not fit: "character 17", counted from 1 + `indent`, where
/// one change would make it fit, else nothing.
[[nodiscard]] std::string armour_line_damage(const ArmourPlace& place, std::string_view line,
                                             std::size_t indent);

}  // namespace comity::crypto
