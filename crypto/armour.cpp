// SPDX-License-Identifier: EUPL-1.2
#include "crypto/armour.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "crypto/armour_line.h"
#include "crypto/base32.h"
#include "proto/bounds.h"

namespace comity::crypto {
namespace {

using proto::Code;
using proto::Error;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::string frame_words(std::string_view which, std::string_view label) {
  return fmt::format("{} COMITY {}", which, label);
}

std::string_view trimmed(std::string_view text, std::string_view front, std::string_view back) {
  text.remove_prefix(std::min(text.find_first_not_of(front), text.size()));
  return text.substr(0, text.find_last_not_of(back) + 1);  // npos + 1 is 0: nothing is left
}

// A line without what mail programs add, and where it stood.
struct Line {
  std::string_view text;
  std::size_t number;  // from 1
  std::size_t indent;  // characters taken off its front

  [[nodiscard]] bool is(std::string_view words) const { return trimmed(text, "- ", "- ") == words; }
};

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view whole = text.substr(0, end);
    const std::string_view line = trimmed(whole, "> \t", " \t\r");
    if (!line.empty()) {
      lines.push_back({line, number, static_cast<std::size_t>(line.data() - whole.data())});
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

Error damaged(std::string where) {
  return {Code::kArmourDamaged, std::move(where)};
}

constexpr std::size_t kMostLines = proto::bounds::kArmourTextBytes / kArmourLineData;

// Why `line` does not fit where it stands.
Error explain(const ArmourPlace& place, const Line& line) {
  for (std::size_t index = 0; index < kMostLines; ++index) {
    for (const bool last : {false, true}) {
      if (!armour_line_fits({place.label, index, last}, line.text)) continue;
      // Whole, but made for another place.
      if (index != place.index) {
        return damaged(fmt::format("lines are missing or out of order before line {}", line.number));
      }
      return damaged(last ? fmt::format("the lines after line {} do not belong there", line.number)
                          : fmt::format("lines are missing after line {}", line.number));
    }
  }
  const std::string damage = armour_line_damage(place, line.text, line.indent);
  return damaged(damage.empty() ? fmt::format("line {}", line.number)
                                : fmt::format("line {}, {}", line.number, damage));
}

// The lines between BEGIN and END.
proto::Result<std::vector<Line>> block(std::string_view label, const std::vector<Line>& lines) {
  const auto begins = [words = frame_words("BEGIN", label)](const Line& line) { return line.is(words); };
  const auto ends = [words = frame_words("END", label)](const Line& line) { return line.is(words); };
  const auto begin = std::ranges::find_if(lines, begins);
  if (begin == lines.end()) return Error{Code::kArmourAbsent, {}};
  const auto second = std::find_if(begin + 1, lines.end(), begins);
  const auto end = std::find_if(begin + 1, second, ends);
  if (end == second)
    return damaged(fmt::format("the end line is missing, after line {}", (second - 1)->number));
  if (second != lines.end()) return Error{Code::kArmourTwice, fmt::format("line {}", second->number)};
  return std::vector<Line>(begin + 1, end);
}

}  // namespace

std::string armour(std::string_view label, proto::ByteView bytes) {
  const std::string data = base32_encode(bytes);
  if (data.empty()) throw std::invalid_argument("armour around nothing");
  std::string text = fmt::format("-----{}-----\n", frame_words("BEGIN", label));
  const std::size_t count = (data.size() + kArmourLineData - 1) / kArmourLineData;
  for (std::size_t i = 0; i < count; ++i) {
    const auto part = std::string_view(data).substr(i * kArmourLineData, kArmourLineData);
    text += armour_line({label, i, i + 1 == count}, part) + '\n';
  }
  text += fmt::format("-----{}-----\n", frame_words("END", label));
  if (text.size() > proto::bounds::kArmourTextBytes) throw std::invalid_argument("too much for one armour");
  return text;
}

proto::Result<proto::Bytes> dearmour(std::string_view label, std::string_view text) {
  if (text.size() > proto::bounds::kArmourTextBytes) {
    return Error{Code::kArmourTooLong, fmt::format("{} characters", text.size())};
  }
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  COMITY_TRY(const std::vector<Line> lines, block(label, lines_of(text)));
  std::string data;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const ArmourPlace place{label, i, i + 1 == lines.size()};
    if (!armour_line_fits(place, lines[i].text)) return explain(place, lines[i]);
    data += lines[i].text.substr(0, lines[i].text.size() - kArmourLineChecksum);
  }
  std::optional<proto::Bytes> bytes = base32_decode(data);
  if (!bytes || bytes->empty()) return damaged("it holds nothing");
  return *std::move(bytes);
}

}  // namespace comity::crypto
