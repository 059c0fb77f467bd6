// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <chrono>
#include <filesystem>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "proto/result.h"

namespace comity::api {

/// Talks to the node of a data directory over its control socket. Blocks; for programs without an event loop.
class Client {
 public:
  explicit Client(const std::filesystem::path& data_directory);

  /// Runs a command and gives its answer. Errors: the node's own; kNodeNotRunning, kControlNotPermitted,
  /// kNodeNoAnswer, kNodeBadAnswer.
  [[nodiscard]] proto::Result<boost::json::value> call(std::string_view command,
                                                       const boost::json::object& arguments = {},
                                                       std::chrono::seconds timeout = std::chrono::seconds{
                                                           30}) const;

 private:
  std::filesystem::path socket_;
};

}  // namespace comity::api
