// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

#include "proto/result.h"

namespace comity::benchmark {

/// comityd and comity of the same build as the running program.
[[nodiscard]] std::filesystem::path daemon_of_this_build();
[[nodiscard]] std::filesystem::path command_of_this_build();

/// Runs a program to its end. What it said on standard output; error kUnknown with what it said on standard
/// error when it did not end with 0.
[[nodiscard]] proto::Result<std::string> run_program(const std::vector<std::string>& words);

/// One comityd, from its ready line to its end; killed when it still lives then.
class Daemon {
 public:
  Daemon() = default;
  /// Starts it on a data directory and waits for its ready line; `log` gets its standard error, appended.
  /// Error kUnknown with what went wrong.
  [[nodiscard]] static proto::Result<Daemon> start(const std::filesystem::path& directory,
                                                   const std::filesystem::path& log);
  Daemon(Daemon&& other) noexcept;
  Daemon& operator=(Daemon&& other) noexcept;
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon();

  [[nodiscard]] pid_t process() const noexcept { return process_; }
  [[nodiscard]] double ready_seconds() const noexcept { return ready_seconds_; }
  /// Sends a signal, SIGSTOP for example.
  void signal(int number) const;
  /// Sends a signal that ends it, and waits for the end; processor seconds that it took in all.
  double end(int number);

 private:
  pid_t process_ = 0;
  double ready_seconds_ = 0;
};

/// A line of /proc/PID/status in MiB: "VmRSS", "RssAnon". 0 when there is none.
[[nodiscard]] double status_mib(pid_t process, const std::string& field);

/// Processor seconds of each thread of a process, by the thread's name; equal names are added.
[[nodiscard]] std::map<std::string, double> thread_seconds(pid_t process);
/// Their sum.
[[nodiscard]] double processor_seconds(pid_t process);

}  // namespace comity::benchmark
