// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <utility>

#include "node/runtime/clock.h"
#include "node/runtime/one_shot.h"
#include "test/sim/world.h"

namespace comity::sim {

/// The world's clock as one machine sees it: the same seconds, its own idea of the calendar.
class SimClock final : public runtime::Clock {
 public:
  SimClock(World& world, std::string machine) : world_(world), machine_(std::move(machine)) {}

  runtime::Mono now() const noexcept override { return world_.now(); }
  runtime::Wall wall_now() const noexcept override {
    return world_.wall_now() + std::chrono::floor<runtime::Wall::duration>(skew_);
  }
  runtime::Task<runtime::Status> sleep_until(runtime::Mono when) override {
    runtime::OneShot wake;
    const Scheduled alarm(world_, when, [this, &wake] {
      world_.record(Kind::kTimer, machine_, {});
      wake.complete();
    });
    co_return co_await wake.wait();
  }

  /// How far the calendar is ahead of the truth.
  void set_skew(runtime::Duration skew) noexcept { skew_ = skew; }

 private:
  World& world_;
  std::string machine_;
  runtime::Duration skew_{};
};

}  // namespace comity::sim
