// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <rocksdb/file_system.h>

#include "proto/result.h"

namespace comity::storage {

/// How much room the file system has, and the ballast: a file that only takes up room until the disk is full.
/// Given up then, it lets RocksDB bring its buffers to disk and an operator work; the store takes writes
/// again when all of the ballast fits once more. Not thread-safe.
class Space {
 public:
  /// `ballast_bytes` and `reserve_bytes` as in RocksOptions.
  Space(rocksdb::FileSystem& files, std::string path, std::uint64_t ballast_bytes,
        std::uint64_t reserve_bytes);

  /// Free bytes for this user; nothing when the file system cannot tell (as in memory).
  [[nodiscard]] std::optional<std::uint64_t> free_bytes() const;

  /// Whether the reserve is used up.
  [[nodiscard]] bool below_reserve() const;

  /// Whether so much is free above the reserve that dozens of the largest writes fit.
  [[nodiscard]] bool has_plenty() const;

  /// Whether there is room for the reserve, a ballast that was given up, and some writing.
  [[nodiscard]] bool has_room() const;

  /// Writes the ballast where it is missing. Error kStoreNoSpace when it does not fit (nothing is left
  /// behind), kStoreFailed.
  [[nodiscard]] proto::Status keep_ballast();

  /// Gives the ballast up; without effect when there is none.
  void release_ballast();

  /// Whether a ballast belongs here that is not there: it was given up, and the disk is as good as full.
  [[nodiscard]] bool ballast_missing() const { return ballast_bytes_ != 0 && !ballast_kept(); }

  /// Sees to it that RocksDB can be opened: on a disk too full for that it does not fail but ends the
  /// program. Gives the ballast up for it. Error kStoreNoSpace.
  [[nodiscard]] proto::Status make_way();

  static constexpr std::string_view kBallastName = "BALLAST";

 private:
  [[nodiscard]] bool ballast_kept() const;

  rocksdb::FileSystem& files_;
  const std::string path_;
  const std::string ballast_;
  const std::uint64_t ballast_bytes_;
  const std::uint64_t reserve_bytes_;
};

}  // namespace comity::storage
