// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <vector>

#include "crypto/keydoc/key_chain.h"
#include "node/config/settings.h"
#include "node/home/marker.h"
#include "node/home/paths.h"
#include "proto/finding.h"

/// What `comity doctor` can tell from the files alone, whether the node runs or not. Nothing here needs a
/// passphrase or changes anything. All functions block on the disk.
namespace comity::home {

/// 2004: whether the system keeps its clock by a time server, as the kernel knows it (adjtimex(2)).
[[nodiscard]] proto::Finding check_time_source();
/// 2020: the settings file.
[[nodiscard]] proto::Finding check_settings(const config::Loaded& loaded);
/// 2021: nobody but the owner has rights on key files, their folder and the passphrase file.
[[nodiscard]] proto::Finding check_modes(const Paths& paths, const config::Settings& settings);
/// 2022: the keys of the newest key document and the document itself: warns 30 days before one ends.
[[nodiscard]] proto::Finding check_keys(const Paths& paths, Moment now);
/// 2023: no root key lies in the directory.
[[nodiscard]] proto::Finding check_root_away(const Paths& paths);
/// 2024: room on the disk of the store, against what the ballast and the write buffers need.
[[nodiscard]] proto::Finding check_room(const Paths& paths, const config::Settings& settings);
/// 2026: whether what is advertised can be where the node listens.
[[nodiscard]] proto::Finding check_addresses(const config::Settings& settings);

/// The public key documents of this agency, without any passphrase. Errors: those of files.h and
/// decode_chain().
[[nodiscard]] proto::Result<crypto::KeyChain> load_chain(const Paths& paths);

}  // namespace comity::home
