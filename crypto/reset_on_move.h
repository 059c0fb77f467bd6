// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>
#include <utility>

namespace comity::crypto {

/// An optional that is empty after it was moved away. std::optional keeps a value then, here a key that had
/// been wiped and is known to everybody.
template <class T>
class ResetOnMove : public std::optional<T> {
 public:
  using std::optional<T>::optional;
  ResetOnMove() = default;
  ResetOnMove(ResetOnMove&& other) noexcept : std::optional<T>(std::move(other)) { other.reset(); }
  ResetOnMove& operator=(ResetOnMove&& other) noexcept {
    if (this != &other) {
      std::optional<T>::operator=(std::move(other));
      other.reset();
    }
    return *this;
  }
  ResetOnMove(const ResetOnMove&) = delete;
  ResetOnMove& operator=(const ResetOnMove&) = delete;
  ~ResetOnMove() = default;
};

}  // namespace comity::crypto
