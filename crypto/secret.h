// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>
#include <span>

#include "proto/bytes.h"

namespace comity::crypto {

class Random;

/// Makes libsodium ready; idempotent, any thread. Throws std::runtime_error if the library cannot start.
/// Every function of this folder calls it where it must, so callers need not.
void init_sodium();

/// Whether both hold the same bytes, in time that depends on the sizes only.
[[nodiscard]] bool equal_ct(proto::ByteView a, proto::ByteView b) noexcept;

/// Overwrites `bytes` in a way the compiler may not remove.
void wipe(std::span<std::byte> bytes) noexcept;

/// Key material on the heap between guard pages, locked against swapping, excluded from core dumps, wiped on
/// destruction (sodium_malloc). Movable, not copyable: a copy is asked for by name. An allocation costs some
/// microseconds and three pages, so short-lived intermediate values use SecretArray instead.
class Secret {
 public:
  Secret() = default;  ///< empty
  /// `size` zero bytes. Throws std::bad_alloc when no guarded memory is left.
  explicit Secret(std::size_t size);
  [[nodiscard]] static Secret copy_of(proto::ByteView bytes);
  [[nodiscard]] static Secret random(std::size_t size, Random& random);

  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  [[nodiscard]] Secret clone() const { return copy_of(view()); }
  [[nodiscard]] proto::ByteView view() const noexcept { return {data_, size_}; }
  [[nodiscard]] std::span<std::byte> writable() noexcept { return {data_, size_}; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Key material of fixed size inside another object or on the stack; wiped on destruction and on move.
template <std::size_t Size>
class SecretArray {
 public:
  SecretArray() = default;
  SecretArray(SecretArray&& other) noexcept : bytes_(other.bytes_) { wipe(other.bytes_); }
  SecretArray& operator=(SecretArray&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      wipe(other.bytes_);
    }
    return *this;
  }
  SecretArray(const SecretArray&) = delete;
  SecretArray& operator=(const SecretArray&) = delete;
  ~SecretArray() { wipe(bytes_); }

  [[nodiscard]] SecretArray clone() const {
    SecretArray copy;
    copy.bytes_ = bytes_;
    return copy;
  }
  [[nodiscard]] std::span<const std::byte, Size> view() const noexcept { return bytes_; }
  [[nodiscard]] std::span<std::byte, Size> writable() noexcept { return bytes_; }

 private:
  std::array<std::byte, Size> bytes_{};
};

using Key32 = SecretArray<32>;  ///< a symmetric key of 256 bits

}  // namespace comity::crypto
