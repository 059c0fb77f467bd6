// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace comity::proto {

/// Every expected failure of Comity. The number is printed as CMY-nnnn, is part of the interface, and is
/// never given to another meaning. The list with its sentences stands in proto/error_codes.def.
enum class Code : std::uint16_t {
#define COMITY_ERROR(name, number, sentence, next_step) name = number,
#include "proto/error_codes.def"
#undef COMITY_ERROR
};

/// What a code says to a person.
struct CodeText {
  Code code;
  std::string_view name;       ///< the enumerator, as in "kBadHex"
  std::string_view sentence;   ///< what happened, without a full stop
  std::string_view next_step;  ///< what to do about it; may be empty
};

/// The text of `code`. Throws std::out_of_range for a number that no code has: nothing else makes a Code.
[[nodiscard]] const CodeText& describe(Code code);

/// The code with this number, when there is one.
[[nodiscard]] std::optional<Code> code_from_number(std::uint16_t number) noexcept;

/// An expected failure: its code, and the particulars of this case (a file, a position, a name).
/// Never holds a secret or content. The default constructed one is kUnknown.
struct Error {
  Code code = Code::kUnknown;
  std::string detail{};

  friend bool operator==(const Error&, const Error&) = default;
};

/// "CMY-1003", always four digits.
[[nodiscard]] std::string code_label(Code code);

/// "CMY-1003: sentence (detail). next step" on one line; control characters in the detail are escaped.
[[nodiscard]] std::string to_string(const Error& error);

}  // namespace comity::proto
