// SPDX-License-Identifier: EUPL-1.2
#include "crypto/bech32m.h"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

namespace comity::crypto {
namespace {

using proto::Bytes;
using proto::ByteView;
using proto::Code;
using proto::Error;
using proto::Result;

constexpr std::string_view kAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::size_t kMostCharacters = 90;
constexpr std::size_t kChecksumCharacters = 6;
constexpr std::uint32_t kBech32mConstant = 0x2bc830a3;

// The values, each below 32, of everything behind the separator.
struct Values {
  std::array<std::uint8_t, kMostCharacters> all{};
  std::size_t count = 0;

  void add(unsigned value) { all.at(count++) = static_cast<std::uint8_t>(value & 31U); }
};

// One step of the BCH code over GF(32) that BIP-173 defines.
std::uint32_t step(std::uint32_t sum, std::uint32_t value) {
  constexpr std::array<std::uint32_t, 5> kGenerator{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                                    0x2a1462b3};
  const std::uint32_t top = sum >> 25U;
  sum = ((sum & 0x1ffffffU) << 5U) ^ value;
  for (std::size_t i = 0; i < kGenerator.size(); ++i) {
    if (((top >> i) & 1U) != 0) sum ^= kGenerator[i];
  }
  return sum;
}

std::uint32_t prefix_sum(std::string_view prefix) {
  std::uint32_t sum = 1;
  for (char c : prefix)
    sum = step(sum, static_cast<unsigned char>(c) >> 5U);
  sum = step(sum, 0);
  for (char c : prefix)
    sum = step(sum, static_cast<unsigned char>(c) & 31U);
  return sum;
}

std::uint32_t add_values(std::uint32_t sum, const Values& values) {
  for (std::size_t i = 0; i < values.count; ++i)
    sum = step(sum, values.all[i]);
  return sum;
}

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
char to_lower(char c) {
  return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

// Where the one wrong value stands, if changing one makes the checksum right. The code has distance 5 at
// these lengths, so there is at most one such place.
std::optional<std::size_t> single_error(std::uint32_t start, Values values) {
  for (std::size_t i = 0; i < values.count; ++i) {
    const std::uint8_t kept = values.all[i];
    for (std::uint8_t other = 0; other < 32; ++other) {
      values.all[i] = other;
      if (add_values(start, values) == kBech32mConstant) return i;
    }
    values.all[i] = kept;
  }
  return std::nullopt;
}

Error wrong_length(std::size_t length) {
  return Error{Code::kTextIdLength, fmt::format("{} characters", length)};
}

// Bits that fill the last character must be fewer than 5 and zero, or one id would have several texts.
Result<Bytes> regroup(const Values& values) {
  Bytes out;
  out.reserve(values.count * 5 / 8);
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (std::size_t i = 0; i + kChecksumCharacters < values.count; ++i) {
    held = (held << 5U) | values.all[i];
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<std::byte>((held >> bits) & 0xffU));
    }
  }
  const bool all_zero = (held & ((1U << bits) - 1)) == 0;
  if (bits >= 5 || !all_zero) return Error{Code::kTextIdPadding, {}};
  return out;
}

}  // namespace

std::string bech32m_encode(std::string_view prefix, ByteView bytes) {
  const std::size_t data_characters = (bytes.size() * 8 + 4) / 5;
  const bool printable =
      std::ranges::all_of(prefix, [](char c) { return c >= '!' && c <= '~' && !is_upper(c); });
  if (prefix.empty() || !printable || bytes.size() > kMostCharacters ||
      prefix.size() + 1 + data_characters + kChecksumCharacters > kMostCharacters) {
    throw std::invalid_argument("bech32m: a prefix or a length that the form does not have");
  }
  Values values;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (std::byte b : bytes) {
    held = (held << 8U) | std::to_integer<std::uint32_t>(b);
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      values.add(held >> bits);
    }
  }
  if (bits > 0) values.add(held << (5 - bits));

  std::uint32_t sum = add_values(prefix_sum(prefix), values);
  for (std::size_t i = 0; i < kChecksumCharacters; ++i)
    sum = step(sum, 0);
  sum ^= kBech32mConstant;
  for (unsigned shift = 30; shift > 0; shift -= 5)
    values.add(sum >> (shift - 5));

  std::string text(prefix);
  text += '1';
  for (std::size_t i = 0; i < values.count; ++i)
    text += kAlphabet[values.all[i]];
  return text;
}

Result<Bytes> bech32m_decode(std::string_view prefix, std::string_view text) {
  const std::size_t behind_separator = prefix.size() + 1;
  if (text.size() > kMostCharacters) return wrong_length(text.size());
  if (std::ranges::any_of(text, is_upper) && std::ranges::any_of(text, is_lower)) {
    return Error{Code::kTextIdCase, {}};
  }
  for (std::size_t i = 0; i < std::min(behind_separator, text.size()); ++i) {
    if (to_lower(text[i]) != (i < prefix.size() ? prefix[i] : '1')) {
      return Error{Code::kTextIdPrefix, fmt::format("character {}; \"{}1\" is wanted", i + 1, prefix)};
    }
  }
  if (text.size() < behind_separator + kChecksumCharacters) return wrong_length(text.size());

  Values values;
  for (std::size_t i = behind_separator; i < text.size(); ++i) {
    const std::size_t value = kAlphabet.find(to_lower(text[i]));
    if (value == std::string_view::npos) {
      return Error{Code::kTextIdCharacter, fmt::format("character {} of {}", i + 1, text.size())};
    }
    values.add(static_cast<unsigned>(value));
  }
  const std::uint32_t start = prefix_sum(prefix);
  if (add_values(start, values) != kBech32mConstant) {
    const auto wrong = single_error(start, values);
    return Error{Code::kTextIdChecksum, wrong ? fmt::format("character {} of {} looks wrong",
                                                            *wrong + behind_separator + 1, text.size())
                                              : "more than one character is wrong"};
  }
  return regroup(values);
}

std::string agency_id_text(const proto::AgencyId& id) {
  return bech32m_encode(kAgencyIdPrefix, id.view());
}

Result<proto::AgencyId> parse_agency_id(std::string_view text) {
  // A missing or doubled character spoils the checksum as well, but the length tells a person more.
  if (text.size() != kAgencyIdCharacters) {
    return Error{Code::kTextIdLength,
                 fmt::format("{} characters where {} belong", text.size(), kAgencyIdCharacters)};
  }
  COMITY_TRY(const Bytes bytes, bech32m_decode(kAgencyIdPrefix, text));
  COMITY_TRY(const proto::AgencyId id, proto::AgencyId::from(bytes));
  // All zero means "none" to the rest of the program.
  if (id.is_zero()) return Error{Code::kTextIdZero, {}};
  return id;
}

}  // namespace comity::crypto
