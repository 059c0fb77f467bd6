// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crypto/keydoc/key_chain.h"
#include "node/config/settings.h"
#include "node/home/lock.h"
#include "node/home/marker.h"
#include "node/home/node_keys.h"
#include "node/home/paths.h"

/// Opening a data directory, in the order in which its failures make sense to a person: is it one, is it
/// whole, is it free, then its parts. Every error names the file. All functions block on the disk.
namespace comity::home {

/// Whose directory it is. Errors: kHomeMissing (no directory, or nothing of Comity in it), kHomeIncomplete (a
/// copy that was interrupted), kKeyMissing, kHomeNewer, kHomeDamaged, kHomePermission.
[[nodiscard]] proto::Result<Marker> look(const Paths& paths);

/// Who the node is and with which keys it works.
struct Identity {
  crypto::KeyChain chain;
  NodeKeys keys;
};

/// Errors: kKeyMissing, kKeyUnusable, kHomeTooOpen, kPassphraseNeeded, kHomeDamaged; kHomeForeign when
/// marker, key document and keys are not of one agency.
[[nodiscard]] proto::Result<Identity> load_identity(const Paths& paths, const Marker& marker,
                                                    const std::optional<crypto::Secret>& passphrase);

/// The passphrase that the settings name; nothing when they name none. Errors as read_passphrase().
[[nodiscard]] proto::Result<std::optional<crypto::Secret>> configured_passphrase(
    const config::Settings& settings);

/// What the two counts of starts say together (DESIGN 5.10).
struct Boot {
  std::uint64_t count = 0;  ///< of this start, from 1
  bool clean = true;        ///< the last run ended in order
  /// The store, or the rest of the directory, was put back from an older copy, or the whole of it is a copy:
  /// own feeds must not go on where it says.
  bool restored = false;
};

/// `stored` is the store's own count, `place` that of the directory now. A start that was cut off between the
/// two counts is no restored copy.
[[nodiscard]] Boot next_boot(const Boots& beside, std::uint64_t stored, std::string_view place) noexcept;

/// What tells this directory from every copy of it: its file number and the moment when it was made, which
/// nobody can set. It stays when the directory is moved within its file system. Errors of files.h.
[[nodiscard]] proto::Result<std::string> place_of(const Paths& paths);

/// The file beside the store. Errors of files.h and read_boots().
[[nodiscard]] proto::Result<Boots> load_boots(const Paths& paths);
[[nodiscard]] proto::Status save_boots(const Paths& paths, const Boots& boots);

}  // namespace comity::home
