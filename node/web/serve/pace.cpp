// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/pace.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

#include "proto/bytes.h"

namespace comity::web {

void Pace::refill(Bucket& bucket, runtime::Mono now) const {
  const double minutes = std::chrono::duration<double, std::ratio<60>>(now - bucket.at).count();
  bucket.left = std::min(tries_, bucket.left + minutes * tries_);
  bucket.at = now;
}

void Pace::make_room(runtime::Mono now) {
  if (buckets_.size() < names_) return;
  for (auto row = buckets_.begin(); row != buckets_.end();) {
    refill(row->second, now);
    row = row->second.left >= tries_ ? buckets_.erase(row) : std::next(row);
  }
  if (buckets_.size() < names_) return;
  buckets_.erase(std::ranges::max_element(buckets_, {}, [](const auto& row) { return row.second.left; }));
}

bool Pace::allows(const std::string& name, runtime::Mono now) {
  const auto found = buckets_.find(name);
  if (found == buckets_.end()) return true;
  refill(found->second, now);
  return found->second.left >= 1;
}

void Pace::take(const std::string& name, runtime::Mono now) {
  auto found = buckets_.find(name);
  if (found == buckets_.end()) {
    make_room(now);
    found = buckets_.emplace(name, Bucket{tries_, now}).first;
  }
  refill(found->second, now);
  found->second.left = std::max(0.0, found->second.left - 1);
}

void Pace::give_back(const std::string& name) {
  const auto found = buckets_.find(name);
  if (found != buckets_.end()) found->second.left = std::min(tries_, found->second.left + 1);
}

std::string network_of(const std::string& address) {
  std::array<std::byte, 16> bytes{};
  if (inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return address;
  return proto::to_hex(proto::ByteView(bytes).first(8)) + "::/64";
}

}  // namespace comity::web
