// SPDX-License-Identifier: EUPL-1.2
#include "node/http/encoding.h"

#include <algorithm>
#include <cctype>

#include <zlib.h>

namespace comity::http {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

bool same(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

/// The next item of a list separated by commas, which loses it.
std::string_view take_item(std::string_view& list) {
  const std::size_t comma = list.find(',');
  const std::string_view item = trim(list.substr(0, comma));
  list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  return item;
}

/// Whether a weight such as "q=0.000" refuses.
bool refuses(std::string_view parameters) {
  const std::string_view weight = trim(parameters);
  if (weight.size() < 3 || !same(weight.substr(0, 2), "q=") || weight[2] != '0') return false;
  return weight.find_first_not_of("0.", 2) == std::string_view::npos;
}

std::string_view opaque(std::string_view tag) {
  return tag.starts_with("W/") ? tag.substr(2) : tag;
}

// windowBits of zlib for the largest window with a header of gzip.
constexpr int kGzipWindow = 15 + 16;
constexpr int kMemoryLevel = 8;

}  // namespace

bool takes_gzip(std::string_view accept_encoding) noexcept {
  bool any = false;
  while (!accept_encoding.empty()) {
    const std::string_view item = take_item(accept_encoding);
    const std::size_t semicolon = item.find(';');
    const std::string_view coding = trim(item.substr(0, semicolon));
    const bool taken = semicolon == std::string_view::npos || !refuses(item.substr(semicolon + 1));
    if (same(coding, "gzip") || same(coding, "x-gzip")) return taken;
    if (coding == "*") any = taken;
  }
  return any;
}

proto::Result<std::string> gzip(std::string_view text, Effort effort) {
  z_stream stream{};
  if (deflateInit2(&stream, static_cast<int>(effort), Z_DEFLATED, kGzipWindow, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return proto::Error{proto::Code::kUnknown, "zlib has no memory"};
  }
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int done = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (done != Z_STREAM_END) return proto::Error{proto::Code::kUnknown, "zlib did not end"};
  return out;
}

bool none_match_holds(std::string_view if_none_match, std::string_view etag) noexcept {
  if (trim(if_none_match) == "*") return true;
  while (!if_none_match.empty()) {
    if (const std::string_view item = take_item(if_none_match); !item.empty() && opaque(item) == opaque(etag))
      return true;
  }
  return false;
}

}  // namespace comity::http
