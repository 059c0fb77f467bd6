// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <memory>

#include "node/community/types.h"

namespace comity::community {

/// `f` as long as the owner of `self` lives; nothing afterwards, nor when `f` is empty. For callbacks that a
/// FeedWriter or Store may still hold when what they speak to is gone.
template <class Owner, class F>
[[nodiscard]] auto guarded(const std::shared_ptr<Owner*>& self, F f) {
  return [alive = std::weak_ptr<Owner*>(self), f = std::move(f)](auto&&... args) {
    if (alive.expired()) return;
    if constexpr (std::is_constructible_v<bool, const F&>) {
      if (!f) return;
    }
    f(std::forward<decltype(args)>(args)...);
  };
}

/// Calls it when it is there.
inline void answer(const Done& done, const Status& status) {
  if (done) done(status);
}

}  // namespace comity::community
