// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "proto/bytes.h"

/// What every fuzz target defines: it gives the bytes to a decoder and calls require() on what must hold.
/// Bytes of any kind end in a typed error or a value, never in an exception, an abort or a leak.
// NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace comity::fuzz {

/// The input as borrowed bytes.
[[nodiscard]] inline proto::ByteView view(const std::uint8_t* data, std::size_t size) noexcept {
  return std::as_bytes(std::span(data, size));
}

/// Ends the program when a property does not hold: that is a finding.
inline void require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "finding: %s\n", property);
  std::abort();
}

}  // namespace comity::fuzz
