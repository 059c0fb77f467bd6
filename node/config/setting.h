// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace comity::config {

/// What a setting holds, and so how it is written in the file.
enum class Kind : std::uint8_t {
  kText,      ///< a string of one line
  kFlag,      ///< true or false
  kInteger,   ///< a whole number
  kByteSize,  ///< "512MiB"
  kDuration,  ///< "72h"
  kEndpoint,  ///< "host:port"
  kTextList,  ///< ["one", "two"]
  kPath,      ///< an absolute path
  kChoice,    ///< one word of several
};

/// When a change of the setting counts.
enum class Reload : std::uint8_t {
  kRestart,  ///< after the next start of the node
  kLive,     ///< at once, when the node re-reads its settings (SIGHUP)
};

/// What a text may look like beyond its length.
enum class TextRule : std::uint8_t {
  kLine,       ///< any plain characters, none of them blank at either end
  kShortName,  ///< [a-z][a-z0-9-]*: usable in addresses such as maria@health
};

/// One row of the table: everything that parser, defaults, sample file, help and documentation know of a
/// setting. All views point at literals.
struct SettingInfo {
  std::string_view section;
  std::string_view key;
  Kind kind = Kind::kText;
  /// The choices of kChoice, in the order of its enumerators.
  std::span<const std::string_view> choices{};
  /// As in the file, without quotes; lists separated by commas. Empty: nothing is set.
  std::string_view fallback;

  /// What it is, in one or two sentences without the final stop.
  std::string_view meaning{};
  /// What goes wrong with a careless value; empty when nothing does.
  std::string_view danger{};
  /// A value for sample file and error texts where the default shows none.
  std::string_view example{};
  /// What the empty value means. Empty: the setting may not be empty.
  std::string_view empty_means{};
  /// Limits, both included: characters of a text or of each text of a list, a whole number, bytes or seconds.
  std::int64_t min = 0;
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  /// At most so many texts in a list.
  std::int64_t max_items = 64;
  TextRule rule = TextRule::kLine;
  Reload reload = Reload::kRestart;
  /// There is no default: every file states it.
  bool required = false;
  /// A path to a file that holds a secret. Neither shown nor repeated in errors: someone may have written the
  /// secret in its place.
  bool secret = false;

  /// "section.key"
  [[nodiscard]] std::string name() const { return std::string(section) + "." + std::string(key); }
};

/// A section of the file.
struct SectionInfo {
  std::string_view name;
  std::string_view title;
};

/// All sections and settings, the settings in the order of their sections.
struct Table {
  std::span<const SectionInfo> sections;
  std::span<const SettingInfo> settings;
};

}  // namespace comity::config
