// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/once.h"

namespace comity::web {

Once::Seen Once::begin(const std::string& ticket) {
  const auto [place, added] = seen_.emplace(ticket, std::nullopt);
  if (!added) return place->second ? Seen::kDone : Seen::kWorking;
  order_.push_back(ticket);
  if (order_.size() > kMost) {
    seen_.erase(order_.front());
    order_.pop_front();
  }
  return Seen::kFirst;
}

void Once::end(const std::string& ticket, std::optional<std::string> location) {
  const auto place = seen_.find(ticket);
  if (place == seen_.end()) return;
  if (location) {
    place->second = std::move(location);
    return;
  }
  seen_.erase(place);
  std::erase(order_, ticket);
}

const std::string& Once::location(const std::string& ticket) const {
  return *seen_.at(ticket);
}

}  // namespace comity::web
