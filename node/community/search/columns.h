// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string_view>

namespace comity::community::search {

/// The columns of a part of the index, in their order: what people wrote, and the marks by which a search is
/// narrowed (facets.h).
inline constexpr int kTitleColumn = 0;
inline constexpr int kTextColumn = 1;
inline constexpr int kTagsColumn = 2;
inline constexpr int kFacetsColumn = 3;
inline constexpr int kColumns = 4;

/// Between two terms of one place; see kTermEnd in query.h.
inline constexpr char kSamePlace = '\x1e';
inline constexpr std::string_view kEnds = "\x1f\x1e";

}  // namespace comity::community::search
