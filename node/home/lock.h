// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <filesystem>

#include "proto/result.h"

namespace comity::home {

/// The right to work on a data directory, held by one process at a time: the node, or an offline command. The
/// system takes it back when the process ends, however it ends.
class DirectoryLock {
 public:
  /// Errors: kHomeBusy, whose detail names the process; those of files.h.
  [[nodiscard]] static proto::Result<DirectoryLock> take(const std::filesystem::path& file);

  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&& other) noexcept;
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace comity::home
