// SPDX-License-Identifier: EUPL-1.2
#include "node/config/changes.h"

#include "node/config/describe.h"

namespace comity::config {

std::vector<Change> changes(const Settings& before, const Settings& after) {
  const auto table = settings_table().settings;
  const std::vector<Value> old_values = values_of(before);
  const std::vector<Value> new_values = values_of(after);
  std::vector<Change> found;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const SettingInfo& info = table[i];
    if (old_values[i] == new_values[i]) continue;
    found.push_back({info.name(), to_toml(info, masked(info, old_values[i])),
                     to_toml(info, masked(info, new_values[i])), info.reload == Reload::kRestart});
  }
  return found;
}

Settings apply_live(const Settings& running, const Settings& wanted) {
  const auto table = settings_table().settings;
  const std::vector<Value> values = values_of(wanted);
  Settings next = running;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].reload == Reload::kLive) set_value(next, i, values[i]);
  }
  return next;
}

}  // namespace comity::config
