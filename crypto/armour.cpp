// SPDX-License-Identifier: EUPL-1.2
#include "crypto/armour.h"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

#include "crypto/armour_line.h"
#include "crypto/base32.h"
#include "crypto/wiped_at_end.h"
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

// The lines of a text that are not empty, one at a time: a text of bare line ends must not fill the memory.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  [[nodiscard]] std::optional<Line> next() {
    while (!rest_.empty()) {
      const std::size_t end = std::min(rest_.find('\n'), rest_.size());
      const std::string_view whole = rest_.substr(0, end);
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      const std::size_t number = number_++;
      const std::string_view line = trimmed(whole, "> \t", " \t\r");
      if (!line.empty()) return Line{line, number, static_cast<std::size_t>(line.data() - whole.data())};
    }
    return std::nullopt;
  }

 private:
  std::string_view rest_;
  std::size_t number_ = 1;
};

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

// What stands between BEGIN and END.
struct Block {
  Lines lines;        // from the first on; they go on past the end
  std::size_t count;  // of the lines
};

proto::Result<Block> block(std::string_view label, std::string_view text) {
  const std::string begin = frame_words("BEGIN", label);
  const std::string end = frame_words("END", label);
  Lines lines(text);
  std::optional<Line> line = lines.next();
  while (line && !line->is(begin))
    line = lines.next();
  if (!line) return Error{Code::kArmourAbsent, {}};
  Block found{lines, 0};
  std::size_t last = line->number;
  for (line = lines.next(); line && !line->is(begin) && !line->is(end); line = lines.next()) {
    last = line->number;
    ++found.count;
  }
  if (!line || line->is(begin)) return damaged(fmt::format("the end line is missing, after line {}", last));
  if (found.count > kMostLines) return damaged(fmt::format("{} lines are too many", found.count));
  while ((line = lines.next())) {
    if (line->is(begin)) return Error{Code::kArmourTwice, fmt::format("line {}", line->number)};
  }
  return found;
}

proto::Status check_lines(std::string_view label, Block block) {
  for (std::size_t i = 0; i < block.count; ++i) {
    const Line line = block.lines.next().value();
    const ArmourPlace place{label, i, i + 1 == block.count};
    if (!armour_line_fits(place, line.text)) return explain(place, line);
  }
  return {};
}

}  // namespace

std::string armour(std::string_view label, proto::ByteView bytes) {
  std::string data = base32_encode(bytes);
  const WipedAtEnd wiped_data(data);
  if (data.empty()) throw std::invalid_argument("armour around nothing");
  const std::size_t count = (data.size() + kArmourLineData - 1) / kArmourLineData;
  const std::string begin = fmt::format("-----{}-----\n", frame_words("BEGIN", label));
  const std::string end = fmt::format("-----{}-----\n", frame_words("END", label));
  std::string text;
  text.reserve(begin.size() + data.size() + count * (kArmourLineChecksum + 1) + end.size());
  text += begin;
  for (std::size_t i = 0; i < count; ++i) {
    const auto part = std::string_view(data).substr(i * kArmourLineData, kArmourLineData);
    std::string line = armour_line({label, i, i + 1 == count}, part);
    const WipedAtEnd wiped_line(line);
    text += line;
    text += '\n';
  }
  text += end;
  if (text.size() > proto::bounds::kArmourTextBytes) throw std::invalid_argument("too much for one armour");
  return text;
}

proto::Result<proto::Bytes> dearmour(std::string_view label, std::string_view text) {
  if (text.size() > proto::bounds::kArmourTextBytes) {
    return Error{Code::kArmourTooLong, fmt::format("{} characters", text.size())};
  }
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  COMITY_TRY(Block found, block(label, text));
  COMITY_CHECK(check_lines(label, found));
  std::string data;
  const WipedAtEnd wiped_data(data);
  data.reserve(found.count * kArmourLineData);
  for (std::size_t i = 0; i < found.count; ++i) {
    const std::string_view line = found.lines.next().value().text;
    data += line.substr(0, line.size() - kArmourLineChecksum);
  }
  std::optional<proto::Bytes> bytes = base32_decode(data);
  if (!bytes || bytes->empty()) return damaged("it holds nothing");
  return *std::move(bytes);
}

}  // namespace comity::crypto
