// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "node/http/message.h"

namespace comity::web {

/// Which forms were sent already, and what was answered: a second sending gets the same answer and does
/// nothing. Bounded: the oldest are forgotten. One thread.
class Once {
 public:
  static constexpr std::size_t kMost = 20'000;
  enum class Seen : std::uint8_t {
    kFirst,    ///< never seen: it is being worked on now
    kWorking,  ///< another sending of it is
    kDone,     ///< see answer()
  };

  [[nodiscard]] Seen begin(const std::string& ticket);
  /// It has led to `location`, empty for an answer of its own; without one it has failed, and may be sent
  /// again.
  void end(const std::string& ticket, std::optional<std::string> location);
  /// Where it led.
  [[nodiscard]] const std::string& location(const std::string& ticket) const;

 private:
  std::map<std::string, std::optional<std::string>> seen_;
  std::deque<std::string> order_;
};

}  // namespace comity::web
