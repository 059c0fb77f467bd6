// SPDX-License-Identifier: EUPL-1.2
#include "node/config/show.h"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "node/config/describe.h"
#include "node/config/text.h"

namespace comity::config {
namespace {

namespace json = boost::json;

json::value to_json(const SettingInfo& info, const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) return json::value_from(*texts);
  return json::string(to_plain(info, value));
}

}  // namespace

std::string show_text(const Table& table, std::string_view file, const std::vector<Value>& values,
                      const std::vector<Origin>& origins) {
  std::vector<std::string> left;
  std::size_t width = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const SettingInfo& info = table.settings[i];
    left.push_back(fmt::format("{} = {}", info.name(), to_toml(info, masked(info, values[i]))));
    width = std::max(width, count_code_points(left.back()).value_or(0));
  }
  std::string out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string padding(width - count_code_points(left[i]).value_or(0), ' ');
    const std::string origin =
        origins[i].from_file ? fmt::format("{}:{}", file, origins[i].at.line) : "default";
    out += fmt::format("{}{}   # {}\n", left[i], padding, origin);
  }
  return out;
}

std::string show_json(const Table& table, std::string_view file, const std::vector<Value>& values,
                      const std::vector<Origin>& origins) {
  json::object settings;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const SettingInfo& info = table.settings[i];
    json::object row;
    row["value"] = to_json(info, masked(info, values[i]));
    row["origin"] = origins[i].from_file ? "file" : "default";
    if (origins[i].from_file) row["line"] = origins[i].at.line;
    row["change"] = info.reload == Reload::kLive ? "live" : "restart";
    settings[info.name()] = std::move(row);
  }
  return json::serialize(json::object{{"file", file}, {"settings", std::move(settings)}}) + "\n";
}

std::string show_text(const Loaded& loaded) {
  return show_text(settings_table(), loaded.file, values_of(loaded.settings), loaded.origins);
}

std::string show_json(const Loaded& loaded) {
  return show_json(settings_table(), loaded.file, values_of(loaded.settings), loaded.origins);
}

}  // namespace comity::config
