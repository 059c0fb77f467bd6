// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <vector>

#include "test/crash/child.h"

namespace comity::crash {

/// Knows what the writing processes of one directory were told, and whether the store still says the same.
class Judge {
 public:
  Judge() = default;
  Judge(const Judge&) = delete;
  Judge& operator=(const Judge&) = delete;
  virtual ~Judge() = default;

  /// Takes in one record of the running process.
  virtual void hear(const Report& report) = 0;

  /// Opens the store after the process has ended and compares all of it. With `power_lost`, only what was
  /// answered as synced has to be there. With `on_copy`, a copy is opened and the original left as it is.
  /// One line for each thing that is wrong.
  [[nodiscard]] virtual std::vector<std::string> check(bool power_lost, bool on_copy) = 0;
};

}  // namespace comity::crash
