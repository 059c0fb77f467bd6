// SPDX-License-Identifier: EUPL-1.2
#include "node/community/posts/content_type.h"

#include <array>

namespace comity::community {
namespace {

constexpr std::array<std::string_view, 11> kTexts{"other", "post",  "reply",  "edit",    "reaction", "accept",
                                                  "wiki",  "stamp", "update", "profile", "withdraw"};

}  // namespace

ContentType content_type(std::string_view type) noexcept {
  constexpr auto kLast = static_cast<std::size_t>(ContentType::kProfile);
  for (std::size_t i = 1; i <= kLast; ++i) {
    if (kTexts.at(i) == type) return static_cast<ContentType>(i);
  }
  return ContentType::kOther;
}

std::string_view content_type_text(ContentType type) noexcept {
  const auto number = static_cast<std::size_t>(type);
  return number < kTexts.size() ? kTexts.at(number) : kTexts[0];
}

bool begins_thread(ContentType type) noexcept {
  return type == ContentType::kPost || type == ContentType::kWiki || type == ContentType::kUpdate;
}

}  // namespace comity::community
