// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <filesystem>
#include <optional>

#include "crypto/random.h"
#include "crypto/secret.h"
#include "node/config/settings.h"
#include "node/home/marker.h"

namespace comity::home {

/// What a new data directory is made from.
struct Plan {
  std::filesystem::path directory;
  config::Settings settings;
  std::filesystem::path root_key_file;       ///< empty: keys/root.key in the directory
  std::optional<crypto::Secret> passphrase;  ///< seals the key files
};

struct Created {
  Marker marker;
  std::filesystem::path directory;  ///< absolute
  std::filesystem::path root_key_file;
};

/// Whether create_home() could begin: changes nothing. Errors: kHomeExists, kHomeNotEmpty, kHomePath,
/// kFileUnusable.
[[nodiscard]] proto::Status check_target(const Plan& plan);

/// Makes a data directory with settings, keys, key document and an empty store. It is built beside (or, where
/// the parent takes no new names, inside) and moved into place when it is whole: a failure leaves nothing
/// behind. Blocks. Errors: kHomeExists, kHomeNotEmpty, kHomePath, kHomePermission, kHomeNoSpace, kHomeFailed,
/// kFileUnusable for a root key file that exists; those of the store and of crypto::encode_keydoc().
[[nodiscard]] proto::Result<Created> create_home(const Plan& plan, Moment now, crypto::Random& random);

}  // namespace comity::home
