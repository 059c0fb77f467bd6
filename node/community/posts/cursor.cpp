// SPDX-License-Identifier: EUPL-1.2
#include "node/community/posts/cursor.h"

#include "crypto/base32.h"

namespace comity::community {

std::string place_cursor_text(const PlaceCursor& cursor) {
  return crypto::base32_encode(
      proto::concat({proto::to_be(raw(cursor.order)), cursor.feed.view(), proto::to_be(raw(cursor.seq))}));
}

Result<PlaceCursor> parse_place_cursor(std::string_view text) {
  constexpr std::size_t kBytes = 2 * sizeof(std::uint64_t) + FeedId::kSize;
  const auto bytes = text.size() > 2 * kBytes ? std::nullopt : crypto::base32_decode(text);
  if (!bytes || bytes->size() != kBytes) return Error{Code::kIdRule, "this is not a place in a list"};
  const ByteView view(*bytes);
  COMITY_TRY(const auto feed, FeedId::from(view.subspan(sizeof(std::uint64_t), FeedId::kSize)));
  return PlaceCursor{Hlc{proto::from_be<std::uint64_t>(view)}, feed,
                     Seq{proto::from_be<std::uint64_t>(view.subspan(sizeof(std::uint64_t) + FeedId::kSize))}};
}

}  // namespace comity::community
