// SPDX-License-Identifier: EUPL-1.2
#include "tools/benchmark/store_idle.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/benchmark/store_report.h"

extern char** environ;

namespace comity::benchmark {
namespace {

using proto::Code;
using proto::Error;

constexpr std::chrono::seconds kSettle{5};
constexpr int kPatienceMs = 60'000;

double status_mib(pid_t process, const std::string& field) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field + ":")) return std::stod(line.substr(field.size() + 1)) / 1024;
  }
  return 0;
}

// Reads until the first line is there.
proto::Result<std::string> first_line(int descriptor) {
  std::string text;
  for (;;) {
    pollfd poll_for{descriptor, POLLIN, 0};
    if (::poll(&poll_for, 1, kPatienceMs) != 1)
      return Error{Code::kUnknown, "comityd is not ready after a minute"};
    std::array<char, 512> buffer{};
    const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
    if (got <= 0) return Error{Code::kUnknown, "comityd ended: " + text};
    text.append(buffer.data(), static_cast<std::size_t>(got));
    const std::size_t end = text.find('\n');
    if (end != std::string::npos) return text.substr(0, end);
  }
}

}  // namespace

std::filesystem::path daemon_of_this_build() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "../../node/comityd";
}

proto::Result<IdleNode> start_idle(const std::filesystem::path& program,
                                   const std::filesystem::path& directory) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return Error{Code::kUnknown, "no pipe"};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::array<std::string, 3> words{program.string(), "--data", directory.string()};
  std::array<char*, 4> arguments{words[0].data(), words[1].data(), words[2].data(), nullptr};
  const Stopwatch watch;
  pid_t process = 0;
  const int failed = ::posix_spawn(&process, words[0].c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (failed != 0) {
    ::close(ends[0]);
    return Error{Code::kUnknown, "cannot start " + words[0]};
  }
  const auto line = first_line(ends[0]);
  IdleNode idle{.ready_seconds = watch.wall()};
  if (line.ok()) std::this_thread::sleep_for(kSettle);
  idle.resident_mib = status_mib(process, "VmRSS");
  idle.private_mib = status_mib(process, "RssAnon");
  ::kill(process, SIGTERM);
  int status = 0;
  rusage used{};
  ::wait4(process, &status, 0, &used);
  ::close(ends[0]);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  idle.processor_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  if (!line.ok()) return line.error();
  if (!line->starts_with("ready ")) return Error{Code::kUnknown, "comityd said: " + *line};
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return Error{Code::kUnknown, "comityd did not end in order"};
  return idle;
}

}  // namespace comity::benchmark
