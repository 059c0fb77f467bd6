// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "test/crash/child.h"
#include "test/crash/workload.h"

namespace comity::crash {

/// Knows what the writing processes of one directory were told, and whether the store still says the same.
class Checker {
 public:
  Checker(std::string directory, std::uint64_t seed);

  /// Takes in one record of the running process.
  void hear(const Report& report);

  /// Opens the store after the process has ended and compares all of it. With `power_lost`, only what was
  /// answered as synced has to be there. With `on_copy`, a copy is opened and the original left as it is.
  /// One line for each thing that is wrong.
  [[nodiscard]] std::vector<std::string> check(bool power_lost, bool on_copy);

 private:
  void check_content(storage::Store& store);
  void check_rows(const storage::View& view, Oracle& oracle, std::uint64_t progress);
  void check_vault(storage::Store& store, const storage::View& view);
  void check_stream(storage::Store& store);
  void check_ids(storage::Store& store, std::uint64_t progress);
  void check_damage(storage::Store& store);
  void check_checkpoint();
  void open_checkpoint(const std::string& path);
  void wrong(std::string what) { wrongs_.push_back(std::move(what)); }

  const std::string directory_;
  const std::uint64_t seed_;
  Oracle oracle_;
  std::map<std::uint64_t, std::uint64_t> versions_;  // by number, as answered
  bool opened_once_ = false;
  std::uint64_t must_have_ = 0;    // last number that has to be there
  std::uint64_t last_synced_ = 0;  // last number that was answered as synced
  std::uint64_t last_answered_ = 0;
  std::uint64_t stream_at_ = 0;
  std::vector<std::string> wrongs_;
};

}  // namespace comity::crash
