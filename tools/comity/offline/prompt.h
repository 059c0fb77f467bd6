// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string_view>

#include "crypto/secret.h"

namespace comity::cli {

/// Asks for a new passphrase twice on the terminal, without showing it. Errors: kPassphraseNeeded when there
/// is no terminal, kNotConfirmed when the two differ or are empty.
[[nodiscard]] proto::Result<crypto::Secret> ask_new_passphrase();

/// The same for anything that is typed twice: "Password". Errors: kNotConfirmed, also without a terminal.
[[nodiscard]] proto::Result<crypto::Secret> ask_new_secret(std::string_view what);

/// Asks for the passphrase of a file that exists, once. Error kPassphraseNeeded.
[[nodiscard]] proto::Result<crypto::Secret> ask_passphrase(std::string_view question);

}  // namespace comity::cli
