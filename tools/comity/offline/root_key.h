// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "proto/bytes.h"
#include "proto/result.h"

namespace comity::cli {

/// Where the root key of a change of keys is, and how it is opened.
struct RootKeySource {
  std::filesystem::path data_directory;
  std::optional<std::string> key_file;         ///< else the one that comity init left in the directory
  std::optional<std::string> passphrase_file;  ///< else the node's own, else the terminal
};

/// Whether there is a file to sign with, before anything is asked of anybody. Errors: kRootKeyWanted and
/// those of home::root_key_is_sealed().
[[nodiscard]] proto::Result<std::filesystem::path> find_root_key(const RootKeySource& source);

/// Signs a key document; the root key leaves this process in no form. Errors: kPassphraseNeeded without a
/// terminal, kPassphraseUnreadable, those of home::sign_as_root().
[[nodiscard]] proto::Result<proto::Bytes> sign_key_document(const RootKeySource& source,
                                                            const std::filesystem::path& key_file,
                                                            proto::ByteView doc);

}  // namespace comity::cli
