// SPDX-License-Identifier: EUPL-1.2
#include "storage/view.h"

#include <stdexcept>

#include "storage/check.h"

namespace comity::storage {

Range prefix_range(ByteView prefix) {
  Range range{proto::to_bytes(prefix), proto::to_bytes(prefix)};
  while (!range.end.empty() && range.end.back() == std::byte{0xff})
    range.end.pop_back();
  if (range.end.empty()) throw std::logic_error("a prefix without an end");
  range.end.back() = std::byte(std::to_integer<unsigned>(range.end.back()) + 1U);
  return range;
}

Bytes key_after(ByteView key) {
  Bytes next = proto::to_bytes(key);
  next.push_back(std::byte{0});
  return next;
}

proto::Result<Page> View::scan(const Scan& scan) const {
  COMITY_CHECK(check_scan(scan));
  Page page;
  std::size_t bytes = 0;
  bool more = false;
  COMITY_CHECK(walk(scan.range, scan.reverse, [&](ByteView key, ByteView value) {
    const std::size_t size = key.size() + value.size();
    more = page.rows.size() == scan.limit || (!page.rows.empty() && bytes + size > scan.byte_limit);
    if (more) return false;
    bytes += size;
    page.rows.push_back({proto::to_bytes(key), proto::to_bytes(value)});
    return true;
  }));
  if (!more) return page;
  const Bytes& last = page.rows.back().key;
  page.rest = scan.reverse ? Range{scan.range.begin, last} : Range{key_after(last), scan.range.end};
  return page;
}

}  // namespace comity::storage
