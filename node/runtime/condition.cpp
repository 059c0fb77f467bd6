// SPDX-License-Identifier: EUPL-1.2
#include "node/runtime/condition.h"

namespace comity::runtime {

Condition::Condition() : waiters_(std::make_shared<Waiters>()) {}

Condition::~Condition() {
  for (OneShot* waiter : *waiters_)
    waiter->complete(Error{Code::kCancelled});
}

Task<Status> Condition::wait() {
  return wait_in(waiters_);
}

Task<Status> Condition::wait_in(std::shared_ptr<Waiters> waiters) {
  struct Listed {
    Waiters& list;
    Waiters::iterator place;
    Listed(Waiters& waiting, OneShot* waiter) : list(waiting), place(list.insert(list.end(), waiter)) {}
    Listed(const Listed&) = delete;
    Listed& operator=(const Listed&) = delete;
    ~Listed() { list.erase(place); }
  };
  OneShot wake;
  const Listed listed(*waiters, &wake);
  co_return co_await wake.wait();
}

void Condition::notify_all() {
  for (OneShot* waiter : *waiters_)
    waiter->complete();
}

void Condition::notify_one() {
  // One that was notified before stays listed until it runs; it counts as served.
  for (OneShot* waiter : *waiters_) {
    if (waiter->complete()) return;
  }
}

std::size_t Condition::waiting() const noexcept {
  return waiters_->size();
}

}  // namespace comity::runtime
