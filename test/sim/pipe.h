// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string>

#include "node/runtime/condition.h"
#include "proto/bytes.h"
#include "test/sim/world.h"

namespace comity::sim {

/// One direction of a connection: a stream of bytes with all that goes wrong on the way. In order, as TCP
/// keeps it; everything else follows the world's Faults. Owned by shared pointers: the two ends and the
/// events that carry bytes.
class Pipe : public std::enable_shared_from_this<Pipe> {
 public:
  /// `name` seeds the pipe's own randomness.
  Pipe(World& world, std::string from, std::string to, const std::string& name);
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  /// For the reader: at least one byte; kEndOfStream, kConnectionReset, kStreamClosed, kCancelled.
  [[nodiscard]] runtime::Task<runtime::Result<std::size_t>> read(std::span<std::byte> out);
  /// For the writer: takes at least one byte; kConnectionReset, kStreamClosed, kCancelled.
  [[nodiscard]] runtime::Task<runtime::Result<std::size_t>> write(proto::ByteView bytes);

  /// The writer sends no more. What it sent still arrives, then the end.
  void finish();
  /// The reader is gone: what arrives from now on breaks the connection.
  void abandon();
  /// Both ends learn at once that the connection is broken, as after a reset by the system.
  void break_now();

  /// From now on bytes vanish without a word and the reader waits for ever: a half-open connection.
  void silence();
  /// Nothing arrives until release(); the bytes wait in order.
  void hold() { held_ = true; }
  void release();

  /// Breaks the other direction along with this one.
  void join_fate(const std::shared_ptr<Pipe>& other) { other_ = other; }

  [[nodiscard]] const std::string& from() const noexcept { return from_; }
  [[nodiscard]] const std::string& to() const noexcept { return to_; }
  [[nodiscard]] bool broken() const noexcept { return broken_; }
  [[nodiscard]] bool silent() const noexcept { return silent_; }
  /// Bytes on the way and unread.
  [[nodiscard]] std::size_t load() const noexcept { return on_the_way_ + arrived_.size() - taken_; }

 private:
  struct Segment {
    proto::Bytes bytes;
    bool end = false;     ///< no more after these
    bool breaks = false;  ///< the connection breaks after these
  };

  void send(Segment segment);
  void arrive(Segment segment);
  void deliver(const Segment& segment);
  [[nodiscard]] runtime::Duration travel_time();
  [[nodiscard]] std::size_t some_of(std::size_t most, bool fewer);
  void wake();

  World& world_;
  std::string from_;
  std::string to_;
  Random random_;
  std::weak_ptr<Pipe> other_;
  runtime::Mono last_arrival_{};
  proto::Bytes arrived_;
  std::size_t taken_ = 0;  // of arrived_
  std::size_t on_the_way_ = 0;
  std::deque<Segment> waiting_;  // arrived while held
  bool held_ = false;
  bool silent_ = false;
  bool finished_ = false;
  bool ended_ = false;
  bool abandoned_ = false;
  bool broken_ = false;
  runtime::Condition readable_;
  runtime::Condition writable_;
};

}  // namespace comity::sim
