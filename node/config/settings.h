// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "node/config/choices.h"
#include "node/config/parse.h"
#include "node/config/setting.h"
#include "node/config/value.h"
#include "proto/result.h"

namespace comity::config {

/// What the operator chose: one member a row of node/config/settings.def, which says what each means.
/// A new one holds the defaults; settings that have none are empty. A plain value without locks.
struct Settings {
  Settings();

#define COMITY_SECTION(section, Type, title) struct Type {
#define COMITY_SETTING(section, key, type, fallback, ...) type key{};
#define COMITY_SECTION_END(section, Type)                     \
  friend bool operator==(const Type&, const Type&) = default; \
  }                                                           \
  section;
#include "node/config/settings.def"
#undef COMITY_SECTION
#undef COMITY_SETTING
#undef COMITY_SECTION_END

  friend bool operator==(const Settings&, const Settings&) = default;
};

/// The rows of node/config/settings.def.
[[nodiscard]] const Table& settings_table() noexcept;

/// The row named "section.key", or nothing: for the help of a flag that sets it.
[[nodiscard]] const SettingInfo* find_setting(std::string_view name) noexcept;

/// The values of `settings`, one a row of the table.
[[nodiscard]] std::vector<Value> values_of(const Settings& settings);

/// Sets the row with this index. Precondition: the value has the row's type, as values_of() gave it.
void set_value(Settings& settings, std::size_t row, const Value& value);

/// Sets one setting from plain text without quotes, as a flag of a command states it.
/// Errors: kConfigUnknown, kConfigType, kConfigValue; `settings` is then unchanged.
[[nodiscard]] proto::Status assign(Settings& settings, std::string_view name, std::string_view text);

/// The outcome of reading a settings file.
struct Loaded {
  std::string file;             ///< as errors name it
  Settings settings;            ///< to be used only without problems: a wrong row holds its default
  std::vector<Origin> origins;  ///< one a row of the table
  std::vector<Problem> problems;

  [[nodiscard]] bool ok() const noexcept { return problems.empty(); }
  /// Every problem as the error that a person reads, in the order of the file.
  [[nodiscard]] std::vector<proto::Error> errors() const;
};

/// Reads the text of a settings file; `file` is its name in errors.
[[nodiscard]] Loaded parse_settings(std::string_view text, std::string file);

/// Reads a settings file. One that cannot be read is a problem of the outcome (kConfigUnreadable). Blocks on
/// the disk.
[[nodiscard]] Loaded load_settings(const std::filesystem::path& file);

}  // namespace comity::config
