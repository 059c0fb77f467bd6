// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/step_queue.h"

#include <utility>

namespace comity::federation {

void StepQueue::run(Step step, Then then) {
  auto pending = std::make_shared<Pending>(Pending{std::move(step), std::move(then)});
  steps_.push_back(pending);
  if (pending->step.rows.empty() && !pending->step.event) {
    pending->stored = Status();
    settle();
    return;
  }
  commit_(pending->step.event, std::move(pending->step.rows),
          [self = std::weak_ptr(self_), pending](const Status& stored) {
            pending->stored = stored;
            if (const auto queue = self.lock()) (*queue)->settle();
          });
}

void StepQueue::settle() {
  if (settling_) return;  // what a step brings about may take further steps
  settling_ = true;
  while (!steps_.empty() && steps_.front()->stored) {
    const auto pending = steps_.front();
    steps_.pop_front();
    if (!pending->stored->ok() && !failed_) failed_ = pending->stored->error();
    pending->then(std::move(pending->step), *pending->stored);
    if (failed_ && steps_.empty()) reload_(*std::exchange(failed_, std::nullopt));
  }
  settling_ = false;
}

}  // namespace comity::federation
