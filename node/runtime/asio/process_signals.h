// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>

#include "node/runtime/task.h"

namespace comity::runtime {

enum class ProcessSignal { kTerminate, kInterrupt, kHangUp };

/// SIGTERM, SIGINT and SIGHUP as events. While the object lives they no longer end the process. Owner thread.
class ProcessSignals {
 public:
  explicit ProcessSignals(Executor executor);
  ProcessSignals(const ProcessSignals&) = delete;
  ProcessSignals& operator=(const ProcessSignals&) = delete;
  ~ProcessSignals();

  /// The next signal. Error kCancelled.
  [[nodiscard]] Task<Result<ProcessSignal>> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace comity::runtime
