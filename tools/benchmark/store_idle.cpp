// SPDX-License-Identifier: EUPL-1.2
#include "tools/benchmark/store_idle.h"

#include <chrono>
#include <thread>

#include <signal.h>

#include "tools/benchmark/process.h"

namespace comity::benchmark {
namespace {

constexpr std::chrono::seconds kSettle{5};

}  // namespace

proto::Result<IdleNode> measure_idle(const std::filesystem::path& directory) {
  COMITY_TRY(Daemon daemon, Daemon::start(directory, "/dev/null"));
  IdleNode idle{.ready_seconds = daemon.ready_seconds()};
  std::this_thread::sleep_for(kSettle);
  idle.resident_mib = status_mib(daemon.process(), "VmRSS");
  idle.private_mib = status_mib(daemon.process(), "RssAnon");
  idle.processor_seconds = daemon.end(SIGTERM);
  return idle;
}

}  // namespace comity::benchmark
