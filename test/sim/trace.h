// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "node/runtime/moment.h"
#include "proto/bytes.h"

namespace comity::sim {

/// What can happen in a world. The last one is a count, not a kind.
enum class Kind : std::uint8_t {
  kTimer,        ///< a sleeper woke up
  kJob,          ///< the pool finished a job
  kConnect,      ///< a connection was made
  kLostDial,     ///< an attempt to connect went unheard
  kRefusedDial,  ///< an attempt to connect found no listener
  kDeliver,      ///< bytes arrived
  kFinish,       ///< an end of stream arrived
  kReset,        ///< a connection broke
  kFlip,         ///< a bit changed on its way
  kSwallow,      ///< bytes vanished in a half-open connection
  kHold,         ///< bytes stopped at a partition or a clog
  kRelease,      ///< held bytes went on
  kPartition,    ///< one direction between two machines was cut
  kHeal,         ///< and joined again
  kClog,         ///< one connection stands still for a while
  kSilence,      ///< one direction of a connection became half-open
  kStart,        ///< a machine started its program
  kCrash,        ///< a machine lost its tasks
  kCount,
};

[[nodiscard]] std::string_view name_of(Kind kind) noexcept;

/// Everything that happened, as one hash, with the last events in words. Two runs of a seed have equal
/// hashes.
class Trace {
 public:
  /// Keeps the last `kept` events for describe_last().
  explicit Trace(std::size_t kept) : kept_(kept) {}

  /// `number` is what the kind counts (bytes, position of a flipped bit); `data` enters the hash only.
  void add(runtime::Mono when, Kind kind, std::string_view from, std::string_view to,
           std::uint64_t number = 0, proto::ByteView data = {});

  [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint64_t count(Kind kind) const { return counts_.at(static_cast<std::size_t>(kind)); }
  /// The last events, oldest first, one a line.
  [[nodiscard]] std::string describe_last() const;

 private:
  struct Event {
    runtime::Mono when;
    Kind kind;
    std::string from;
    std::string to;
    std::uint64_t number;
  };

  void mix(std::uint64_t word) noexcept;
  void mix(proto::ByteView bytes) noexcept;

  std::size_t kept_;
  std::deque<Event> last_;
  std::array<std::uint64_t, static_cast<std::size_t>(Kind::kCount)> counts_{};
  std::uint64_t hash_ = 0xcbf29ce484222325U;
  std::uint64_t count_ = 0;
};

}  // namespace comity::sim
