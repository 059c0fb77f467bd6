// SPDX-License-Identifier: EUPL-1.2
#include "node/http/server.h"

#include <exception>
#include <utility>

namespace comity::http {
namespace {

using proto::Code;

// After a failure to accept, such as no descriptor left: often enough to recover soon, too seldom to spin.
constexpr std::chrono::milliseconds kAcceptPause{200};

std::string what_failed(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

}  // namespace

Server::Server(runtime::Executor executor, runtime::Clock& clock, std::unique_ptr<Door> door, Service service,
               std::size_t most, WhenFull when_full)
    : clock_(clock),
      door_(std::move(door)),
      service_(std::move(service)),
      most_(most),
      when_full_(when_full),
      nursery_(std::move(executor), [this](const std::string& name, const std::exception_ptr& failure) {
        service_.failed(name + ": " + what_failed(failure));
      }) {
  nursery_.spawn("http accept", accept_loop());
}

Server::~Server() = default;

Task<void> Server::accept_loop() {
  while (!draining_.started) {
    if (open_ >= most_) {
      if (when_full_ == WhenFull::kMakeRoom && !draining_.waiting.empty())
        draining_.waiting.begin()->second->close();
      const proto::Status freed = co_await ended_.wait();
      if (!freed.ok()) co_return;
      continue;
    }
    auto arrival = co_await door_->accept();
    if (arrival.ok()) {
      ++open_;
      if (!nursery_.spawn("http connection", one(std::move(arrival->stream), std::move(arrival->caller))))
        --open_;
      continue;
    }
    if (arrival.error().code == Code::kStreamClosed || arrival.error().code == Code::kCancelled) co_return;
    const proto::Status rested = co_await clock_.sleep_for(kAcceptPause);
    if (!rested.ok()) co_return;
  }
}

Task<void> Server::one(std::unique_ptr<runtime::Stream> stream, Caller caller) {
  struct Leaving {
    Server& server;
    ~Leaving() {
      --server.open_;
      server.ended_.notify_one();
    }
  } leaving{*this};
  co_await serve(std::move(stream), std::move(caller), &service_, &draining_, &clock_);
}

Task<void> Server::drain(runtime::Duration grace) {
  draining_.started = true;
  door_->close();
  ended_.notify_all();
  for (runtime::Stream* stream : draining_.idle)
    stream->close();
  co_await nursery_.close(clock_, grace);
}

}  // namespace comity::http
