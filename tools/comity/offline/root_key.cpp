// SPDX-License-Identifier: EUPL-1.2
#include "tools/comity/offline/root_key.h"

#include "node/home/identity.h"
#include "node/home/paths.h"
#include "node/home/rotation.h"
#include "tools/comity/offline/prompt.h"

namespace comity::cli {
namespace {

using proto::Code;
using proto::Error;
using proto::Result;

/// The passphrase of the node's own key files, when this user can read it.
std::optional<crypto::Secret> own_passphrase(const std::filesystem::path& directory) {
  const config::Loaded loaded = config::load_settings(home::Paths(directory).settings());
  if (!loaded.ok() || loaded.settings.keys.passphrase_file.empty()) return std::nullopt;
  auto read = home::read_passphrase(loaded.settings.keys.passphrase_file);
  if (!read.ok()) return std::nullopt;
  return *std::move(read);
}

Result<std::optional<crypto::Secret>> passphrase_for(const RootKeySource& source,
                                                     const std::filesystem::path& key_file) {
  COMITY_TRY(const bool sealed, home::root_key_is_sealed(key_file));
  if (source.passphrase_file) {
    COMITY_TRY(crypto::Secret read, home::read_passphrase(*source.passphrase_file));
    return std::optional<crypto::Secret>(std::move(read));
  }
  if (!sealed) return std::optional<crypto::Secret>();
  if (auto own = own_passphrase(source.data_directory)) return own;
  COMITY_TRY(crypto::Secret typed, ask_passphrase("Passphrase of " + key_file.string() + ": "));
  return std::optional<crypto::Secret>(std::move(typed));
}

}  // namespace

Result<std::filesystem::path> find_root_key(const RootKeySource& source) {
  const std::filesystem::path file = source.key_file ? std::filesystem::path(*source.key_file)
                                                     : home::Paths(source.data_directory).root_keys();
  const auto sealed = home::root_key_is_sealed(file);
  if (!sealed.ok()) return sealed.error();
  return file;
}

Result<proto::Bytes> sign_key_document(const RootKeySource& source, const std::filesystem::path& key_file,
                                       proto::ByteView doc) {
  COMITY_TRY(const auto passphrase, passphrase_for(source, key_file));
  return home::sign_as_root(key_file, passphrase, doc);
}

}  // namespace comity::cli
