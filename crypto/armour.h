// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <string_view>

#include "proto/bytes.h"

namespace comity::crypto {

/// Text form of `bytes` that survives mail and copying by hand: a BEGIN line with the label, lines of up to
/// 64 characters of base32 and 6 of checksum, an END line. The checksum of a line covers the label, its
/// number and whether it is the last one. `label` is capital letters and spaces, such as "INVITATION". Throws
/// std::invalid_argument for no bytes, and for more than fit into bounds::kArmourTextBytes.
[[nodiscard]] std::string armour(std::string_view label, proto::ByteView bytes);

/// The bytes of the one armoured block with this label in `text`. What mail programs do to text is tolerated:
/// words around the block, "> " in front of its lines, white space at both ends of a line, CRLF, empty lines,
/// lost dashes. Nothing else is: damage is named by line and character as an editor counts them, from 1, and
/// never corrected. A single changed, missing, added or exchanged character is located by trying; more in one
/// line name the line. Takes at most some milliseconds for any text.
/// Errors: kArmourTooLong, kArmourAbsent, kArmourTwice, kArmourDamaged.
[[nodiscard]] proto::Result<proto::Bytes> dearmour(std::string_view label, std::string_view text);

}  // namespace comity::crypto
