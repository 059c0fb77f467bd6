// SPDX-License-Identifier: EUPL-1.2
#include "storage/commit_queue.h"

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

#include <doctest/doctest.h>

#include "test/unit/storage/adapters.h"
#include "test/unit/storage/test_tables.h"

namespace comity::storage::test {
namespace {

using proto::Code;

/// A disk that writes nothing, and only when it may.
class GatedDisk {
 public:
  std::vector<proto::Result<Version>> write(std::span<const CommitQueue::Pending> group) {
    std::unique_lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
    group_sizes.push_back(group.size());
    std::vector<proto::Result<Version>> results;
    for (std::size_t i = 0; i < group.size(); ++i)
      results.emplace_back(Version{++last_});
    return results;
  }
  void wait_for_arrival() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return arrived_ > 0; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  CommitQueue::Write writer() {
    return [this](std::span<const CommitQueue::Pending> group) { return write(group); };
  }

  std::vector<std::size_t> group_sizes;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int arrived_ = 0;
  std::uint64_t last_ = 0;
};

CommitQueue::Pending pending(std::size_t bytes, Completion done) {
  Batch batch;
  batch.put(note(1, 1), Bytes(bytes));
  return {std::move(batch), Durability::kSynced, std::move(done)};
}

TEST_CASE("what waits while a write runs goes with the next one") {
  GatedDisk disk;
  std::vector<std::uint64_t> versions;
  CommitQueue queue(Committer::kThread, 1 << 20, disk.writer());
  const auto note_version = [&](const proto::Result<Version>& result) {
    versions.push_back(proto::raw(must(result)));
  };
  queue.submit(pending(10, note_version), WhenFull::kRefuse);
  disk.wait_for_arrival();
  for (int i = 0; i < 63; ++i)
    queue.submit(pending(10, note_version), WhenFull::kRefuse);
  disk.open();
  queue.close();
  CHECK(disk.group_sizes == std::vector<std::size_t>{1, 63});
  REQUIRE(versions.size() == 64);
  for (std::uint64_t i = 0; i < 64; ++i)
    CHECK(versions[i] == i + 1);
}

TEST_CASE("a group ends at its bytes") {
  GatedDisk disk;
  CommitQueue queue(Committer::kThread, 64U << 20U, disk.writer());
  queue.submit(pending(10, [](const auto&) {}), WhenFull::kRefuse);
  disk.wait_for_arrival();
  constexpr std::size_t kThird = proto::bounds::kStoreGroupBytes / 3;
  for (int i = 0; i < 7; ++i)
    queue.submit(pending(kThird, [](const auto&) {}), WhenFull::kRefuse);
  disk.open();
  queue.close();
  CHECK(disk.group_sizes == std::vector<std::size_t>{1, 2, 2, 2, 1});
}

TEST_CASE("a full queue refuses who does not wait, and takes who does when there is room") {
  GatedDisk disk;
  CommitQueue queue(Committer::kThread, 100000, disk.writer());
  queue.submit(pending(10, [](const auto&) {}), WhenFull::kRefuse);
  disk.wait_for_arrival();
  int taken = 0;
  Code refused{0};
  for (int i = 0; i < 3; ++i) {
    queue.submit(pending(45000,
                         [&](const proto::Result<Version>& result) {
                           if (result.ok()) {
                             ++taken;
                           } else {
                             refused = result.error().code;
                           }
                         }),
                 WhenFull::kRefuse);
  }
  // The third was refused on this thread, before anything was written.
  CHECK(refused == Code::kStoreQueueFull);
  CHECK(queue.waiting_bytes() <= 100000);
  CHECK(queue.waiting_bytes() >= 90000);
  std::promise<Version> late;
  std::thread waiting([&] {
    queue.submit(pending(45000, [&](const proto::Result<Version>& result) { late.set_value(must(result)); }),
                 WhenFull::kWait);
  });
  disk.open();
  CHECK(proto::raw(late.get_future().get()) == 4);
  waiting.join();
  queue.close();
  CHECK(taken == 2);
  CHECK(queue.waiting_bytes() == 0);
}

TEST_CASE("an empty queue takes a batch above its bound") {
  GatedDisk disk;
  disk.open();
  CommitQueue queue(Committer::kCaller, 10, disk.writer());
  Code code = Code::kUnknown;
  queue.submit(pending(1000, [&](const auto& result) { code = code_of(result); }), WhenFull::kRefuse);
  CHECK(code == Code{0});
}

TEST_CASE("closing lets go of those who wait for room") {
  GatedDisk disk;
  CommitQueue queue(Committer::kThread, 1000, disk.writer());
  queue.submit(pending(10, [](const auto&) {}), WhenFull::kRefuse);
  disk.wait_for_arrival();
  queue.submit(pending(900, [](const auto&) {}), WhenFull::kRefuse);
  std::promise<Code> answer;
  std::thread waiting([&] {
    queue.submit(pending(900, [&](const auto& result) { answer.set_value(code_of(result)); }),
                 WhenFull::kWait);
  });
  std::thread closing([&] { queue.close(); });
  // Either it was turned away, or it found room once the disk opened; it never waits for ever.
  disk.open();
  const Code code = answer.get_future().get();
  CHECK((code == Code::kStoreClosing || code == Code{0}));
  waiting.join();
  closing.join();
  Code after = Code{0};
  queue.submit(pending(1, [&](const auto& result) { after = code_of(result); }), WhenFull::kRefuse);
  CHECK(after == Code::kStoreClosing);
}

TEST_CASE("without a thread, a completion that submits is served after it returns") {
  GatedDisk disk;
  disk.open();
  CommitQueue queue(Committer::kCaller, 1 << 20, disk.writer());
  std::vector<int> order;
  queue.submit(pending(1,
                       [&](const auto&) {
                         queue.submit(pending(1, [&](const auto&) { order.push_back(2); }),
                                      WhenFull::kRefuse);
                         order.push_back(1);
                       }),
               WhenFull::kRefuse);
  CHECK(order == std::vector<int>{1, 2});
}

TEST_CASE("many threads: every batch is answered once, in the order of its thread") {
  GatedDisk disk;
  disk.open();
  CommitQueue queue(Committer::kThread, 20000, disk.writer());
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  std::array<std::vector<std::uint64_t>, kThreads> versions;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        queue.submit(pending(20,
                             [&versions, t](const proto::Result<Version>& result) {
                               versions[static_cast<std::size_t>(t)].push_back(proto::raw(must(result)));
                             }),
                     WhenFull::kWait);
      }
    });
  }
  for (auto& thread : threads)
    thread.join();
  queue.close();
  for (const auto& mine : versions) {
    CHECK(mine.size() == kEach);
    CHECK(std::is_sorted(mine.begin(), mine.end()));
  }
}

