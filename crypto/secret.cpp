// SPDX-License-Identifier: EUPL-1.2
#include "crypto/secret.h"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <utility>

#include <sodium.h>

#include "crypto/random.h"

namespace comity::crypto {

void init_sodium() {
  static const int started = sodium_init();
  if (started < 0) throw std::runtime_error("libsodium cannot start");
}

bool equal_ct(proto::ByteView a, proto::ByteView b) noexcept {
  if (a.size() != b.size()) return false;
  return a.empty() || sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

void wipe(std::span<std::byte> bytes) noexcept {
  if (!bytes.empty()) sodium_memzero(bytes.data(), bytes.size());
}

Secret::Secret(std::size_t size) : size_(size) {
  if (size == 0) return;
  init_sodium();
  data_ = static_cast<std::byte*>(sodium_malloc(size));
  if (data_ == nullptr) throw std::bad_alloc();
  std::fill_n(data_, size, std::byte{0});
}

Secret Secret::copy_of(proto::ByteView bytes) {
  Secret secret(bytes.size());
  std::copy(bytes.begin(), bytes.end(), secret.data_);
  return secret;
}

Secret Secret::random(std::size_t size, Random& random) {
  Secret secret(size);
  random.fill(secret.writable());
  return secret;
}

Secret::Secret(Secret&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  Secret taken(std::move(other));
  std::swap(data_, taken.data_);
  std::swap(size_, taken.size_);
  return *this;
}

// sodium_free overwrites the bytes before it gives the pages back.
Secret::~Secret() {
  sodium_free(data_);
}

}  // namespace comity::crypto
