// SPDX-License-Identifier: EUPL-1.2
#include "crypto/random.h"

#include <sodium.h>

#include "crypto/secret.h"

namespace comity::crypto {

SystemRandom::SystemRandom() {
  init_sodium();
}

void SystemRandom::fill(std::span<std::byte> out) {
  if (!out.empty()) randombytes_buf(out.data(), out.size());
}

}  // namespace comity::crypto
