// SPDX-License-Identifier: EUPL-1.2
#include "crypto/armour_line.h"

#include <utility>

#include <fmt/format.h>

#include "crypto/base32.h"
#include "crypto/sha256.h"

namespace comity::crypto {
namespace {

constexpr unsigned kChecksumBits = 5 * kArmourLineChecksum;

std::string checksum(const ArmourPlace& place, std::string_view data) {
  const std::byte last{static_cast<unsigned char>(place.last ? 1 : 0)};
  const auto digest =
      tagged_hash("armour-line", {proto::to_be(static_cast<std::uint32_t>(place.label.size())),
                                  proto::as_bytes(place.label),
                                  proto::to_be(static_cast<std::uint32_t>(place.index)),
                                  {&last, 1},
                                  proto::as_bytes(data)});
  const auto bits = proto::from_be<std::uint32_t>(digest.view()) >> (32 - kChecksumBits);
  std::string text;
  for (std::size_t i = 0; i < kArmourLineChecksum; ++i)
    text += kBase32Alphabet[(bits >> (kChecksumBits - 5 * (i + 1))) & 31U];
  return text;
}

// Each changes `line` in one place, asks, and puts it back.
bool other_character_fits(const ArmourPlace& place, std::string& line, std::size_t at) {
  const char kept = line[at];
  for (const char c : kBase32Alphabet) {
    line[at] = c;
    if (armour_line_fits(place, line)) return true;
  }
  line[at] = kept;
  return false;
}

bool further_character_fits(const ArmourPlace& place, std::string& line, std::size_t at) {
  for (const char c : kBase32Alphabet) {
    line.insert(at, 1, c);
    if (armour_line_fits(place, line)) return true;
    line.erase(at, 1);
  }
  return false;
}

bool fits_without(const ArmourPlace& place, std::string& line, std::size_t at) {
  const char taken = line[at];
  line.erase(at, 1);
  if (armour_line_fits(place, line)) return true;
  line.insert(at, 1, taken);
  return false;
}

bool fits_exchanged(const ArmourPlace& place, std::string& line, std::size_t at) {
  if (at + 1 >= line.size()) return false;
  std::swap(line[at], line[at + 1]);
  if (armour_line_fits(place, line)) return true;
  std::swap(line[at], line[at + 1]);
  return false;
}

}  // namespace

std::string armour_line(const ArmourPlace& place, std::string_view data) {
  return std::string(data) + checksum(place, data);
}

bool armour_line_fits(const ArmourPlace& place, std::string_view line) {
  if (line.size() <= kArmourLineChecksum || line.size() > kArmourLineData + kArmourLineChecksum) return false;
  if (!place.last && line.size() != kArmourLineData + kArmourLineChecksum) return false;
  const std::string_view data = line.substr(0, line.size() - kArmourLineChecksum);
  return line.substr(data.size()) == checksum(place, data);
}

std::string armour_line_damage(const ArmourPlace& place, std::string_view line, std::size_t indent) {
  if (line.size() > kArmourLineData + kArmourLineChecksum + 1) return {};
  std::string tried(line);
  for (std::size_t at = 0; at <= line.size(); ++at) {
    const std::size_t column = indent + at + 1;
    if (at < line.size()) {
      if (other_character_fits(place, tried, at)) return fmt::format("character {}", column);
      if (fits_without(place, tried, at)) return fmt::format("character {} is one too many", column);
      if (fits_exchanged(place, tried, at))
        return fmt::format("characters {} and {} are exchanged", column, column + 1);
    }
    if (further_character_fits(place, tried, at))
      return fmt::format("a character is missing before character {}", column);
  }
  const std::size_t foreign = line.find_first_not_of(kBase32Alphabet);
  if (foreign != std::string_view::npos) return fmt::format("character {}", indent + foreign + 1);
  return {};
}

}  // namespace comity::crypto
