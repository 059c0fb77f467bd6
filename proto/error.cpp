// SPDX-License-Identifier: EUPL-1.2
#include "proto/error.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>

#include "proto/utf8.h"

namespace comity::proto {
namespace {

constexpr auto kTexts = std::to_array<CodeText>({
#define COMITY_ERROR(name, number, sentence, next_step) CodeText{Code::name, #name, sentence, next_step},
#include "proto/error_codes.def"
#undef COMITY_ERROR
});

const CodeText* find(std::uint16_t number) noexcept {
  for (const CodeText& text : kTexts) {
    if (static_cast<std::uint16_t>(text.code) == number) return &text;
  }
  return nullptr;
}

// Particulars may quote the other side: nothing in them may add lines to a log or turn its text round.
std::string escape_controls(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (ByteView rest = as_bytes(text); !rest.empty();) {
    const ByteView next = rest.first(std::max<std::size_t>(utf8_sequence_bytes(rest), 1));
    if (is_plain_line(next)) {
      out += as_text(next);
    } else {
      for (const std::byte b : next)
        out += fmt::format("\\x{:02x}", std::to_integer<unsigned>(b));
    }
    rest = rest.subspan(next.size());
  }
  return out;
}

}  // namespace

const CodeText& describe(Code code) {
  const CodeText* text = find(static_cast<std::uint16_t>(code));
  if (text == nullptr) throw std::out_of_range("an error code that is not in error_codes.def");
  return *text;
}

std::optional<Code> code_from_number(std::uint16_t number) noexcept {
  const CodeText* text = find(number);
  if (text == nullptr) return std::nullopt;
  return text->code;
}

std::string code_label(Code code) {
  return fmt::format("CMY-{:04}", static_cast<std::uint16_t>(code));
}

std::string to_string(const Error& error) {
  const CodeText& text = describe(error.code);
  std::string out = fmt::format("{}: {}", code_label(error.code), text.sentence);
  if (!error.detail.empty()) out += fmt::format(" ({})", escape_controls(error.detail));
  out += '.';
  if (!text.next_step.empty()) out += fmt::format(" {}.", text.next_step);
  return out;
}

}  // namespace comity::proto
