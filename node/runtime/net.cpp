// SPDX-License-Identifier: EUPL-1.2
#include "node/runtime/net.h"

namespace comity::runtime {

Task<Status> read_exactly(Stream& stream, std::span<std::byte> out) {
  while (!out.empty()) {
    COMITY_CO_TRY(const std::size_t count, co_await stream.read_some(out));
    out = out.subspan(count);
  }
  co_return Status{};
}

Task<Status> write_all(Stream& stream, proto::ByteView bytes) {
  while (!bytes.empty()) {
    COMITY_CO_TRY(const std::size_t count, co_await stream.write_some(bytes));
    bytes = bytes.subspan(count);
  }
  co_return Status{};
}

}  // namespace comity::runtime
