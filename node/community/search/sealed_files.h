// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>
#include <string>

#include "crypto/sector.h"

namespace comity::community::search {

/// A file system for SQLite whose files are sealed under a key, sector by sector (crypto/sector.h). The index
/// holds the words of sealed entries; without this, whoever has a copy of the disk would read there what the
/// store keeps from them. Files are rounded up to whole sectors, which SQLite's checks of its own log and
/// pages bear. A page of a database ends in a sum, so that damage comes out as SQLITE_CORRUPT and never as
/// other words. Outlives every connection that was opened through it. Making and ending it: any thread;
/// SQLite calls it from the threads of its connections.
class SealedFiles {
 public:
  /// Of every page of a database, to be left to this class; pages are as large as a sector.
  static constexpr int kSumBytes = 8;

  explicit SealedFiles(crypto::SectorCipher::Key key);
  SealedFiles(const SealedFiles&) = delete;
  SealedFiles& operator=(const SealedFiles&) = delete;
  ~SealedFiles();

  /// As sqlite3_open_v2() asks for.
  [[nodiscard]] const char* name() const noexcept;

 private:
  struct Registered;
  std::unique_ptr<Registered> registered_;
};

}  // namespace comity::community::search
