// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proto/result.h"

namespace comity::web {

/// Most fields of one form or query.
inline constexpr std::size_t kMostFields = 256;

/// Decodes %XX, and '+' as a space where `plus_is_space`. Nothing for a broken escape, for bytes that are no
/// UTF-8, and for U+0000. Any thread.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

/// Everything but letters, digits and "-._~" becomes %XX (RFC 3986 section 2.3).
[[nodiscard]] std::string percent_encode(std::string_view text);

/// Where to go after signing in: a path of ours, whatever `wanted` says.
[[nodiscard]] std::string safe_next(std::string_view wanted);

/// Names and values in their order, as a form or a query sends them.
class Form {
 public:
  /// Reads application/x-www-form-urlencoded (URL Standard). Error kWebField for what cannot be read and for
  /// more than kMostFields fields.
  [[nodiscard]] static proto::Result<Form> parse(std::string_view text);

  /// The first value of that name.
  [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& rows() const noexcept {
    return rows_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> rows_;
};

}  // namespace comity::web
