// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <exception>
#include <functional>
#include <list>
#include <string>

#include "node/runtime/one_shot.h"
#include "node/runtime/pool.h"
#include "test/sim/world.h"

namespace comity::sim {

/// Workers without threads: a job runs at once, its result comes after a random delay.
class SimPool final : public runtime::Pool {
 public:
  SimPool(World& world, const std::string& machine)
      : world_(world), machine_(machine), random_(world.seed(), "pool " + machine) {}

  /// Lets every delayed result come now: waiting for the pool cannot be cancelled, and a crash does not wait.
  /// Until restart() nothing is delayed any more: whoever ends may have one more job to do.
  void flush() {
    flushed_ = true;
    for (runtime::OneShot* result : delayed_)
      result->complete();
  }
  void restart() { flushed_ = false; }

 private:
  runtime::Task<void> execute(std::function<void()> job) override {
    std::exception_ptr failure;
    try {
      job();
    } catch (...) {
      failure = std::current_exception();
    }
    if (!flushed_) {
      runtime::OneShot result;
      const auto place = delayed_.insert(delayed_.end(), &result);
      const auto when = runtime::after(world_.now(), random_.between({}, world_.faults().pool_delay_most));
      const Scheduled done(world_, when, [this, &result] {
        world_.record(Kind::kJob, machine_, {});
        result.complete();
      });
      (void)co_await result.wait_shielded();
      delayed_.erase(place);
    }
    if (failure) std::rethrow_exception(failure);
  }

  World& world_;
  std::string machine_;
  Random random_;
  std::list<runtime::OneShot*> delayed_;
  bool flushed_ = false;
};

}  // namespace comity::sim
