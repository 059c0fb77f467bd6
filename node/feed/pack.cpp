// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/pack.h"

#include <memory>

#include <fmt/format.h>
#include <zstd.h>

namespace comity::feed {
namespace {

constexpr std::byte kPlain{0};
constexpr std::byte kZstd{1};
// Level 3 makes posts 0.5 % smaller and takes a third longer.
constexpr int kLevel = 1;

struct FreeCompressor {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
struct FreeDecompressor {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// A context costs more to set up than a short text costs to compress.
ZSTD_CCtx* compressor() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeCompressor> context(ZSTD_createCCtx());
  return context.get();
}
ZSTD_DCtx* decompressor() {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeDecompressor> context(ZSTD_createDCtx());
  return context.get();
}

Error too_long(std::uint64_t size) {
  return {Code::kFeedContentTooLong, fmt::format("{} bytes of at most {}", size, kMostContentBytes)};
}

Bytes plain(ByteView content) {
  Bytes out;
  out.reserve(1 + content.size());
  out.push_back(kPlain);
  proto::append(out, content);
  return out;
}

}  // namespace

Result<Bytes> pack(ByteView content) {
  if (content.size() > kMostContentBytes) return too_long(content.size());
  Bytes out(1 + ZSTD_compressBound(content.size()));
  out[0] = kZstd;
  const std::size_t size =
      ZSTD_compressCCtx(compressor(), out.data() + 1, out.size() - 1, content.data(), content.size(), kLevel);
  if (ZSTD_isError(size) != 0 || size >= content.size() || size * kMostRatio < content.size()) {
    return plain(content);
  }
  out.resize(1 + size);
  return out;
}

Result<Bytes> unpack(ByteView packed) {
  if (packed.empty()) return Error{Code::kFeedBodyFormat, "it is empty"};
  const ByteView rest = packed.subspan(1);
  if (packed[0] == kPlain) {
    if (rest.size() > kMostContentBytes) return too_long(rest.size());
    return proto::to_bytes(rest);
  }
  if (packed[0] != kZstd) return Error{Code::kFeedBodyFormat, "an unknown scheme"};
  const unsigned long long size = ZSTD_getFrameContentSize(rest.data(), rest.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) {
    return Error{Code::kFeedBodyFormat, "no frame that states its size"};
  }
  if (size > kMostContentBytes) return too_long(size);
  if (size > rest.size() * kMostRatio) {
    return Error{Code::kFeedContentRatio, fmt::format("{} bytes from {}", size, rest.size())};
  }
  // Several frames in a row would decompress as well; only one is ours.
  if (ZSTD_findFrameCompressedSize(rest.data(), rest.size()) != rest.size()) {
    return Error{Code::kFeedBodyFormat, "not exactly one frame"};
  }
  Bytes out(static_cast<std::size_t>(size));
  const std::size_t got =
      ZSTD_decompressDCtx(decompressor(), out.data(), out.size(), rest.data(), rest.size());
  if (ZSTD_isError(got) != 0 || got != out.size()) return Error{Code::kFeedBodyFormat, "a damaged frame"};
  return out;
}

}  // namespace comity::feed
