// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proto/bytes.h"

namespace comity::crypto {

/// The letters of base32 (RFC 4648 section 6) in lower case: no 0, 1, 8 or 9 to take for a letter.
inline constexpr std::string_view kBase32Alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/// `bytes` in base32, lower case, without padding.
[[nodiscard]] std::string base32_encode(proto::ByteView bytes);

/// The bytes of such text. Nothing for another character, a length that no bytes have, or spare bits that are
/// not zero: every byte string has one text.
[[nodiscard]] std::optional<proto::Bytes> base32_decode(std::string_view text);

}  // namespace comity::crypto
