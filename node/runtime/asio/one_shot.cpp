// SPDX-License-Identifier: EUPL-1.2
#include "node/runtime/one_shot.h"

#include <optional>
#include <stdexcept>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>

#include "node/runtime/asio/guard.h"

namespace comity::runtime {
namespace {

using Token = boost::asio::use_awaitable_t<>;
using Handler = boost::asio::async_result<Token, void(Status)>::handler_type;

}  // namespace

struct OneShot::State {
  std::optional<Handler> handler;  // holds the suspended frame until it is moved out by the first finish()
  std::optional<Status> outcome;
  bool waited = false;

  bool finish(Status status) {
    if (outcome) return false;
    outcome = std::move(status);
    if (!handler) return true;
    Handler resume = *std::move(handler);
    handler.reset();
    // The slot may still hold our cancel handler, and it may be the one that runs now; it is left in place,
    // since it holds this state weakly and finishing twice does nothing.
    const auto executor = boost::asio::get_associated_executor(resume);
    boost::asio::post(
        executor, [resume = std::move(resume), status = *outcome]() mutable { std::move(resume)(status); });
    return true;
  }

  static Task<Status> wait(std::shared_ptr<State> state, bool heeds_cancellation) {
    if (std::exchange(state->waited, true)) throw std::logic_error("OneShot::wait() called twice");
    if (heeds_cancellation && !state->outcome) {
      Status asked_to_stop = co_await detail::check_cancelled();
      if (!asked_to_stop.ok()) state->finish(std::move(asked_to_stop));
    }
    if (state->outcome) co_return *state->outcome;
    // Named, not written into the co_await: g++ 12 destroys the captures of such a temporary twice.
    auto arm = [state, heeds_cancellation](Handler handler) {
      auto slot = boost::asio::get_associated_cancellation_slot(handler);
      state->handler.emplace(std::move(handler));
      if (heeds_cancellation && slot.is_connected()) {
        slot.assign([weak = std::weak_ptr<State>(state)](boost::asio::cancellation_type) {
          if (const auto alive = weak.lock()) alive->finish(Error{Code::kCancelled});
        });
      }
    };
    Token token;
    Task<Status> suspended = boost::asio::async_initiate<Token, void(Status)>(std::move(arm), token);
    Status status = co_await std::move(suspended);
    co_return status;
  }
};

OneShot::OneShot() : state_(std::make_shared<State>()) {}

OneShot::~OneShot() {
  state_->finish(Error{Code::kCancelled});
}

Task<Status> OneShot::wait() {
  return State::wait(state_, true);
}

Task<Status> OneShot::wait_shielded() {
  return State::wait(state_, false);
}

bool OneShot::complete(Status outcome) {
  return state_->finish(std::move(outcome));
}

bool OneShot::completed() const noexcept {
  return state_->outcome.has_value();
}

}  // namespace comity::runtime
