// SPDX-License-Identifier: EUPL-1.2
#include "node/config/describe.h"

#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "node/config/check.h"

namespace comity::config {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (const auto byte = static_cast<unsigned char>(c); byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string quoted_list(std::span<const std::string_view> words) {
  std::string out;
  for (const std::string_view word : words) {
    if (!out.empty()) out += ", ";
    out += quoted(word);
  }
  return out;
}

std::string span_of(const std::string& least, const std::string& most) {
  return fmt::format("from {} to {}", least, most);
}

}  // namespace

std::string takes(const SettingInfo& info) {
  const std::string limits = span_of(std::to_string(info.min), std::to_string(info.max));
  std::string line =
      fmt::format("one line of text, {} to {} characters, no blank at either end", info.min, info.max);
  switch (info.kind) {
    case Kind::kText:
      if (info.rule == TextRule::kLine) return line;
      return fmt::format(
          "a short name of {} to {} characters: a lower-case letter, then lower-case letters, digits or "
          "hyphens",
          info.min, info.max);
    case Kind::kFlag:
      return "true or false";
    case Kind::kInteger:
      return "a whole number " + limits;
    case Kind::kByteSize:
      return "a size " + span_of(to_text(ByteSize{info.min}), to_text(ByteSize{info.max}));
    case Kind::kDuration:
      return "a time " +
             span_of(to_text(std::chrono::seconds{info.min}), to_text(std::chrono::seconds{info.max}));
    case Kind::kEndpoint:
      return "a host and a port from 1 to 65535";
    case Kind::kTextList:
      return fmt::format("a list of at most {} texts, each {}", info.max_items, line);
    case Kind::kPath:
      return info.secret ? "the absolute path of a file that holds the secret" : "an absolute path";
    case Kind::kChoice:
      break;
  }
  return "one of " + quoted_list(info.choices);
}

std::string to_plain(const SettingInfo& info, const Value& value) {
  struct Visitor {
    const SettingInfo& info;
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(ByteSize size) const { return to_text(size); }
    std::string operator()(std::chrono::seconds time) const { return to_text(time); }
    std::string operator()(const Endpoint& endpoint) const { return to_text(endpoint); }
    std::string operator()(Choice choice) const { return std::string(info.choices[choice.index]); }
    std::string operator()(const std::vector<std::string>& texts) const {
      const std::vector<std::string_view> views(texts.begin(), texts.end());
      return fmt::format("[{}]", quoted_list(views));
    }
  };
  return std::visit(Visitor{info}, value);
}

std::string to_toml(const SettingInfo& info, const Value& value) {
  const bool bare = info.kind == Kind::kFlag || info.kind == Kind::kInteger || info.kind == Kind::kTextList;
  return bare ? to_plain(info, value) : quoted(to_plain(info, value));
}

Value masked(const SettingInfo& info, const Value& value) {
  return info.secret && value != default_value(info) ? Value{std::string(kHidden)} : value;
}

std::string example_toml(const SettingInfo& info) {
  const std::string_view text = info.example.empty() ? info.fallback : info.example;
  if (text.empty()) return {};
  return to_toml(info, to_value(info, text).value());
}

}  // namespace comity::config
