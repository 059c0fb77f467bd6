// SPDX-License-Identifier: EUPL-1.2
#include "node/config/check.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "node/config/describe.h"
#include "node/config/text.h"

namespace comity::config {
namespace {

using proto::Code;
using proto::Error;
using proto::Result;

// As long as Linux takes a path (PATH_MAX).
constexpr std::size_t kPathBytes = 4096;

std::string found(const Raw& raw) {
  struct Visitor {
    std::string operator()(const std::string& text) const { return '"' + shown(text) + '"'; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(const std::vector<std::string>& /*texts*/) const { return "a list"; }
    std::string operator()(const Foreign& foreign) const { return std::string(foreign.what); }
  };
  return std::visit(Visitor{}, raw);
}

Error refuse(const SettingInfo& info, Code code, std::string_view what) {
  std::string detail =
      fmt::format("{} is {}; it takes {}", info.name(), info.secret ? kHidden : what, takes(info));
  const std::string example = example_toml(info);
  if (!example.empty() && info.kind != Kind::kChoice) detail += ", as in " + example;
  if (!info.empty_means.empty()) detail += fmt::format(", or \"\" for {}", info.empty_means);
  return Error{code, std::move(detail)};
}

bool obeys(TextRule rule, std::string_view text) {
  if (rule == TextRule::kShortName) {
    const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
    const auto allowed = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-'; };
    return !text.empty() && letter(text.front()) && std::ranges::all_of(text, allowed);
  }
  if (text.starts_with(' ') || text.ends_with(' ')) return false;
  while (!text.empty()) {
    const auto code_point = next_code_point(text);
    if (!code_point || !is_plain(*code_point)) return false;
  }
  return true;
}

bool within(const SettingInfo& info, std::int64_t amount) {
  return amount >= info.min && amount <= info.max;
}

bool text_allowed(const SettingInfo& info, const std::string& text) {
  const auto characters = count_code_points(text);
  return characters && within(info, static_cast<std::int64_t>(*characters)) && obeys(info.rule, text);
}

Result<Value> take_list(const SettingInfo& info, const std::vector<std::string>& texts) {
  if (texts.size() > static_cast<std::size_t>(info.max_items)) {
    return refuse(info, Code::kConfigValue, fmt::format("a list of {} texts", texts.size()));
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (text_allowed(info, texts[i])) continue;
    return refuse(info, Code::kConfigValue,
                  fmt::format("a list whose item {} is \"{}\"", i + 1, shown(texts[i])));
  }
  return Value{texts};
}

Result<Value> take_choice(const SettingInfo& info, const std::string& word) {
  const auto place = std::ranges::find(info.choices, word);
  if (place != info.choices.end()) {
    return Value{Choice{static_cast<std::size_t>(place - info.choices.begin())}};
  }
  Error error = refuse(info, Code::kConfigValue, '"' + shown(word) + '"');
  if (const auto meant = nearest(word, info.choices))
    error.detail += fmt::format("; did you mean \"{}\"?", *meant);
  return error;
}

bool path_allowed(const std::string& text) {
  return text.starts_with('/') && text.size() <= kPathBytes && obeys(TextRule::kLine, text);
}

// The value of a setting that the file writes as a string, or nothing when it is not allowed.
std::optional<Value> read_string(const SettingInfo& info, const std::string& text) {
  switch (info.kind) {
    case Kind::kText:
      if (text_allowed(info, text)) return Value{text};
      break;
    case Kind::kPath:
      if (path_allowed(text)) return Value{text};
      break;
    case Kind::kByteSize:
      if (const auto size = parse_byte_size(text); size && within(info, size->bytes)) return Value{*size};
      break;
    case Kind::kDuration:
      if (const auto time = parse_duration(text); time && within(info, time->count())) return Value{*time};
      break;
    case Kind::kEndpoint:
      if (auto endpoint = parse_endpoint(text)) return Value{*std::move(endpoint)};
      break;
    case Kind::kFlag:
    case Kind::kInteger:
    case Kind::kTextList:
    case Kind::kChoice:
      break;
  }
  return std::nullopt;
}

Result<Value> take_string(const SettingInfo& info, const std::string& text) {
  if (text.empty() && !info.empty_means.empty()) {
    return info.kind == Kind::kEndpoint ? Value{Endpoint{}} : Value{std::string()};
  }
  if (info.kind == Kind::kChoice) return take_choice(info, text);
  if (auto value = read_string(info, text)) return *std::move(value);
  return refuse(info, Code::kConfigValue, found(Raw{text}));
}

Raw raw_from_text(Kind kind, std::string_view text) {
  if (kind == Kind::kFlag && (text == "true" || text == "false")) return text == "true";
  if (kind == Kind::kInteger) {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec == std::errc{} && parsed.ptr == end) return number;
  }
  if (kind == Kind::kTextList) {
    std::vector<std::string> texts;
    for (const std::string_view part : split(text, ','))
      texts.emplace_back(part);
    return texts;
  }
  return std::string(text);
}

}  // namespace

Result<Value> to_value(const SettingInfo& info, const Raw& raw) {
  switch (info.kind) {
    case Kind::kFlag:
      if (const bool* flag = std::get_if<bool>(&raw)) return Value{*flag};
      break;
    case Kind::kInteger:
      if (const auto* number = std::get_if<std::int64_t>(&raw)) {
        if (within(info, *number)) return Value{*number};
        return refuse(info, Code::kConfigValue, found(raw));
      }
      break;
    case Kind::kTextList:
      if (const auto* texts = std::get_if<std::vector<std::string>>(&raw)) return take_list(info, *texts);
      break;
    case Kind::kText:
    case Kind::kPath:
    case Kind::kByteSize:
    case Kind::kDuration:
    case Kind::kEndpoint:
    case Kind::kChoice:
      if (const auto* text = std::get_if<std::string>(&raw)) return take_string(info, *text);
      break;
  }
  return refuse(info, Code::kConfigType, found(raw));
}

Result<Value> to_value(const SettingInfo& info, std::string_view text) {
  return to_value(info, raw_from_text(info.kind, text));
}

Value default_value(const SettingInfo& info) {
  if (!info.fallback.empty()) return to_value(info, info.fallback).value();
  if (info.kind == Kind::kEndpoint) return Endpoint{};
  if (info.kind == Kind::kTextList) return std::vector<std::string>{};
  return std::string();
}

}  // namespace comity::config
