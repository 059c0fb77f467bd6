// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tools/benchmark/agencies.h"
#include "tools/benchmark/store_text.h"

namespace comity::benchmark {

using Tick = std::chrono::steady_clock::time_point;
[[nodiscard]] double seconds_between(Tick from, Tick to);

/// Requests of the batch endpoint, made beforehand: texts as the budget has them, `posts` in each, and titles
/// that are all different.
class PostStock {
 public:
  PostStock(const std::string& space, const std::string& person, std::size_t requests, std::size_t posts,
            std::uint64_t seed);
  [[nodiscard]] const std::string& request(std::size_t index) const {
    return requests_[index % requests_.size()];
  }
  [[nodiscard]] std::size_t posts() const { return posts_; }
  /// Bytes of title and text of one post, on average.
  [[nodiscard]] double mean_bytes() const { return mean_bytes_; }

 private:
  std::vector<std::string> requests_;
  std::size_t posts_;
  double mean_bytes_ = 0;
};

/// Posts one request after the other over several connections, from its making to its end.
class Poster {
 public:
  /// Stops by itself after `posts` of them; 0: goes on until stop(). `per_second`: at most; 0: without pause.
  Poster(const Agency& at, const PostStock& stock, std::size_t connections, std::uint64_t posts,
         std::uint64_t per_second = 0);
  Poster(const Poster&) = delete;
  Poster& operator=(const Poster&) = delete;
  ~Poster() { stop(); }

  void stop();
  /// Waits until all are posted.
  void finish();
  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
  /// Of all that were acknowledged, in no order; after finish() or stop().
  [[nodiscard]] const std::vector<std::string>& ids() const { return ids_; }

 private:
  void run(Control control, const PostStock& stock);
  const std::uint64_t most_;
  const std::uint64_t per_second_;
  const Tick started_;
  std::atomic<std::uint64_t> next_{0};
  std::atomic<std::uint64_t> acknowledged_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<std::string> ids_;
  std::vector<std::thread> threads_;
};

/// Reads the stream of events of a node on a connection of its own.
class Subscriber {
 public:
  struct Seen {
    std::string id;
    Tick when;
  };
  /// From now on, of all spaces; with `keep` every id is kept.
  Subscriber(const Agency& at, bool keep);
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;
  ~Subscriber() { stop(); }

  void stop();
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] Tick last() const { return Tick(Tick::duration(last_.load())); }
  /// Waits until that many events came; ends the program after a minute without any.
  void wait_for(std::uint64_t count);
  /// Waits until nothing has come for a second.
  void settle();
  /// What was kept; after stop().
  [[nodiscard]] const std::vector<Seen>& seen() const { return seen_; }

 private:
  void run(Control control, bool keep);
  std::atomic<std::uint64_t> count_{0};
  std::atomic<Tick::rep> last_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Seen> seen_;
  std::string cursor_;
  std::thread thread_;
};

}  // namespace comity::benchmark
