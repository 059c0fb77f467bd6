// SPDX-License-Identifier: EUPL-1.2
// What peers and strangers cost in memory.
#include <algorithm>
#include <functional>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/benchmark/federation_parts.h"
#include "tools/benchmark/store_node.h"

namespace comity::benchmark {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kStockRequests = 40;
constexpr milliseconds kLook{20};
constexpr double kMostMib = 8;
constexpr double kSettledMib = 2;
constexpr std::size_t kMostRounds = 8;
// A cache that is still filling looks like a leak: a small one is full once the load has gone on for a while.
constexpr const char* kSmallStore = "32MiB";
constexpr double kConnectSeconds = 2;
constexpr std::size_t kAddresses = 250;  // of 127.0.1.0/24
constexpr std::size_t kStrangersASecond = 4'000;

/// Looks at the memory of a process over and over, until it ends.
class Watch {
 public:
  Watch(pid_t process, std::string field) : process_(process), field_(std::move(field)) {
    thread_ = std::thread([this] {
      while (!stopping_) {
        values_.push_back(status_mib(process_, field_));
        std::this_thread::sleep_for(kLook);
      }
    });
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch() { stop(); }

  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  /// After stop(): the values of a part of the time, from 0 to 1.
  [[nodiscard]] std::vector<double> part(double from, double to) const {
    const auto at = [&](double share) {
      return values_.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values_.size()));
    };
    return {at(from), at(to)};
  }
  [[nodiscard]] double peak() const { return *std::max_element(values_.begin(), values_.end()); }

 private:
  pid_t process_;
  std::string field_;
  std::atomic<bool> stopping_{false};
  std::vector<double> values_;
  std::thread thread_;
};

/// Connections to a port of this machine, from many addresses, that never say anything.
class Strangers {
 public:
  explicit Strangers(int port) : port_(port) {}
  Strangers(const Strangers&) = delete;
  Strangers& operator=(const Strangers&) = delete;
  ~Strangers() {
    for (const int socket : sockets_)
      ::close(socket);
  }

  void come(std::size_t count) {
    const Tick begun = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < count; ++i) {
      std::this_thread::sleep_until(begun + std::chrono::microseconds(1'000'000 * i / kStrangersASecond));
      one(i);
      arrived_ = i + 1;
    }
  }
  [[nodiscard]] std::size_t arrived() const { return arrived_; }

 private:
  void one(std::size_t index) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket < 0) give_up({proto::Code::kOutOfSockets, "raise the limit of open files (ulimit -n)"});
    sockets_.push_back(socket);
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr.s_addr = htonl(0x7f000101U + static_cast<std::uint32_t>(index % kAddresses));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(static_cast<std::uint16_t>(port_));
    // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): the interface of sockets
    const bool bound = ::bind(socket, reinterpret_cast<const sockaddr*>(&from), sizeof(from)) == 0;
    const bool connected = ::connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0;
    // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
    if (!bound || (!connected && errno != EINPROGRESS))
      give_up({proto::Code::kTransport, fmt::format("stranger {} cannot connect", index)});
  }

  int port_;
  std::vector<int> sockets_;
  std::atomic<std::size_t> arrived_{0};
};

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

bool is_settled(const std::vector<double>& peaks) {
  return peaks.size() > 1 && peaks.back() - peaks[peaks.size() - 2] < kSettledMib;
}

bool is_connected(Control& control, const std::string& peer) {
  return must(control.ask("peer/show", {{"name", peer}})).at("connected").as_bool();
}

void add_memory(Report& report, const std::string& which, const Watch& watch) {
  const double start = median_of(watch.part(0, 0.1));
  const double end = median_of(watch.part(0.9, 1));
  report.add({.name = which + ": resident memory in the last tenth of the time, against the first",
              .value = end / start,
              .unit = "x",
              .note = fmt::format("{:.0f} MiB in the first tenth, {:.0f} in the last, {:.0f} at most", start,
                                  end, watch.peak()),
              .must = 1.1});
}

}  // namespace

