// SPDX-License-Identifier: EUPL-1.2
#include "node/runtime/deadline.h"

#include "node/runtime/nursery.h"

namespace comity::runtime::detail {
namespace {

Task<void> work_then_cancel(Nursery* scope, Task<void> work) {
  co_await std::move(work);
  scope->cancel();
}

Task<void> sleep_then_cancel(Nursery* scope, Clock* clock, Mono deadline, bool* late) {
  const Status slept = co_await clock->sleep_until(deadline);
  // The work may have ended while this task was already on its way: then the deadline did not come first.
  if (slept.ok() && !scope->cancelled()) {
    *late = true;
    scope->cancel();
  }
}

}  // namespace

Task<bool> cancel_at(Clock& clock, Mono deadline, Task<void> work) {
  bool late = false;
  Nursery scope(co_await this_executor);
  scope.spawn("work with a deadline", work_then_cancel(&scope, std::move(work)));
  scope.spawn("deadline", sleep_then_cancel(&scope, &clock, deadline, &late));
  co_await scope.join();
  co_return late;
}

}  // namespace comity::runtime::detail
