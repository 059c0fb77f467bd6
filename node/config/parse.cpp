// SPDX-License-Identifier: EUPL-1.2
#include "node/config/parse.h"

#include <algorithm>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "node/config/check.h"
#include "node/config/describe.h"
#include "node/config/document.h"
#include "node/config/text.h"
#include "proto/bounds.h"

namespace comity::config {
namespace {

using proto::Code;
namespace bounds = proto::bounds;

class Reader {
 public:
  explicit Reader(const Table& table)
      : table_(table), parsed_(parse_nothing(table)), seen_(table.settings.size()) {}

  Parsed read(std::string_view text) && {
    Document document = read_document(text);
    parsed_.problems = std::move(document.problems);
    for (const SectionMark& mark : document.sections)
      check_section(mark);
    for (const Item& item : document.items)
      take(item);
    if (document.complete) find_missing(document.sections);
    put_in_order(parsed_.problems);
    return std::move(parsed_);
  }

 private:
  bool is_section(std::string_view name) const {
    return std::ranges::find(table_.sections, name, &SectionInfo::name) != table_.sections.end();
  }

  std::optional<std::size_t> row(std::string_view section, std::string_view key) const {
    for (std::size_t i = 0; i < table_.settings.size(); ++i) {
      if (table_.settings[i].section == section && table_.settings[i].key == key) return i;
    }
    return std::nullopt;
  }

  void report(Position at, Code code, std::string detail) {
    parsed_.problems.push_back({at, code, std::move(detail)});
  }

  void check_section(const SectionMark& mark) {
    if (is_section(mark.name)) return;
    std::vector<std::string_view> names;
    for (const SectionInfo& section : table_.sections)
      names.push_back(section.name);
    std::string detail = fmt::format("[{}]", shown(mark.name));
    if (const auto meant = nearest(mark.name, names)) {
      detail += fmt::format("; did you mean [{}]?", *meant);
      excuse(*meant);
    }
    report(mark.at, Code::kConfigUnknown, std::move(detail));
  }

  // What a reported slip hides is not reported as missing too.
  void excuse(std::string_view section, std::string_view key = {}) {
    for (std::size_t i = 0; i < seen_.size(); ++i) {
      const SettingInfo& setting = table_.settings[i];
      if (setting.section == section && (key.empty() || setting.key == key)) seen_[i] = true;
    }
  }

  void take(const Item& item) {
    // The header was reported; its keys would only repeat that.
    if (!item.section.empty() && !is_section(item.section)) return;
    if (item.section.empty() && is_section(item.key)) {
      excuse(item.key);
      report(item.value_at, Code::kConfigType,
             fmt::format("{} is not a value but a section, written [{}]", item.key, item.key));
      return;
    }
    const auto found = row(item.section, item.key);
    if (!found) {
      report_unknown(item);
      return;
    }
    seen_[*found] = true;
    auto value = to_value(table_.settings[*found], item.value);
    if (!value) {
      report(item.value_at, value.error().code, value.error().detail);
      return;
    }
    parsed_.values[*found] = *std::move(value);
    parsed_.origins[*found] = {true, item.value_at};
  }

  void report_unknown(const Item& item) {
    std::string detail = shown(item.key);
    if (!item.section.empty()) detail = item.section + "." + detail;
    if (const SettingInfo* meant = slip_of(item)) {
      detail += fmt::format("; did you mean {}?", meant->name());
      excuse(meant->section, meant->key);
    }
    report(item.key_at, Code::kConfigUnknown, std::move(detail));
  }

  // A slip is looked for in the same section first; then the same key elsewhere, for one in the wrong
  // section.
  const SettingInfo* slip_of(const Item& item) const {
    std::vector<std::string_view> keys;
    for (const SettingInfo& setting : table_.settings) {
      if (setting.section == item.section) keys.push_back(setting.key);
    }
    if (const auto meant = nearest(item.key, keys))
      return &table_.settings[row(item.section, *meant).value()];
    const auto elsewhere = std::ranges::find(table_.settings, item.key, &SettingInfo::key);
    return elsewhere == table_.settings.end() ? nullptr : &*elsewhere;
  }

  void find_missing(const std::vector<SectionMark>& sections) {
    for (std::size_t i = 0; i < table_.settings.size(); ++i) {
      const SettingInfo& setting = table_.settings[i];
      if (!setting.required || seen_[i]) continue;
      const auto mark = std::ranges::find(sections, setting.section, &SectionMark::name);
      report(mark == sections.end() ? Position{} : mark->at, Code::kConfigMissing,
             fmt::format("{}; for example {} = {} under [{}]", setting.name(), setting.key,
                         example_toml(setting), setting.section));
    }
  }

  const Table& table_;
  Parsed parsed_;
  std::vector<bool> seen_;  // rows that the file states, rightly or wrongly, or seems to mean
};

}  // namespace

Parsed parse_nothing(const Table& table) {
  Parsed parsed;
  for (const SettingInfo& setting : table.settings)
    parsed.values.push_back(default_value(setting));
  parsed.origins.resize(table.settings.size());
  return parsed;
}

Parsed parse_values(const Table& table, std::string_view text) {
  if (text.size() > bounds::kConfigFileBytes) {
    Parsed parsed = parse_nothing(table);
    parsed.problems.push_back(
        {{}, Code::kConfigTooLarge, fmt::format("more than {} bytes", bounds::kConfigFileBytes)});
    return parsed;
  }
  return Reader(table).read(text);
}

}  // namespace comity::config