void measure_memory(Report& report, const std::filesystem::path& workplace, const FederationEffort& effort) {
  const std::string limit = kSmallStore;
  const std::chrono::seconds warm = effort.load * 2 / 5;
  report.heading(fmt::format("Memory under {} s of load, after {} s of it; store.memory_limit {}",
                             effort.load.count(), warm.count(), limit));
  Pair pair(workplace, limit);
  open_space(*pair.a, *pair.b, kForum, true);
  const PostStock stock(kForum, pair.a->name(), kStockRequests, kBatch, 74);
  Subscriber subscriber(*pair.b, false);
  Poster poster(*pair.a, stock, kConnections, 0);
  std::this_thread::sleep_for(warm);
  Watch a(pair.a->daemon().process(), "VmRSS");
  Watch b(pair.b->daemon().process(), "VmRSS");
  for (std::chrono::seconds passed{0}; passed < effort.load; ++passed) {
    report.doing("seconds of load", static_cast<std::uint64_t>(passed.count()),
                 static_cast<std::uint64_t>(effort.load.count()));
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  a.stop();
  b.stop();
  poster.stop();
  subscriber.wait_for(poster.acknowledged());
  report.add({.name = "posts", .value = static_cast<double>(poster.acknowledged())});
  add_memory(report, "A", a);
  add_memory(report, "B", b);
}

void measure_stalled(Report& report, const std::filesystem::path& workplace, const FederationEffort& effort) {
  report.heading(fmt::format("A peer that stops reading; store.memory_limit {}", kSmallStore));
  // Serving what a peer missed fills the cache of the store, and that is no cost of a peer that does not
  // read.
  Pair pair(workplace, kSmallStore);
  open_space(*pair.a, *pair.b, kForum, true);
  const PostStock stock(kForum, pair.a->name(), kStockRequests, kBatch, 75);
  const std::uint64_t posts = effort.stalled / kBatch * kBatch;
  const pid_t a = pair.a->daemon().process();
  Subscriber subscriber(*pair.b, false);
  const auto load = [&] {
    Watch watch(a, "RssAnon");
    Poster poster(*pair.a, stock, kConnections, posts);
    const Stopwatch time;
    poster.finish();
    watch.stop();
    return std::pair(watch.peak(), static_cast<double>(posts) / time.wall());
  };
  // The buffers of the store reach their size before anything counts.
  report.doing("posts to a peer that reads");
  (void)load();
  subscriber.wait_for(posts);
  subscriber.stop();
  // The same posts while no peer is there: as fast as with one that does not read. To serve a peer what it
  // missed fills caches and heaps for a while, and both loads that are compared come after that: when one
  // round more no longer raises the peak.
  Control control = pair.a->control();
  const auto catch_up = [&] {
    wait_until("the peer has caught up",
               [&] { return is_connected(control, pair.b->name()) && outbox(control, pair.b->name()) == 0; });
  };
  report.doing("posts without a peer");
  std::vector<double> peaks;
  double alone_rate = 0;
  do {
    pair.b->daemon().end(SIGTERM);
    const auto [peak, rate] = load();
    peaks.push_back(peak);
    alone_rate = rate;
    pair.b->start();
    catch_up();
  } while (peaks.size() < kMostRounds && !is_settled(peaks));
  const double alone_peak = peaks.back();
  Subscriber again(*pair.b, false);
  catch_up();
  again.settle();
  const std::uint64_t before = again.count();
  pair.b->daemon().signal(SIGSTOP);
  report.doing("posts to a peer that does not");
  const auto [stalled_peak, stalled_rate] = load();
  pair.b->daemon().signal(SIGCONT);
  const Stopwatch catching_up;
  again.wait_for(before + posts);
  report.add({.name = "what it costs A: anonymous memory, peak against peak",
              .value = std::max(0.0, stalled_peak - alone_peak),
              .unit = "MiB",
              .note = fmt::format("{:.1f} MiB without a peer, {:.1f} with one that does not read", alone_peak,
                                  stalled_peak),
              .must = kMostMib});
  report.add({.name = "for comparison: the last round without a peer against the one before it",
              .value = alone_peak - peaks[peaks.size() - 2],
              .unit = "MiB",
              .note = fmt::format("{:.1f} MiB in {} rounds", fmt::join(peaks, ", "), peaks.size())});
  report.add({.name = "A goes on meanwhile: posts acknowledged",
              .value = stalled_rate,
              .unit = "1/s",
              .note = fmt::format("{:.0f}/s without a peer", alone_rate)});
  report.add({.name = fmt::format("once it reads again, the {} posts it missed are there after", posts),
              .value = catching_up.wall(),
              .unit = "s"});
}

void measure_silent(Report& report, const std::filesystem::path& workplace, const FederationEffort& effort) {
  report.heading(fmt::format("{} silent connections from 127.0.1.0/24", effort.silent));
  raise_descriptor_limit();
  Pair pair(workplace);
  open_space(*pair.a, *pair.b, kForum, true);
  const pid_t a = pair.a->daemon().process();
  Control control = pair.a->control();
  std::this_thread::sleep_for(std::chrono::seconds(2));
  const double before = status_mib(a, "RssAnon");
  pair.b->daemon().end(SIGKILL);
  wait_until("the peer is gone", [&] { return !is_connected(control, pair.b->name()); });
  Watch watch(a, "RssAnon");
  Strangers strangers(pair.a->port());
  std::thread coming([&] { strangers.come(effort.silent); });
  // The peer comes in their midst.
  wait_until("a tenth of them is there", [&] { return strangers.arrived() >= effort.silent / 10; });
  const std::size_t there = strangers.arrived();
  pair.b->start();
  const Stopwatch connecting;
  wait_until("the peer is connected", [&] { return is_connected(control, pair.b->name()); });
  const double seconds = connecting.wall();
  const std::size_t then = strangers.arrived();
  coming.join();
  watch.stop();
  report.add({.name = "what they cost A: anonymous memory, peak against before",
              .value = std::max(0.0, watch.peak() - before),
              .unit = "MiB",
              .note = fmt::format("{:.1f} MiB before, {:.1f} at most", before, watch.peak()),
              .must = kMostMib});
  report.add({.name = "a real peer is connected, from its ready line on",
              .value = seconds,
              .unit = "s",
              .note = fmt::format("{} had come when it started, {} when it was in", there, then),
              .must = kConnectSeconds});
}

}  // namespace comity::benchmark
