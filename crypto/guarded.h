// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <stdexcept>

#include "crypto/reset_on_move.h"
#include "crypto/secret.h"

namespace comity::crypto {

/// A Secret of fixed size, for keys that live longer than one call; zeros at first. Made like SecretArray,
/// with the same functions, at the cost of an allocation in guarded memory. Throws std::logic_error when it
/// is used after it was moved away: whatever is done under a key that is no longer there must not go on under
/// zeros.
template <std::size_t Size>
class GuardedArray {
 public:
  GuardedArray() : bytes_(Size) {}

  [[nodiscard]] GuardedArray clone() const {
    GuardedArray copy;
    copy.bytes_ = Secret::copy_of(view());
    return copy;
  }
  [[nodiscard]] std::span<const std::byte, Size> view() const { return held().view().template first<Size>(); }
  [[nodiscard]] std::span<std::byte, Size> writable() {
    (void)held();
    return bytes_.writable().template first<Size>();
  }

 private:
  [[nodiscard]] const Secret& held() const {
    if (bytes_.empty()) throw std::logic_error("a key that was moved away");
    return bytes_;
  }

  Secret bytes_;
};

/// The same inside the object, wiped on destruction and on move, for keys that are fetched, used and dropped:
/// guarded memory costs them more than what is done with them.
template <std::size_t Size>
class BriefArray {
 public:
  BriefArray() : bytes_(std::in_place) {}

  [[nodiscard]] BriefArray clone() const {
    BriefArray copy;
    copy.bytes_.emplace(held().clone());
    return copy;
  }
  [[nodiscard]] std::span<const std::byte, Size> view() const { return held().view(); }
  [[nodiscard]] std::span<std::byte, Size> writable() {
    (void)held();
    return bytes_->writable();
  }

 private:
  [[nodiscard]] const SecretArray<Size>& held() const {
    if (!bytes_) throw std::logic_error("a key that was moved away");
    return *bytes_;
  }

  ResetOnMove<SecretArray<Size>> bytes_;
};

using BriefKey32 = BriefArray<32>;
using GuardedKey32 = GuardedArray<32>;  ///< a private or symmetric key of 256 bits

}  // namespace comity::crypto
