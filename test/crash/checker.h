// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "test/crash/judge.h"
#include "test/crash/workload.h"

namespace comity::crash {

/// Judges the workload over rows.
class Checker final : public Judge {
 public:
  Checker(std::string directory, std::uint64_t seed);

  void hear(const Report& report) override;
  [[nodiscard]] std::vector<std::string> check(bool power_lost, bool on_copy) override;

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