TEST_CASE("who waits for a batch without fsync writes it where it stands, unless others wait or write") {
  std::vector<std::thread::id> writers;
  CommitQueue queue(Committer::kThread, 1000, [&](std::span<const CommitQueue::Pending> group) {
    writers.push_back(std::this_thread::get_id());
    return std::vector<proto::Result<Version>>(group.size(), Version{1});
  });
  const auto commit = [&](Durability durability, WhenFull when_full) {
    std::promise<void> done;
    CommitQueue::Pending one = pending(10, [&](const auto&) { done.set_value(); });
    one.durability = durability;
    queue.submit(std::move(one), when_full);
    done.get_future().wait();
  };
  commit(Durability::kBuffered, WhenFull::kWait);
  REQUIRE(writers.size() == 1);
  CHECK(writers[0] == std::this_thread::get_id());
  commit(Durability::kSynced, WhenFull::kWait);
  commit(Durability::kBuffered, WhenFull::kRefuse);
  REQUIRE(writers.size() == 3);
  CHECK(writers[1] != std::this_thread::get_id());
  CHECK(writers[2] == writers[1]);
  queue.close();
}

TEST_CASE(
    "a brief batch is written where it stands, one that comes meanwhile or from its completion is not") {
  std::vector<std::thread::id> writers;
  const auto here = std::this_thread::get_id();
  CommitQueue queue(
      Committer::kThread, 100000,
      [&](std::span<const CommitQueue::Pending> group) {
        writers.push_back(std::this_thread::get_id());
        return std::vector<proto::Result<Version>>(group.size(), Version{1});
      },
      {}, [](const CommitQueue::Pending& one) { return one.batch.bytes() < 100; });
  std::promise<void> second;
  bool first = false;
  bool threw = false;
  queue.submit(pending(10,
                       [&](const auto&) {
                         first = true;
                         try {
                           queue.submit(pending(10, [](const auto&) {}), WhenFull::kWait);
                         } catch (const std::logic_error&) {
                           threw = true;
                         }
                         queue.submit(pending(10, [&](const auto&) { second.set_value(); }),
                                      WhenFull::kRefuse);
                       }),
               WhenFull::kRefuse);
  CHECK(first);
  CHECK(threw);
  second.get_future().wait();
  std::promise<void> large;
  queue.submit(pending(1000, [&](const auto&) { large.set_value(); }), WhenFull::kRefuse);
  large.get_future().wait();
  queue.close();
  REQUIRE(writers.size() == 3);
  CHECK(writers[0] == here);
  CHECK(writers[1] != here);
  CHECK(writers[2] == writers[1]);
}

TEST_CASE("a batch that comes while a caller writes is written next, and closing waits for both") {
  GatedDisk disk;
  std::atomic<int> done = 0;
  CommitQueue queue(Committer::kThread, 1000, disk.writer());
  std::thread caller([&] {
    CommitQueue::Pending one = pending(10, [&](const auto&) { ++done; });
    one.durability = Durability::kBuffered;
    queue.submit(std::move(one), WhenFull::kWait);
  });
  disk.wait_for_arrival();
  queue.submit(pending(10, [&](const auto&) { ++done; }), WhenFull::kRefuse);
  CHECK(done == 0);
  std::thread closer([&] { queue.close(); });
  disk.open();
  closer.join();
  caller.join();
  CHECK(done == 2);
  CHECK(disk.group_sizes == std::vector<std::size_t>{1, 1});
}

}  // namespace
}  // namespace comity::storage::test
