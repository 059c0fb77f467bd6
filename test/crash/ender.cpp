// SPDX-License-Identifier: EUPL-1.2
#include "test/crash/ender.h"

#include <algorithm>
#include <csignal>

#include <unistd.h>

#include "storage/failpoint.h"

namespace comity::crash {

Ender::Ender(const ChildTask& task)
    : task_(task),
      draws_(task.seed ^ task.batches),
      files_(
          std::make_shared<test::CrashFs>(rocksdb::FileSystem::Default(), [this] { return draws_.next(); })),
      env_(rocksdb::NewCompositeEnv(files_)) {}

void Ender::end_now() {
  ending_ = true;
  if (task_.ending.drop_unsynced) files_->lose();
  ::kill(::getpid(), SIGKILL);
  while (true)
    ::pause();
}

void Ender::arm() {
  const Ending& ending = task_.ending;
  if (ending.file_operation != 0) {
    files_->on_change([this](std::uint64_t number) {
      if (number == task_.ending.file_operation) end_now();
    });
  }
  if (ending.failpoint.empty()) return;
  storage::set_failpoint_handler([this](std::string_view name) {
    if (name != task_.ending.failpoint) return;
    const std::lock_guard lock(mutex_);
    if (++visits_ == task_.ending.count) end_now();
  });
}

void Ender::report(const Report& report) const {
  // A machine without power says nothing more, least of all that its disk fails.
  while (ending_)
    ::pause();
  if (::write(task_.pipe, &report, sizeof(report)) != static_cast<ssize_t>(sizeof(report))) ::_exit(3);
}

void Ender::wrong(const std::string& what) const {
  Report said;
  std::copy_n(what.begin(), std::min(what.size(), sizeof(said.text) - 1), said.text);
  report(said);
}

bool Ender::good(const proto::Status& status, const char* doing) const {
  if (status.ok()) return true;
  wrong(std::string(doing) + ": " + proto::to_string(status.error()));
  return false;
}

}  // namespace comity::crash
