// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <filesystem>
#include <string>

#include "crypto/secret.h"
#include "proto/bytes.h"

/// Small files with care: whole, synced, and readable by their owner only. All functions block on the disk;
/// their errors name the file. Errors of all: kHomePermission, kHomeNoSpace, kHomeFailed.
namespace comity::home {

/// The whole file, in memory that is wiped. Errors besides: kHomeMissing when there is none, kHomeDamaged
/// when it is larger than `most` bytes or not a plain file.
[[nodiscard]] proto::Result<crypto::Secret> read_file(const std::filesystem::path& file, std::size_t most);

/// Writes a file that must not exist, mode 0600, and syncs it. Error besides: kHomeExists.
[[nodiscard]] proto::Status write_new_file(const std::filesystem::path& file, proto::ByteView bytes);

/// Puts new bytes in the place of a file, or makes it: readers see the old ones or the new ones. Mode 0600,
/// synced.
[[nodiscard]] proto::Status replace_file(const std::filesystem::path& file, proto::ByteView bytes);

/// Makes renames and new names in `directory` survive power loss.
[[nodiscard]] proto::Status sync_directory(const std::filesystem::path& directory);

/// Makes a directory, mode 0700, whose parent exists. Error besides: kHomeExists.
[[nodiscard]] proto::Status make_directory(const std::filesystem::path& directory);

/// Error kHomeTooOpen when anyone but the owner has rights on `path` beyond `allowed` (mode bits).
[[nodiscard]] proto::Status check_private(const std::filesystem::path& path, unsigned allowed);

/// The error for errno `number` at `path`.
[[nodiscard]] proto::Error file_error(int number, const std::filesystem::path& path);

}  // namespace comity::home
