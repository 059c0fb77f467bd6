// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace comity::community {

/// The text in lower case, by the rules of Unicode; as it is when it is not UTF-8. Any thread.
[[nodiscard]] std::string lower_case(std::string_view text);

/// The words of a text as they are compared: letters and digits only, without case and accents, so that
/// "Müller" is found by "muller". At most `most` of them. Any thread.
[[nodiscard]] std::vector<std::string> folded_words(std::string_view text, std::size_t most);

}  // namespace comity::community
