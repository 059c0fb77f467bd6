// SPDX-License-Identifier: EUPL-1.2
#include "node/web/look/rendered.h"

#include <utility>

namespace comity::web {
namespace {

/// The place and the whole text: equal ones are equal pages.
std::string key_of(std::string_view text, const MarkdownPlace& place) {
  std::string key;
  key.reserve(place.base.size() + place.space.size() + text.size() + 8);
  key.append(place.base).push_back('\0');
  key.append(place.space).push_back('\0');
  key.append(std::to_string(place.heading)).push_back(place.anchors ? '#' : '\0');
  key.append(text);
  return key;
}

}  // namespace

std::string Rendered::html(std::string_view text, const MarkdownPlace& place) {
  std::string key = key_of(text, place);
  if (const auto known = kept_.find(key)) return *known;
  auto fresh = std::make_shared<const std::string>(markdown(text, place).html);
  kept_.put(std::move(key), fresh);
  return *fresh;
}

}  // namespace comity::web
