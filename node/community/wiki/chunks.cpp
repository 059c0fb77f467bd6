// SPDX-License-Identifier: EUPL-1.2
#include "node/community/wiki/chunks.h"

#include <algorithm>

namespace comity::community::wiki {
namespace {

/// One of the two sides: which hunks are still to come, and how far its own pieces have shifted.
struct Way {
  std::span<const Hunk> hunks;
  std::size_t next = 0;
  std::size_t at = 0;  ///< own piece behind the last chunk

  [[nodiscard]] bool over() const { return next == hunks.size(); }
  [[nodiscard]] const Hunk& front() const { return hunks[next]; }
};

}  // namespace

std::vector<Chunk> chunks(std::size_t base_size, std::span<const Hunk> ours, std::span<const Hunk> theirs) {
  std::vector<Chunk> out;
  Way we{.hunks = ours};
  Way they{.hunks = theirs};
  std::size_t at = 0;
  const auto same_until = [&](std::size_t end) {
    const std::size_t size = end - at;
    if (size > 0) out.push_back({Chunk::Kind::kSame, at, end, we.at, we.at + size, they.at, they.at + size});
    at = end;
    we.at += size;
    they.at += size;
  };
  while (!we.over() || !they.over()) {
    const std::size_t begin = std::min(we.over() ? base_size : we.front().old_begin,
                                       they.over() ? base_size : they.front().old_begin);
    same_until(begin);
    Chunk chunk{.base_begin = begin, .our_begin = we.at, .their_begin = they.at};
    std::size_t end = begin;
    std::ptrdiff_t our_shift = 0;
    std::ptrdiff_t their_shift = 0;
    bool we_did = false;
    bool they_did = false;
    const auto take = [&end](Way& way, std::ptrdiff_t& shift, bool& did) {
      if (way.over() || way.front().old_begin > end) return false;
      const Hunk& hunk = way.front();
      end = std::max(end, hunk.old_end);
      shift += static_cast<std::ptrdiff_t>(hunk.new_end - hunk.new_begin) -
               static_cast<std::ptrdiff_t>(hunk.old_end - hunk.old_begin);
      did = true;
      ++way.next;
      return true;
    };
    while (take(we, our_shift, we_did) || take(they, their_shift, they_did)) {
    }
    const auto size = static_cast<std::ptrdiff_t>(end - begin);
    we.at += static_cast<std::size_t>(size + our_shift);
    they.at += static_cast<std::size_t>(size + their_shift);
    chunk.base_end = end;
    chunk.our_end = we.at;
    chunk.their_end = they.at;
    chunk.kind = we_did && they_did ? Chunk::Kind::kBoth : we_did ? Chunk::Kind::kOurs : Chunk::Kind::kTheirs;
    out.push_back(chunk);
    at = end;
  }
  same_until(base_size);
  return out;
}

}  // namespace comity::community::wiki
