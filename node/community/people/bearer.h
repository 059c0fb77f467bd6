// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crypto/random.h"
#include "node/community/people/sessions.h"

namespace comity::community {

/// What a session cookie or a token says: whose it is, and a secret of 32 bytes. Any thread.
struct Bearer {
  UserId user;
  SecretHash secret;  ///< random, no hash

  [[nodiscard]] static Bearer make(const UserId& user, crypto::Random& random) {
    return {user, random.next<SecretHash>()};
  }
};

/// What a bearer is used as: one kind never passes for another.
enum class BearerUse : std::uint8_t { kSession, kToken };

/// Of a token, with "comity_" in front, by which scanners for leaked secrets know it.
[[nodiscard]] std::string bearer_text(BearerUse use, const Bearer& bearer);
[[nodiscard]] std::optional<Bearer> parse_bearer(BearerUse use, std::string_view text);
/// Under what the store knows it.
[[nodiscard]] SecretHash bearer_hash(BearerUse use, const Bearer& bearer);

}  // namespace comity::community
