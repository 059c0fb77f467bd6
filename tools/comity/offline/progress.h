// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include <unistd.h>

namespace comity::cli {

/// A line on the terminal that counts; nothing where standard error is not a terminal.
class Progress {
 public:
  explicit Progress(std::string what) : what_(std::move(what)), shown_(::isatty(STDERR_FILENO) == 1) {}

  void at(std::uint64_t count) const {
    if (shown_) std::fprintf(stderr, "\r%llu %s", static_cast<unsigned long long>(count), what_.c_str());
  }
  void end() const {
    if (shown_) std::fputs("\r\033[K", stderr);
  }

 private:
  std::string what_;
  bool shown_;
};

}  // namespace comity::cli
