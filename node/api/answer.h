// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <boost/json/value.hpp>

#include "node/api/command.h"
#include "node/runtime/one_shot.h"

namespace comity::api {

/// What a command says when its work ends in a callback: made by the command, completed by the work, awaited
/// by answer(). Owner thread.
class Promise {
 public:
  void complete(proto::Result<boost::json::value> value) {
    value_ = std::move(value);
    done_.complete();
  }
  [[nodiscard]] http::Task<proto::Result<boost::json::value>> wait() {
    const runtime::Status waited = co_await done_.wait();
    if (!waited.ok()) co_return waited.error();
    co_return *std::move(value_);
  }

 private:
  runtime::OneShot done_;
  std::optional<proto::Result<boost::json::value>> value_;
};

/// The answer that `promise` will hold; it lives as long as somebody may complete it.
[[nodiscard]] inline http::Task<proto::Result<boost::json::value>> answer(std::shared_ptr<Promise> promise) {
  auto value = co_await promise->wait();
  co_return value;
}

/// The answer that is known already.
[[nodiscard]] inline http::Task<proto::Result<boost::json::value>> answer(
    proto::Result<boost::json::value> value) {
  co_return value;
}

}  // namespace comity::api
