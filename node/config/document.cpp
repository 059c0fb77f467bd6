// SPDX-License-Identifier: EUPL-1.2
// The only source that sees toml++, whose header takes long to compile.
#include "node/config/document.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "node/config/lines.h"
#include "node/config/text.h"

namespace comity::config {
namespace {

using proto::Code;

// Each costs a parse of the whole file; further ones show after these are corrected.
constexpr int kMostBrokenLines = 20;
// toml++ 3.3 descends once for each part of a dotted name and overruns its stack at some 20,000 of them.
constexpr std::size_t kMostDots = 2048;

// Reports the lines that are not UTF-8 and mends them, so that the rest can be read. Returns which they were.
std::vector<bool> mend_encoding(Lines& lines, Document& document) {
  std::vector<bool> broken(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto mended = mend(lines[i]);
    if (!mended) continue;
    const Position at{static_cast<std::uint32_t>(i + 1), mended->column};
    document.problems.push_back({at, Code::kConfigEncoding, "from here on the line is not UTF-8"});
    document.complete = false;
    broken[i] = true;
    lines[i] = std::move(mended->text);
  }
  return broken;
}

struct Failure {
  Position at;
  std::string what;       // the name when repeated
  bool repeated = false;  // a key or section that stands there already
};

Position position(const toml::source_position& at) {
  return {at.line, at.column};
}

// The text between the first and the last apostrophe, with its place.
std::pair<std::size_t, std::size_t> quotation(std::string_view what) {
  const std::size_t open = what.find('\'');
  const std::size_t close = what.rfind('\'');
  if (open == std::string_view::npos || open == close) return {what.size(), 0};
  return {open + 1, close - open - 1};
}

// toml++ says what it was doing, then what it met: "Error while parsing array: expected comma, saw 'b'". What
// it met may be a secret that someone forgot to quote.
std::string without_echo(std::string what) {
  constexpr std::string_view kPreamble = "Error while ";
  if (what.starts_with(kPreamble)) what.erase(0, kPreamble.size());
  what.erase(std::min(what.find(", saw "), what.size()));
  if (const auto [start, size] = quotation(what); size > 8) what.replace(start, size, "…");
  return what;
}

Failure describe(const toml::parse_error& error) {
  std::string what(error.description());
  const Position at = position(error.source().begin);
  if (what.find("cannot redefine existing") == std::string::npos)
    return {at, without_echo(std::move(what)), false};
  const auto [start, size] = quotation(what);
  return {at, what.substr(start, size), true};
}

std::optional<Failure> parse(std::string_view text, toml::table& table) {
  try {
    table = toml::parse(text);
    return std::nullopt;
  } catch (const toml::parse_error& error) {
    return describe(error);
  }
}

bool broken_alone(const std::string& line) {
  toml::table ignored;
  return parse(line, ignored).has_value();
}

// Takes the broken line out, a broken header with all that it heads. False when the cause may lie elsewhere.
bool take_out(Lines& lines, const Failure& failure) {
  const std::size_t broken = failure.at.line - 1;
  if (failure.at.line == 0 || broken >= lines.size()) return false;
  if (!failure.repeated && !broken_alone(lines[broken])) return false;
  const bool header = begins_with(lines[broken], '[');
  std::size_t i = broken;
  do {
    lines[i++].clear();
  } while (header && i < lines.size() && !begins_with(lines[i], '['));
  return true;
}

Problem to_problem(const Failure& failure, const Lines& lines) {
  if (!failure.repeated) return {failure.at, Code::kConfigSyntax, failure.what};
  const auto column = static_cast<std::uint32_t>(indent(lines[failure.at.line - 1]) + 1);
  return {{failure.at.line, column}, Code::kConfigDuplicate, shown(failure.what)};
}

toml::table parse_all(Lines& lines, Document& document) {
  toml::table table;
  for (int broken = 0; broken < kMostBrokenLines; ++broken) {
    const auto failure = parse(join_lines(lines), table);
    if (!failure) return table;
    document.complete = false;
    document.problems.push_back(to_problem(*failure, lines));
    if (!take_out(lines, *failure)) return {};
  }
  return {};
}

Raw raw_list(const toml::array& array) {
  std::vector<std::string> texts;
  for (const toml::node& node : array) {
    const auto* text = node.as_string();
    if (text == nullptr) return Foreign{"a list of something other than texts"};
    texts.push_back(text->get());
  }
  return texts;
}

Raw to_raw(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string:
      return node.as_string()->get();
    case toml::node_type::integer:
      return node.as_integer()->get();
    case toml::node_type::boolean:
      return node.as_boolean()->get();
    case toml::node_type::array:
      return raw_list(*node.as_array());
    case toml::node_type::table:
      return Foreign{"a section"};
    case toml::node_type::floating_point:
      return Foreign{"a number with a fraction"};
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
      return Foreign{"a date or time"};
    case toml::node_type::none:
      break;
  }
  return Foreign{"nothing"};
}

void add_item(Document& document, std::string_view section, const toml::key& key, const toml::node& node) {
  document.items.push_back({std::string(section), std::string(key.str()), position(key.source().begin),
                            position(node.source().begin), to_raw(node)});
}

void flatten(const toml::table& root, Document& document) {
  for (const auto& [name, node] : root) {
    const toml::table* section = node.as_table();
    if (section == nullptr) {
      add_item(document, "", name, node);
      continue;
    }
    document.sections.push_back({std::string(name.str()), position(node.source().begin)});
    for (const auto& [key, value] : *section)
      add_item(document, name.str(), key, value);
  }
}

Document refused(Position at, Code code, std::string detail) {
  Document document;
  document.problems.push_back({at, code, std::move(detail)});
  document.complete = false;
  return document;
}

}  // namespace

Document read_document(std::string_view text) {
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    return refused({}, Code::kConfigEncoding, "it is UTF-16");
  }
  Document document;
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  if (text.starts_with(kMark)) {
    document.problems.push_back({{1, 1}, Code::kConfigEncoding, "it begins with a byte order mark"});
    text.remove_prefix(kMark.size());
  }
  Lines lines = split_lines(text);
  if (const auto line = line_of_dot(lines, kMostDots + 1)) {
    return refused({*line, 1}, Code::kConfigSyntax,
                   fmt::format("more than {} dots outside comments", kMostDots));
  }
  const std::vector<bool> broken = mend_encoding(lines, document);
  flatten(parse_all(lines, document), document);
  // What was mended would only be reported again, as a value that nobody wrote.
  std::erase_if(document.items, [&](const Item& item) {
    const std::size_t line = item.value_at.line;
    return line != 0 && line <= broken.size() && broken[line - 1];
  });
  return document;
}

}  // namespace comity::config
