// SPDX-License-Identifier: EUPL-1.2
#include "tools/benchmark/process.h"

#include <array>
#include <fstream>
#include <mutex>
#include <set>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/benchmark/store_report.h"

extern char** environ;

namespace comity::benchmark {
namespace {

namespace fs = std::filesystem;
using proto::Code;
using proto::Error;
using proto::Result;

constexpr int kPatienceMs = 60'000;

struct Pipe {
  std::array<int, 2> ends{-1, -1};
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) ends = {-1, -1};
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_writer();
    if (ends[0] >= 0) ::close(ends[0]);
  }
  void close_writer() {
    if (ends[1] >= 0) ::close(std::exchange(ends[1], -1));
  }
};

Result<pid_t> spawn(std::vector<std::string> words, const Pipe& out, const fs::path& errors) {
  if (out.ends[0] < 0) return Error{Code::kUnknown, "no pipe"};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out.ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                   0600);
  std::vector<char*> arguments;
  for (std::string& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t process = 0;
  const int failed = ::posix_spawn(&process, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return Error{Code::kUnknown, "cannot start " + words[0]};
  return process;
}

/// Reads up to the first line, or to the end.
Result<std::string> read_out(int descriptor, bool one_line) {
  std::string text;
  for (;;) {
    pollfd poll_for{descriptor, POLLIN, 0};
    if (::poll(&poll_for, 1, kPatienceMs) != 1) return Error{Code::kUnknown, "silent for a minute: " + text};
    std::array<char, 4096> buffer{};
    const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
    if (got < 0) return Error{Code::kUnknown, "a broken pipe"};
    if (got == 0) return one_line ? Result<std::string>(Error{Code::kUnknown, "it ended: " + text}) : text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    const std::size_t end = text.find('\n');
    if (one_line && end != std::string::npos) return text.substr(0, end);
  }
}

/// Nodes that live: whoever leaves in the middle leaves none of them behind.
class Living {
 public:
  static Living& all() {
    static Living living;
    return living;
  }
  Living(const Living&) = delete;
  Living& operator=(const Living&) = delete;
  ~Living() {
    for (const pid_t process : processes_)
      ::kill(process, SIGKILL);
  }
  void add(pid_t process) {
    const std::lock_guard lock(mutex_);
    processes_.insert(process);
  }
  void remove(pid_t process) {
    const std::lock_guard lock(mutex_);
    processes_.erase(process);
  }

 private:
  Living() = default;
  std::mutex mutex_;
  std::set<pid_t> processes_;
};

std::string content(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

fs::path beside_this_program(const char* relative) {
  return fs::read_symlink("/proc/self/exe").parent_path() / relative;
}

}  // namespace

fs::path daemon_of_this_build() {
  return beside_this_program("../../node/comityd");
}

fs::path command_of_this_build() {
  return beside_this_program("../comity/comity");
}

Result<std::string> run_program(const std::vector<std::string>& words) {
  const fs::path errors = fs::temp_directory_path() / ("comity-bench-errors-" + std::to_string(::getpid()));
  fs::remove(errors);
  Pipe out;
  COMITY_TRY(const pid_t process, spawn(words, out, errors));
  out.close_writer();
  auto said = read_out(out.ends[0], false);
  if (!said.ok()) ::kill(process, SIGKILL);
  int status = 0;
  ::waitpid(process, &status, 0);
  const std::string complaint = content(errors);
  fs::remove(errors);
  if (said.ok() && status != 0) {
    std::string command;
    for (const std::string& word : words)
      command += word + " ";
    return Error{Code::kUnknown, command + "failed: " + complaint};
  }
  return said;
}

Result<Daemon> Daemon::start(const fs::path& directory, const fs::path& log) {
  Pipe out;
  const Stopwatch watch;
  Daemon daemon;
  COMITY_TRY(daemon.process_,
             spawn({daemon_of_this_build().string(), "--data", directory.string()}, out, log));
  Living::all().add(daemon.process_);
  out.close_writer();
  COMITY_TRY(const std::string line, read_out(out.ends[0], true));
  daemon.ready_seconds_ = watch.wall();
  if (!line.starts_with("ready ")) return Error{Code::kUnknown, "comityd said: " + line};
  return daemon;
}

Daemon::Daemon(Daemon&& other) noexcept
    : process_(std::exchange(other.process_, 0)), ready_seconds_(other.ready_seconds_) {}

Daemon& Daemon::operator=(Daemon&& other) noexcept {
  std::swap(process_, other.process_);
  std::swap(ready_seconds_, other.ready_seconds_);
  return *this;
}

Daemon::~Daemon() {
  if (process_ != 0) end(SIGKILL);
}

void Daemon::signal(int number) const {
  ::kill(process_, number);
}

double Daemon::end(int number) {
  if (process_ == 0) return 0;
  ::kill(process_, number);
  if (number != SIGKILL) ::kill(process_, SIGCONT);
  Living::all().remove(process_);
  int status = 0;
  rusage used{};
  ::wait4(std::exchange(process_, 0), &status, 0, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double status_mib(pid_t process, const std::string& field) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field + ":")) return std::stod(line.substr(field.size() + 1)) / 1024;
  }
  return 0;
}

std::map<std::string, double> thread_seconds(pid_t process) {
  std::map<std::string, double> out;
  std::error_code gone;
  for (const auto& thread : fs::directory_iterator("/proc/" + std::to_string(process) + "/task", gone)) {
    std::string name;
    double nanoseconds = 0;
    std::ifstream(thread.path() / "comm") >> name;
    std::ifstream(thread.path() / "schedstat") >> nanoseconds;
    out[name] += nanoseconds * 1e-9;
  }
  return out;
}

double processor_seconds(pid_t process) {
  double sum = 0;
  for (const auto& [name, seconds] : thread_seconds(process))
    sum += seconds;
  return sum;
}

}  // namespace comity::benchmark
