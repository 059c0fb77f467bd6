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

LocalServer::LocalServer(runtime::Executor executor, runtime::Clock& clock,
                         std::unique_ptr<runtime::LocalListener> listener, Service service, std::size_t most)
    : clock_(clock),
      listener_(std::move(listener)),
      service_(std::move(service)),
      most_(most),
      nursery_(std::move(executor), [this](const std::string& name, const std::exception_ptr& failure) {
        service_.failed(name + ": " + what_failed(failure));
      }) {
  nursery_.spawn("http accept", accept_loop());
}

LocalServer::~LocalServer() = default;

Task<void> LocalServer::accept_loop() {
  while (!draining_.started) {
    if (open_ >= most_) {
      const proto::Status freed = co_await ended_.wait();
      if (!freed.ok()) co_return;
      continue;
    }
    auto connection = co_await listener_->accept();
    if (connection.ok()) {
      ++open_;
      if (!nursery_.spawn("http connection",
                          one(std::move(connection->stream), Caller{.uid = connection->peer.uid}))) {
        --open_;
      }
      continue;
    }
    if (connection.error().code == Code::kStreamClosed || connection.error().code == Code::kCancelled)
      co_return;
    const proto::Status rested = co_await clock_.sleep_for(kAcceptPause);
    if (!rested.ok()) co_return;
  }
}

Task<void> LocalServer::one(std::unique_ptr<runtime::Stream> stream, Caller caller) {
  struct Leaving {
    LocalServer& server;
    ~Leaving() {
      --server.open_;
      server.ended_.notify_one();
    }
  } leaving{*this};
  co_await serve(std::move(stream), caller, &service_, &draining_, &clock_);
}

Task<void> LocalServer::drain(runtime::Duration grace) {
  draining_.started = true;
  listener_->close();
  ended_.notify_all();
  for (runtime::Stream* stream : draining_.idle)
    stream->close();
  co_await nursery_.close(clock_, grace);
}

}  // namespace comity::http
