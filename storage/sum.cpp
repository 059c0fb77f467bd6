// SPDX-License-Identifier: EUPL-1.2
#include "storage/sum.h"

#include <boost/crc.hpp>

namespace comity::storage {

using proto::Bytes;
using proto::ByteView;

std::uint32_t sum_of(std::initializer_list<ByteView> parts) {
  boost::crc_32_type crc;
  for (const ByteView part : parts)
    crc.process_bytes(part.data(), part.size());
  return crc.checksum();
}

Bytes with_sum(ByteView key, ByteView content) {
  return proto::concat({content, proto::to_be(sum_of({key, content}))});
}

std::optional<ByteView> without_sum(ByteView key, ByteView value) {
  constexpr std::size_t kSumBytes = sizeof(std::uint32_t);
  if (value.size() < kSumBytes) return std::nullopt;
  const ByteView content = value.first(value.size() - kSumBytes);
  if (proto::from_be<std::uint32_t>(value.last(kSumBytes)) != sum_of({key, content})) return std::nullopt;
  return content;
}

}  // namespace comity::storage
