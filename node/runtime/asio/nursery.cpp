// SPDX-License-Identifier: EUPL-1.2
#include "node/runtime/nursery.h"

#include <cstdio>
#include <cstdlib>
#include <list>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "node/runtime/asio/guard.h"
#include "node/runtime/condition.h"
#include "node/runtime/deadline.h"

namespace comity::runtime {
namespace {

struct Child {
  std::string name;
  boost::asio::cancellation_signal signal;
  bool ended = false;
};

[[noreturn]] void die(const std::string& reason) {
  std::fprintf(stderr, "comity: %s\n", reason.c_str());
  std::abort();
}

}  // namespace

struct Nursery::State {
  using Place = std::list<Child>::iterator;

  Executor executor;
  OnFailure on_failure;  // empty: one for all
  std::list<Child> children;
  std::exception_ptr first_failure;
  std::string failed_name;
  bool cancelled = false;
  // Those in join() are deaf to cancellation, so each waits on an object of its own.
  std::list<OneShot*> joining;
  Condition idle;

  void cancel() noexcept {
    cancelled = true;
    for (Child& child : children) {
      if (!child.ended) child.signal.emit(boost::asio::cancellation_type::terminal);
    }
  }

  void ended(Place child, std::exception_ptr failure) {
    if (failure) report(child->name, std::move(failure));
    children.erase(child);
    if (!children.empty()) return;
    idle.notify_all();
    for (OneShot* joiner : joining)
      joiner->complete();
  }

  void report(const std::string& name, std::exception_ptr failure) {
    if (on_failure) {
      on_failure(name, std::move(failure));
      return;
    }
    if (!first_failure) {
      first_failure = std::move(failure);
      failed_name = name;
    }
    cancel();
  }

  Task<void> none_left() {
    OneShot done;
    const auto place = joining.insert(joining.end(), &done);
    (void)co_await done.wait_shielded();
    joining.erase(place);
  }
};

Nursery::Nursery(Executor executor) : Nursery(std::move(executor), OnFailure()) {}

Nursery::Nursery(Executor executor, OnFailure on_failure) : state_(std::make_unique<State>()) {
  state_->executor = std::move(executor);
  state_->on_failure = std::move(on_failure);
}

Nursery::~Nursery() {
  if (!state_->children.empty()) {
    die("a nursery was destroyed with " + std::to_string(state_->children.size()) +
        " living tasks, the oldest named '" + state_->children.front().name + "'; cancel and join it first");
  }
  if (state_->first_failure) {
    die("a nursery was destroyed before anybody saw that its task '" + state_->failed_name +
        "' failed; join it first");
  }
}

bool Nursery::spawn(std::string name, Task<void> task) {
  if (state_->cancelled) return false;
  State* const state = state_.get();
  const State::Place child = state->children.emplace(state->children.end());
  child->name = std::move(name);
  boost::asio::co_spawn(
      state->executor, detail::guarded(std::move(task)),
      boost::asio::bind_cancellation_slot(child->signal.slot(), [state, child](std::exception_ptr failure) {
        child->ended = true;
        // Called from inside the ending coroutine, whose last steps still use the child's signal.
        boost::asio::post(state->executor, [state, child, failure = std::move(failure)]() mutable {
          state->ended(child, std::move(failure));
        });
      }));
  return true;
}

void Nursery::cancel() noexcept {
  state_->cancel();
}

bool Nursery::cancelled() const noexcept {
  return state_->cancelled;
}

std::size_t Nursery::count() const noexcept {
  return state_->children.size();
}

Task<Status> Nursery::idle() {
  while (count() != 0)
    COMITY_CO_CHECK(co_await state_->idle.wait());
  co_return Status{};
}

Task<void> Nursery::join() {
  const Status all_ended = co_await idle();
  if (!all_ended.ok()) cancel();
  while (count() != 0)
    co_await state_->none_left();
  if (state_->first_failure) std::rethrow_exception(std::exchange(state_->first_failure, nullptr));
}

Task<void> Nursery::close(Clock& clock, Duration grace) {
  (void)co_await with_timeout(clock, grace, idle());
  cancel();
  co_await join();
}

}  // namespace comity::runtime
