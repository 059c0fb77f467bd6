// SPDX-License-Identifier: EUPL-1.2
// Two real nodes on this machine: how fast, at what cost, and what survives.
#include <charconv>
#include <thread>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypto/secret.h"
#include "tools/benchmark/federation_parts.h"
#include "tools/benchmark/store_limits.h"
#include "tools/benchmark/store_node.h"
#include "tools/benchmark/suites.h"
#include "tools/benchmark/workplace.h"

namespace comity::benchmark {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTexts = 2000;
constexpr std::size_t kRoundTrips = 5000;

struct Part {
  const char* name;
  const char* summary;
  void (*measure)(Report&, const fs::path&, const FederationEffort&);
};

constexpr Part kParts[] = {
    {"latency", "one post at a time", measure_latency},
    {"stream", "sustained posts", measure_stream},
    {"backfill", "a peer joins and takes the history", measure_backfill},
    {"memory", "resident memory under load", measure_memory},
    {"stalled", "a peer that stops reading", measure_stalled},
    {"silent", "10,000 connections that say nothing", measure_silent},
    {"crash", "kill -9 of the receiver", measure_crash},
};

struct Options {
  bool json = false;
  bool keep = false;
  fs::path directory;
  std::vector<std::string> only;
  FederationEffort effort;
};

constexpr const char* kUsage =
    "usage: tools/bench federation [--only PART]... [--posts N] [--history N] [--seconds N]\n"
    "                              [--directory DIR] [--keep] [--json]\n"
    "Two real nodes on this machine, peered by the command line; what the machine can do is measured "
    "beside.\n"
    "  --only PART      one of the parts below; may stand several times\n"
    "  --posts N        posts of the sustained stream (default 100,000)\n"
    "  --history N      entries that a joining peer takes (default 50,000)\n"
    "  --seconds N      load under which memory is looked at (default 30; the budget says 300)\n"
    "  --directory DIR  where to write (default: a new one among the temporary files)\n"
    "  --keep           leave what was written there\n"
    "  --json           print one JSON object instead of the table\n"
    "parts:\n";

constexpr const char* kExamples =
    "examples:\n"
    "  tools/bench federation\n"
    "  tools/bench federation --only stream --posts 300000\n"
    "  tools/bench federation --only memory --seconds 300\n";

void print_usage(std::FILE* out) {
  fmt::print(out, "{}", kUsage);
  for (const Part& part : kParts)
    fmt::print(out, "  {:<16} {}\n", part.name, part.summary);
  fmt::print(out, "{}", kExamples);
}

template <class Number>
bool read_number(const std::string& text, Number& out) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() && out > 0;
}

bool is_part(const std::string& name) {
  for (const Part& part : kParts)
    if (part.name == name) return true;
  return false;
}

bool read_options(const std::vector<std::string>& arguments, Options& options) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const bool has_value = i + 1 < arguments.size();
    if (argument == "--json") {
      options.json = true;
    } else if (argument == "--keep") {
      options.keep = true;
    } else if (argument == "--directory" && has_value) {
      options.directory = arguments[++i];
    } else if (argument == "--only" && has_value && is_part(arguments[i + 1])) {
      options.only.push_back(arguments[++i]);
    } else if (argument == "--posts" && has_value && read_number(arguments[i + 1], options.effort.posts)) {
      ++i;
    } else if (argument == "--history" && has_value &&
               read_number(arguments[i + 1], options.effort.history)) {
      ++i;
    } else if (argument == "--seconds" && has_value) {
      std::uint32_t seconds = 0;
      if (!read_number(arguments[++i], seconds)) return false;
      options.effort.load = std::chrono::seconds(seconds);
    } else {
      return false;
    }
  }
  return true;
}

/// One byte there and back between two threads over loopback, in us.
std::vector<double> round_trips() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): the interface of sockets
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
  if (::bind(listener, generic, size) != 0 || ::listen(listener, 1) != 0 ||
      ::getsockname(listener, generic, &size) != 0)
    give_up({proto::Code::kTransport, "loopback"});
  const int near = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(near, generic, size) != 0) give_up({proto::Code::kTransport, "loopback"});
  const int far = ::accept(listener, nullptr, nullptr);
  const int on = 1;
  ::setsockopt(near, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  ::setsockopt(far, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  std::thread echo([far] {
    char byte = 0;
    while (::read(far, &byte, 1) == 1 && ::write(far, &byte, 1) == 1) {
    }
  });
  std::vector<double> times;
  for (std::size_t i = 0; i < kRoundTrips; ++i) {
    char byte = 1;
    const Tick begun = std::chrono::steady_clock::now();
    if (::write(near, &byte, 1) != 1 || ::read(near, &byte, 1) != 1) break;
    times.push_back(seconds_between(begun, std::chrono::steady_clock::now()) * 1e6);
  }
  ::shutdown(near, SHUT_RDWR);
  echo.join();
  for (const int socket : {listener, near, far})
    ::close(socket);
  return times;
}

void add_machine(Report& report, const fs::path& workplace) {
  report.heading("The machine");
  Prose prose(7);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < kTexts; ++i)
    texts.push_back(prose.body());
  add_machine_limits(report, workplace, texts);
  const auto times = round_trips();
  report.add({.name = "one byte there and back over loopback, p50",
              .value = median_of(times),
              .unit = "us",
              .note = fmt::format("p99 {:.0f} us", percentile_of(times, 0.99))});
}

}  // namespace

Pair::Pair(const fs::path& workplace, const std::string& memory)
    : directory(workplace / "pair"),
      a((fs::create_directories(directory), std::make_unique<Agency>(directory, "alpha", memory))),
      b(std::make_unique<Agency>(directory, "beta", memory)) {
  connect(*a, *b);
}

Pair::~Pair() {
  b.reset();
  a.reset();
  std::error_code ignored;
  fs::remove_all(directory, ignored);
}

int run_federation(const std::vector<std::string>& arguments) {
  Options options;
  if (arguments.size() == 1 && (arguments[0] == "--help" || arguments[0] == "-h")) {
    print_usage(stdout);
    return 0;
  }
  if (!read_options(arguments, options)) {
    print_usage(stderr);
    return 2;
  }
  crypto::init_sodium();
  Report report("federation", options.json);
  const Workplace workplace(options.directory, options.keep);
  add_machine(report, workplace.path());
  for (const Part& part : kParts) {
    const bool wanted = options.only.empty() ||
                        std::find(options.only.begin(), options.only.end(), part.name) != options.only.end();
    if (wanted) part.measure(report, workplace.path(), options.effort);
  }
  report.end();
  return 0;
}

}  // namespace comity::benchmark
