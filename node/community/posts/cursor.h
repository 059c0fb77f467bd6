// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <string_view>

#include "node/community/types.h"

namespace comity::community {

/// A place in the order of a space or thread: where the next page begins. Opaque to whoever gets its text.
struct PlaceCursor {
  Hlc order{};
  FeedId feed;
  Seq seq{};

  friend bool operator==(const PlaceCursor&, const PlaceCursor&) = default;
};

[[nodiscard]] std::string place_cursor_text(const PlaceCursor& cursor);
/// Error kIdRule.
[[nodiscard]] Result<PlaceCursor> parse_place_cursor(std::string_view text);

}  // namespace comity::community
