// SPDX-License-Identifier: EUPL-1.2
#include "node/config/settings.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "node/config/check.h"
#include "node/config/text.h"

namespace comity::config {
namespace {

constexpr std::int64_t kMebibyte = std::int64_t{1} << 20;

template <class T>
constexpr Kind kind_of() {
  if constexpr (std::is_enum_v<T>) return Kind::kChoice;
  if constexpr (std::is_same_v<T, std::string>) return Kind::kText;
  if constexpr (std::is_same_v<T, bool>) return Kind::kFlag;
  if constexpr (std::is_same_v<T, std::int64_t>) return Kind::kInteger;
  if constexpr (std::is_same_v<T, ByteSize>) return Kind::kByteSize;
  if constexpr (std::is_same_v<T, std::chrono::seconds>) return Kind::kDuration;
  if constexpr (std::is_same_v<T, Endpoint>) return Kind::kEndpoint;
  if constexpr (std::is_same_v<T, std::vector<std::string>>) return Kind::kTextList;
  if constexpr (std::is_same_v<T, std::filesystem::path>) return Kind::kPath;
}

template <class T>
constexpr std::span<const std::string_view> choices_of() {
  if constexpr (std::is_enum_v<T>) return kWords<T>;
  return {};
}

template <class T>
Value to_value_of(const T& field) {
  if constexpr (std::is_enum_v<T>) {
    return Choice{static_cast<std::size_t>(field)};
  } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
    return field.string();
  } else {
    return field;
  }
}

template <class T>
void set_field(T& field, const Value& value) {
  if constexpr (std::is_enum_v<T>) {
    field = static_cast<T>(std::get<Choice>(value).index);
  } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
    field = std::get<std::string>(value);
  } else {
    field = std::get<T>(value);
  }
}

#define COMITY_SECTION_END(section, Type)

constexpr auto kSections = std::to_array<SectionInfo>({
#define COMITY_SECTION(section, Type, title) SectionInfo{#section, title},
#define COMITY_SETTING(section, key, type, fallback, ...)
#include "node/config/settings.def"
#undef COMITY_SECTION
#undef COMITY_SETTING
});

#define COMITY_SECTION(section, Type, title)

constexpr auto kSettings = std::to_array<SettingInfo>({
#define COMITY_SETTING(section_name, key_name, type, fallback_text, ...) \
  SettingInfo{.section = #section_name,                                  \
              .key = #key_name,                                          \
              .kind = kind_of<type>(),                                   \
              .choices = choices_of<type>(),                             \
              .fallback = fallback_text,                                 \
              __VA_ARGS__},
#include "node/config/settings.def"
#undef COMITY_SETTING
});

// How each row reaches its member of Settings.
struct Access {
  Value (*get)(const Settings&);
  void (*set)(Settings&, const Value&);
};

constexpr auto kAccess = std::to_array<Access>({
#define COMITY_SETTING(section, key, type, fallback, ...)                                  \
  Access{[](const Settings& settings) { return to_value_of<type>(settings.section.key); }, \
         [](Settings& settings, const Value& value) { set_field<type>(settings.section.key, value); }},
#include "node/config/settings.def"
#undef COMITY_SETTING
});

#undef COMITY_SECTION
#undef COMITY_SECTION_END

constexpr Table kTable{kSections, kSettings};

}  // namespace

Settings::Settings() {
  for (std::size_t i = 0; i < kSettings.size(); ++i)
    kAccess[i].set(*this, default_value(kSettings[i]));
}

const Table& settings_table() noexcept {
  return kTable;
}

const SettingInfo* find_setting(std::string_view name) noexcept {
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos) return nullptr;
  const auto row = std::ranges::find_if(kSettings, [&](const SettingInfo& setting) {
    return setting.section == name.substr(0, dot) && setting.key == name.substr(dot + 1);
  });
  return row == kSettings.end() ? nullptr : &*row;
}

std::vector<Value> values_of(const Settings& settings) {
  std::vector<Value> values;
  values.reserve(kAccess.size());
  for (const Access& access : kAccess)
    values.push_back(access.get(settings));
  return values;
}

void set_value(Settings& settings, std::size_t row, const Value& value) {
  kAccess.at(row).set(settings, value);
}

proto::Status assign(Settings& settings, std::string_view name, std::string_view text) {
  const SettingInfo* setting = find_setting(name);
  if (setting == nullptr) return proto::Error{proto::Code::kConfigUnknown, shown(name)};
  COMITY_TRY(const Value value, to_value(*setting, text));
  kAccess[static_cast<std::size_t>(setting - kSettings.data())].set(settings, value);
  return {};
}

Loaded parse_settings(std::string_view text, std::string file) {
  Parsed parsed = parse_values(kTable, text);
  Loaded loaded{std::move(file), {}, std::move(parsed.origins), std::move(parsed.problems)};
  for (std::size_t i = 0; i < kAccess.size(); ++i)
    kAccess[i].set(loaded.settings, parsed.values[i]);
  return loaded;
}

std::vector<proto::Error> Loaded::errors() const {
  std::vector<proto::Error> errors;
  for (const Problem& problem : problems)
    errors.push_back(to_error(file, problem));
  return errors;
}

}  // namespace comity::config
