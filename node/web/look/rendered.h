// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>
#include <string>

#include "node/web/look/kept.h"
#include "node/web/look/markdown.h"

namespace comity::web {

/// The HTML of texts that were shown lately, since a page of fifty entries would otherwise be read as
/// Markdown for everybody who opens it. In memory only. Any thread.
class Rendered {
 public:
  /// Keeps at most `most` bytes of texts and HTML together.
  explicit Rendered(std::size_t most) : kept_(most) {}

  /// What markdown(text, place).html is.
  [[nodiscard]] std::string html(std::string_view text, const MarkdownPlace& place);

  [[nodiscard]] std::size_t bytes() const { return kept_.bytes(); }

 private:
  Kept kept_;
};

}  // namespace comity::web
