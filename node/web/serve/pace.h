// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "node/runtime/moment.h"

namespace comity::web {

/// Leaky buckets by name: each holds so many tries and gets them back over a minute. Bounded: when too many
/// names are known, full buckets are forgotten, then the one that has been quiet longest. Sans-I/O; one
/// thread.
class Pace {
 public:
  /// `tries` at once and as many more in each minute; at most `names` buckets.
  Pace(double tries, std::size_t names) : tries_(tries), names_(names) {}

  /// Whether the bucket has a try left, without taking it.
  [[nodiscard]] bool allows(const std::string& name, runtime::Mono now);
  /// Takes one.
  void take(const std::string& name, runtime::Mono now);
  /// Gives one back.
  void give_back(const std::string& name);
  /// Makes it full again.
  void forget(const std::string& name) { buckets_.erase(name); }
  [[nodiscard]] std::size_t size() const noexcept { return buckets_.size(); }

 private:
  struct Bucket {
    double left = 0;
    runtime::Mono at{};
  };
  void refill(Bucket& bucket, runtime::Mono now) const;
  void make_room(runtime::Mono now);

  double tries_;
  std::size_t names_;
  std::map<std::string, Bucket> buckets_;
};

/// Where somebody comes from, as far as it counts: an IPv4 address, or the /64 network of an IPv6 address,
/// which one household has.
[[nodiscard]] std::string network_of(const std::string& address);

}  // namespace comity::web
