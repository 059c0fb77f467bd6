// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <span>
#include <string_view>

namespace comity::web {

/// A template of a page, with what it takes over from others in place.
struct EmbeddedTemplate {
  std::string_view name;  ///< "thread"
  std::string_view text;
};

/// A file that pages refer to. Its name changes with its bytes, so it may be kept for ever.
struct EmbeddedAsset {
  std::string_view name;         ///< "comity.css": what templates call it
  std::string_view hashed_name;  ///< "comity.1f2e3d4c5b6a7988.css": the last part of its address
  std::string_view type;         ///< media type
  std::string_view bytes;
};

/// What the build made of templates/, words.en, style/, script/ and the icons (embed.py). Any thread.
[[nodiscard]] std::span<const EmbeddedTemplate> embedded_templates();
[[nodiscard]] std::span<const EmbeddedAsset> embedded_assets();
[[nodiscard]] std::string_view embedded_words();

/// An asset by the last part of its address; nullptr when there is none.
[[nodiscard]] const EmbeddedAsset* asset_at(std::string_view hashed_name);
/// The last part of the address of an asset, by the name that templates use; empty when there is none.
[[nodiscard]] std::string_view asset_address(std::string_view name);

}  // namespace comity::web
