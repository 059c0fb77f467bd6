// SPDX-License-Identifier: EUPL-1.2
#include "node/runtime/asio/process_signals.h"

#include <csignal>
#include <vector>

#include <doctest/doctest.h>

#include "node/runtime/loop.h"
#include "node/runtime/nursery.h"

namespace comity::runtime {
namespace {

Task<void> hear(ProcessSignals* signals, std::vector<ProcessSignal>* heard) {
  for (;;) {
    const auto signal = co_await signals->next();
    if (!signal.ok()) {
      CHECK(signal.error().code == Code::kCancelled);
      co_return;
    }
    heard->push_back(*signal);
  }
}

Task<void> raise_all(ProcessSignals* signals, std::vector<ProcessSignal>* heard) {
  Nursery nursery(co_await this_executor);
  nursery.spawn("hear", hear(signals, heard));
  for (const int number : {SIGHUP, SIGTERM, SIGINT}) {
    const std::size_t before = heard->size();
    std::raise(number);
    while (heard->size() == before)
      co_await yield_now();
  }
  nursery.cancel();
  co_await nursery.join();
}

}  // namespace

TEST_CASE("signals of the process arrive as events") {
  Loop loop;
  ProcessSignals signals(loop.executor());
  std::vector<ProcessSignal> heard;
  loop.run(raise_all(&signals, &heard));
  CHECK(heard == std::vector<ProcessSignal>{ProcessSignal::kHangUp, ProcessSignal::kTerminate,
                                            ProcessSignal::kInterrupt});
}

}  // namespace comity::runtime
