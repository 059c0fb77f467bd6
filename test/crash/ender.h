// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include <rocksdb/env.h>

#include "proto/result.h"
#include "test/crash/child.h"
#include "test/splitmix.h"
#include "test/support/crash_fs.h"

namespace comity::crash {

/// Ends the writing process where its task says so, and speaks for it through the pipe until then.
class Ender {
 public:
  explicit Ender(const ChildTask& task);

  /// Before a store is opened.
  void arm();
  /// What the store has to work with.
  [[nodiscard]] rocksdb::Env* env() const { return env_.get(); }

  void report(const Report& report) const;
  void wrong(const std::string& what) const;
  [[nodiscard]] bool good(const proto::Status& status, const char* doing) const;

 private:
  [[noreturn]] void end_now();

  const ChildTask task_;
  test::SplitMix draws_;
  std::shared_ptr<test::CrashFs> files_;
  std::unique_ptr<rocksdb::Env> env_;
  std::uint64_t visits_ = 0;
  std::mutex mutex_;
  std::atomic<bool> ending_ = false;
};

}  // namespace comity::crash
