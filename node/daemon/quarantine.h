// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/daemon/feeds.h"
#include "node/federation/keys/distrust.h"
#include "node/runtime/condition.h"

namespace comity::daemon {

/// Judges stored entries anew when a key was revoked: step by step, so that a node goes on meanwhile, and
/// goes on itself after a start. Owner thread.
class Quarantine {
 public:
  /// All references outlive it.
  Quarantine(runtime::Clock& clock, Feeds& feeds, Log& log, const Started& started)
      : clock_(clock), feeds_(feeds), log_(log), started_(started) {}

  /// Something waits in the store.
  void wake() {
    due_ = true;
    woken_.notify_all();
  }

  /// Until it is cancelled.
  [[nodiscard]] runtime::Task<void> run();

 private:
  [[nodiscard]] runtime::Task<proto::Status> judge(federation::Distrust distrust);
  [[nodiscard]] runtime::Task<proto::Status> write(std::optional<v1::LocalAudit> event, storage::Batch rows);

  runtime::Clock& clock_;
  Feeds& feeds_;
  Log& log_;
  const Started& started_;
  runtime::Condition woken_;
  bool due_ = true;
};

}  // namespace comity::daemon
