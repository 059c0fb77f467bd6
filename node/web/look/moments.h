// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace comity::web {

class Words;
using Seconds = std::chrono::sys_seconds;

/// The rules of one time zone, read from the system's zone files (RFC 9636, version 2 data). Immutable.
class Zone {
 public:
  /// UTC.
  Zone() = default;
  /// The zone of a file's bytes; nothing when it is none.
  [[nodiscard]] static std::optional<Zone> read(std::string_view file);
  /// "Europe/Oslo"; UTC for a name that is none. Reads a file of at most 64 KiB; names hold no dots. The
  /// zones that were asked for lately are kept, so that a new file of the system counts when the program
  /// starts. Any thread.
  [[nodiscard]] static Zone named(std::string_view name);
  /// What it was asked for by; "UTC" for a name that was none.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  struct Local {
    std::chrono::local_seconds time{};
    std::string abbreviation{};  ///< "CET"
  };
  [[nodiscard]] Local at(Seconds moment) const;

 private:
  struct Rule {
    std::int64_t from = 0;
    std::int32_t offset = 0;
    std::string abbreviation{};
  };
  [[nodiscard]] static Zone from_file(std::string_view name);

  std::string name_ = "UTC";
  /// In the order of `from`; the first holds before it too. Nothing: UTC.
  std::shared_ptr<const std::vector<Rule>> rules_{};
};

/// A moment as a page shows it.
struct ShownMoment {
  std::string datetime{};  ///< RFC 3339, as it came
  std::string absolute{};  ///< "Tue 3 March 2026, 14:05 CET"
  std::string relative{};  ///< "5 minutes ago", "yesterday, 14:05", "3 March"
};
/// `text` is RFC 3339 in UTC; one that is none shows as it came.
[[nodiscard]] ShownMoment shown_moment(std::string_view text, const Zone& zone, Seconds now,
                                       const Words& words);

/// How a moment is told changes with time: as long as this number stays the same, shown_moment() says the
/// same of `text` in that zone. `today`: the day of `now` there, as local_day() counts.
[[nodiscard]] std::int64_t age_step(std::string_view text, Seconds now, std::int64_t today);
/// The days of the zone's own calendar, counted from 1970.
[[nodiscard]] std::int64_t local_day(const Zone& zone, Seconds moment);

/// RFC 3339 in UTC as a moment.
[[nodiscard]] std::optional<Seconds> read_moment(std::string_view text);

}  // namespace comity::web
