// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <memory>
#include <string>
#include <thread>

#include <rocksdb/env.h>

#include "node/home/marker.h"
#include "storage/rocks/options.h"
#include "test/sim/random.h"
#include "test/support/crash_fs.h"

namespace comity::sim::nodes {

/// The disk of a simulated machine, in memory: it outlives the node's process, loses what was not synced when
/// power fails, and can be put back to an older copy. The owner's thread is the only one whose writes can be
/// cut off at a chosen place, so that RocksDB's own threads do not decide where that is.
class Disk {
 public:
  static constexpr const char* kStorePath = "/store";

  Disk(std::uint64_t seed, const std::string& machine);
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  /// How RocksDB lies on it: committed by the thread that submits.
  [[nodiscard]] storage::RocksOptions options() const;

  /// Power fails at the owner's `writes`-th change of a file from now on.
  void cut_after(std::uint64_t writes);
  void cut_power();
  [[nodiscard]] bool cut() const noexcept { return cut_; }
  /// Loses what was not synced; then there is power again. Nothing may be open.
  void restart();

  /// Takes a copy of the store as it is, open or not.
  void copy();
  [[nodiscard]] bool has_copy() const noexcept { return !copy_.empty(); }
  /// Puts the copy in the place of the store. Nothing may be open.
  void put_back();

  /// The file that lies beside the store. Synced whenever it is written.
  home::Boots boots;

 private:
  Random random_;
  std::thread::id owner_ = std::this_thread::get_id();
  std::unique_ptr<rocksdb::Env> memory_;
  std::shared_ptr<comity::test::CrashFs> files_;
  std::unique_ptr<rocksdb::Env> env_;
  std::map<std::string, std::string> copy_;
  std::uint64_t cut_in_ = 0;  // 0: not planned
  bool cut_ = false;
};

}  // namespace comity::sim::nodes
