// SPDX-License-Identifier: EUPL-1.2
#include "node/config/write.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "node/config/check.h"
#include "node/config/describe.h"

namespace comity::config {
namespace {

constexpr std::size_t kCommentWidth = 100;

// `text` as comment lines, broken at blanks.
std::string comment(std::string_view text) {
  std::string out;
  std::size_t width = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (width == 0 || width + 1 + word.size() > kCommentWidth) {
      out += width == 0 ? "#" : "\n#";
      width = 1;
    }
    out += ' ';
    out += word;
    width += 1 + word.size();
  }
  return out + '\n';
}

std::string takes_sentence(const SettingInfo& info) {
  std::string out = takes(info);
  if (!info.empty_means.empty()) out += fmt::format(", or \"\" for {}", info.empty_means);
  return out;
}

std::string_view change_sentence(const SettingInfo& info) {
  return info.reload == Reload::kLive ? "counts as soon as the node re-reads its settings"
                                      : "counts after a restart of the node";
}

std::string setting_lines(const SettingInfo& info, const Value& value) {
  const Value fallback = default_value(info);
  std::string out = comment(fmt::format("{}.", info.meaning));
  out += comment(fmt::format("Takes: {}.", takes_sentence(info)));
  out +=
      comment(fmt::format("Default: {}.", info.required ? "none, it must be set" : to_toml(info, fallback)));
  out += comment(fmt::format("Change: {}.", change_sentence(info)));
  if (!info.danger.empty()) out += comment(fmt::format("Danger: {}.", info.danger));
  const bool stated = info.required || value != fallback;
  const bool by_example = !stated && info.fallback.empty() && !info.example.empty();
  return out + fmt::format("{}{} = {}\n", stated ? "" : "# ", info.key,
                           by_example ? example_toml(info) : to_toml(info, value));
}

std::string setting_section(const SettingInfo& info) {
  std::string out =
      fmt::format("### {}\n\n{}.\n\n- Takes: {}\n", info.name(), info.meaning, takes_sentence(info));
  out += info.required ? "- Default: none, it must be set\n"
                       : fmt::format("- Default: `{}`\n", to_toml(info, default_value(info)));
  if (!info.example.empty()) out += fmt::format("- Example: `{} = {}`\n", info.key, example_toml(info));
  out += fmt::format("- Change: {}\n", change_sentence(info));
  if (!info.danger.empty()) out += fmt::format("- Danger: {}\n", info.danger);
  return out + '\n';
}

}  // namespace

std::string render_config(const Table& table, const std::vector<Value>& values) {
  std::string out =
      comment(
          "The settings of a Comity node. A line that is a comment shows the default, or an example where "
          "there is "
          "none; take the # away to change it.") +
      comment("`comity config check` finds every mistake, `comity config show` prints what is in force.");
  for (const SectionInfo& section : table.sections) {
    out += fmt::format("\n\n{}[{}]\n", comment(fmt::format("{}.", section.title)), section.name);
    for (std::size_t i = 0; i < table.settings.size(); ++i) {
      if (table.settings[i].section == section.name)
        out += '\n' + setting_lines(table.settings[i], values[i]);
    }
  }
  return out;
}

std::string settings_reference(const Table& table) {
  std::string out =
      "<!-- SPDX-License-Identifier: EUPL-1.2 -->\n"
      "<!-- Written from node/config/settings.def by the unit test of node/config; change the table, not "
      "this "
      "file. -->\n"
      "# Settings\n\n"
      "A node reads its settings from `comity.toml` in its data directory when it starts, and again on "
      "SIGHUP. The "
      "file is TOML in UTF-8, at most 64 KiB. `comity init` writes it. An unknown name, a wrong type or a "
      "value out "
      "of its limits is an error that names line and column: `comity config check` shows all of them at "
      "once, and "
      "the node neither starts with such a file nor takes it over while it runs. `comity config show` prints "
      "every "
      "value that is in force and where it comes from.\n\n"
      "Sizes are a number and `B`, `KiB`, `MiB`, `GiB` or `TiB`; a host and port are `name:port`, "
      "`192.0.2.1:port` "
      "or `[2001:db8::1]:port`. A secret never stands in the file: the file names another that holds it.\n\n";
  for (const SectionInfo& section : table.sections) {
    out += fmt::format("## [{}]\n\n{}.\n\n", section.name, section.title);
    for (const SettingInfo& setting : table.settings) {
      if (setting.section == section.name) out += setting_section(setting);
    }
  }
  out.pop_back();
  return out;
}

std::string render_config(const Settings& settings) {
  return render_config(settings_table(), values_of(settings));
}

std::string sample_config() {
  const Table& table = settings_table();
  std::vector<Value> values = values_of(Settings());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const SettingInfo& info = table.settings[i];
    if (info.required) values[i] = to_value(info, info.example).value();
  }
  return render_config(table, values);
}

std::string settings_reference() {
  return settings_reference(settings_table());
}

}  // namespace comity::config
