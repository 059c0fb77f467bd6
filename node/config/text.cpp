// SPDX-License-Identifier: EUPL-1.2
#include "node/config/text.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include <fmt/format.h>

#include "proto/bytes.h"
#include "proto/utf8.h"

namespace comity::config {
namespace {

constexpr std::size_t kShownCodePoints = 64;
// No setting is half as long: a longer word is not a slip of one, and would cost time.
constexpr std::size_t kLongestSlip = 64;
// Shorter beginnings fit too much.
constexpr std::size_t kShortestStem = 3;

bool within(char32_t value, char32_t first, char32_t last) {
  return value >= first && value <= last;
}

}  // namespace

std::optional<char32_t> next_code_point(std::string_view& text) {
  // No prefix of a sequence is UTF-8 by itself, so the first size that is holds exactly one code point.
  for (std::size_t size = 1; size <= 4 && size <= text.size(); ++size) {
    if (!proto::is_utf8(proto::as_bytes(text.substr(0, size)))) continue;
    const auto lead = static_cast<unsigned char>(text.front());
    char32_t value = size == 1 ? lead : lead & (0x7fU >> size);
    for (std::size_t i = 1; i < size; ++i) {
      value = (value << 6U) | (static_cast<unsigned char>(text[i]) & 0x3fU);
    }
    text.remove_prefix(size);
    return value;
  }
  return std::nullopt;
}

bool is_plain(char32_t code_point) {
  const bool control = code_point < 0x20 || within(code_point, 0x7f, 0x9f);
  const bool separator = within(code_point, 0x2028, 0x2029);
  const bool direction = within(code_point, 0x200e, 0x200f) || within(code_point, 0x202a, 0x202e) ||
                         within(code_point, 0x2066, 0x2069) || code_point == 0x61c;
  const bool mark = code_point == 0xfeff;
  return !control && !separator && !direction && !mark;
}

std::optional<std::size_t> count_code_points(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    if (!next_code_point(text)) return std::nullopt;
    ++count;
  }
  return count;
}

std::string shown(std::string_view text) {
  std::string out;
  for (std::size_t count = 0; !text.empty(); ++count) {
    if (count == kShownCodePoints) return out + "…";
    const std::string_view before = text;
    const auto code_point = next_code_point(text);
    if (!code_point) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
      text.remove_prefix(1);
    } else if (is_plain(*code_point)) {
      out += before.substr(0, before.size() - text.size());
    } else {
      out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(*code_point));
    }
  }
  return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> older(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], older[j - 2] + 1);
      }
    }
    older.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.size() > kLongestSlip) return std::nullopt;
  std::string lower(word);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  std::size_t best = std::clamp<std::size_t>(word.size() / 3, 1, 3) + 1;
  std::optional<std::string_view> found;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(lower, candidate);
    if (distance < best) {
      best = distance;
      found = candidate;
    }
  }
  if (found || word.size() < kShortestStem) return found;
  const auto longer =
      std::ranges::find_if(candidates, [&](auto candidate) { return candidate.starts_with(lower); });
  if (longer != candidates.end()) found = *longer;
  return found;
}

}  // namespace comity::config
