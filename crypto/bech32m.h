// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <string_view>

#include "proto/ids.h"

namespace comity::crypto {

/// Text of `bytes` that people can copy: `prefix`, "1", 5 bits a character, 6 characters of checksum
/// (BIP-350). Lower case. The result has at most 90 characters, up to which the checksum always finds four
/// wrong ones. Throws std::invalid_argument when it would be longer or the prefix is empty or not lower-case
/// ASCII.
[[nodiscard]] std::string bech32m_encode(std::string_view prefix, proto::ByteView bytes);

/// The bytes of such text, which is all lower or all upper case. `prefix` is the one that is wanted, in lower
/// case. Errors: kTextIdLength, kTextIdCase, kTextIdPrefix, kTextIdCharacter, kTextIdChecksum,
/// kTextIdPadding. The detail names the wrong character, counted from 1, whenever only one is wrong. Text is
/// never corrected: a guess at an id is not what the other side said.
[[nodiscard]] proto::Result<proto::Bytes> bech32m_decode(std::string_view prefix, std::string_view text);

inline constexpr std::string_view kAgencyIdPrefix = "comity";
inline constexpr std::size_t kAgencyIdCharacters = 65;  ///< prefix 6, "1", 52 for 32 bytes, checksum 6

/// "comity1…", 65 characters.
[[nodiscard]] std::string agency_id_text(const proto::AgencyId& id);

/// Reads what agency_id_text() gave. Errors as for bech32m_decode(); kTextIdZero for the id of zeros.
[[nodiscard]] proto::Result<proto::AgencyId> parse_agency_id(std::string_view text);

}  // namespace comity::crypto
