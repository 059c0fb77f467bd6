// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <string_view>

#include "node/web/look/markdown.h"

namespace comity::web {

/// A piece of running text as HTML: escaped, and @maria, @maria@health, #tag and [[page]] or [[page|words]]
/// linked. What begins inside a word is no name.
[[nodiscard]] std::string with_names(std::string_view text, const MarkdownPlace& place);

/// Words as the end of an address: letters and digits of any language in lower case where they are ASCII, "-"
/// for all else; "part" when nothing is left.
[[nodiscard]] std::string anchor_text(std::string_view title);

/// The beginning of a text of at most so many bytes that cuts no letter in two.
[[nodiscard]] std::string_view whole_letters(std::string_view text, std::size_t most);

}  // namespace comity::web
