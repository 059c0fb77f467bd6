// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "node/web/look/markdown.h"

namespace comity::web {

/// The HTML of texts that were shown lately, since a page of fifty entries would otherwise be read as
/// Markdown for everybody who opens it. What is asked for least recently goes first. In memory only. Any
/// thread.
class Rendered {
 public:
  /// Keeps at most `most` bytes of texts and HTML together.
  explicit Rendered(std::size_t most) : most_(most) {}

  /// What markdown(text, place).html is.
  [[nodiscard]] std::string html(std::string_view text, const MarkdownPlace& place);

  [[nodiscard]] std::size_t bytes() const;

 private:
  struct One {
    std::string key;  ///< the place and the whole text: equal ones are equal pages
    std::string html;
  };
  void drop_oldest();

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::list<One> newest_first_;
  std::unordered_map<std::string_view, std::list<One>::iterator> by_key_;
  std::size_t bytes_ = 0;
};

}  // namespace comity::web
