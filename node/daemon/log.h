// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "node/config/choices.h"
#include "proto/error.h"

namespace spdlog {
class logger;
}

namespace comity::daemon {

/// One line an event on standard error: "2026-11-23T10:04:11.123Z info CMY-1640 message key=value …", or the
/// same as one JSON object. No content and no secret; values are escaped so that none can begin another line.
/// Any thread.
class Log {
 public:
  using Pairs = std::vector<std::pair<std::string_view, std::string>>;

  Log(config::LogLevel level, config::LogFormat format);
  /// Gives warnings and errors to `take` instead, without time and level.
  explicit Log(std::function<void(const std::string& line)> take);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void debug(std::string_view message, const Pairs& pairs = {});
  void info(std::string_view message, const Pairs& pairs = {});
  void warning(const proto::Error& error, const Pairs& pairs = {});
  void error(const proto::Error& error, const Pairs& pairs = {});

  /// While the node runs.
  void set_level(config::LogLevel level);

 private:
  void failure(bool severe, const proto::Error& error, const Pairs& pairs);

  config::LogFormat format_ = config::LogFormat::kText;
  std::function<void(const std::string&)> take_;
  std::shared_ptr<spdlog::logger> logger_;
};

/// The part of a line behind time and level; `code` may be empty. For the tests of hostile names.
[[nodiscard]] std::string log_text(std::string_view code, std::string_view message, const Log::Pairs& pairs);
/// The same as members of a JSON object, without braces.
[[nodiscard]] std::string log_json(std::string_view code, std::string_view message, const Log::Pairs& pairs);

}  // namespace comity::daemon
