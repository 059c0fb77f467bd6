// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <string_view>

namespace comity::community {

/// What a content is. The numbers stand in rows.
enum class ContentType : std::uint8_t {
  kOther = 0,  ///< unknown to this version, or of no interest to discussions
  kPost = 1,
  kReply = 2,
  kEdit = 3,
  kReaction = 4,
  kAccept = 5,
  kWiki = 6,
  kStamp = 7,
  kUpdate = 8,
  kProfile = 9,
  kWithdraw = 10,  ///< a WITHDRAW entry, which holds no content of its own
};

[[nodiscard]] ContentType content_type(std::string_view type) noexcept;
/// "post", "reply", …, as Content.type has it; "other", "withdraw".
[[nodiscard]] std::string_view content_type_text(ContentType type) noexcept;
/// Whether an entry of this type that names no thread begins one.
[[nodiscard]] bool begins_thread(ContentType type) noexcept;

}  // namespace comity::community
