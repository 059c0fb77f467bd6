// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/random.h"
#include "crypto/sha256.h"

/// The secrets that browsers and programs hold, as text, and what the node keeps of them: hashes. Any thread,
/// apart from the source of randomness.
namespace comity::web {

using crypto::Sha256Digest;

/// A secret of forms: what a form sends back proves that this server gave it to this browser.
using FormSecret = std::array<std::byte, 16>;
/// The one that belongs to a session's or a visitor's cookie.
[[nodiscard]] FormSecret form_secret(std::string_view cookie);
/// The secret as a form carries it: another text each time, so that a compressed answer tells nothing of it
/// by its length (the BREACH attack of 2013).
[[nodiscard]] std::string masked(const FormSecret& secret, crypto::Random& random);
/// Whether `text` is masked(secret). In constant time.
[[nodiscard]] bool unmasks_to(std::string_view text, const FormSecret& secret);

/// 16 random bytes as text.
[[nodiscard]] std::string random_text(crypto::Random& random);

/// What a browser keeps after a sign-in, so that guessing by others does not slow its owner down (OWASP,
/// "device cookies"). `key` is the node's own.
[[nodiscard]] std::string device_text(const Sha256Digest& key, std::string_view handle,
                                      crypto::Random& random);
/// The name of the device, when `text` was given to it for this handle.
[[nodiscard]] std::optional<std::string> device_of(const Sha256Digest& key, std::string_view handle,
                                                   std::string_view text);

}  // namespace comity::web
