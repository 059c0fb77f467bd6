// SPDX-License-Identifier: EUPL-1.2
#include "node/web/look/rendered.h"

#include <utility>

namespace comity::web {
namespace {

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
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = by_key_.find(key); known != by_key_.end()) {
      newest_first_.splice(newest_first_.begin(), newest_first_, known->second);
      return known->second->html;
    }
  }
  std::string html = markdown(text, place).html;
  const std::size_t size = key.size() + html.size();
  const std::lock_guard lock(mutex_);
  // Another thread may have been as quick.
  if (size > most_ || by_key_.contains(key)) return html;
  newest_first_.push_front({std::move(key), html});
  by_key_.emplace(newest_first_.front().key, newest_first_.begin());
  bytes_ += size;
  while (bytes_ > most_)
    drop_oldest();
  return html;
}

std::size_t Rendered::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

void Rendered::drop_oldest() {
  const One& oldest = newest_first_.back();
  bytes_ -= oldest.key.size() + oldest.html.size();
  by_key_.erase(oldest.key);
  newest_first_.pop_back();
}

}  // namespace comity::web
