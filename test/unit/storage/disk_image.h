// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <memory>
#include <string>

#include <rocksdb/env.h>

#include "storage/rocks/rocks_store.h"
#include "test/unit/storage/adapters.h"
#include "test/unit/storage/test_tables.h"

namespace comity::storage::test {

/// The files of a directory with their bytes, to be changed and put on a fresh disk in memory.
using DiskImage = std::map<std::string, std::string>;

[[nodiscard]] DiskImage read_image(rocksdb::Env& env, const std::string& path);

/// A disk in memory that holds `image` under /store.
class MemoryMachine {
 public:
  explicit MemoryMachine(const DiskImage& image = {});

  [[nodiscard]] rocksdb::Env& env() const { return *env_; }
  [[nodiscard]] RocksOptions options() const;
  [[nodiscard]] proto::Result<std::unique_ptr<Store>> open() const;
  [[nodiscard]] proto::Result<std::unique_ptr<Store>> create() const;
  [[nodiscard]] DiskImage image() const { return read_image(*env_, kPath); }

  static constexpr const char* kPath = "/store";

 private:
  std::unique_ptr<rocksdb::Env> env_;
};

/// Whether the file holds content; the others help people or can be made again.
[[nodiscard]] bool holds_content(const std::string& file);

[[nodiscard]] Stamp a_stamp();

}  // namespace comity::storage::test
