// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "proto/ids.h"

namespace comity::home {

/// Wall-clock time, always handed in.
using Moment = std::chrono::sys_time<std::chrono::milliseconds>;

/// The file "instance": whose directory this is, and which installation of it. Written last at init, so that
/// a directory without one was never finished.
struct Marker {
  proto::AgencyId agency;
  proto::InstanceId instance;
  Moment created;

  friend bool operator==(const Marker&, const Marker&) = default;
};

/// Lines of "key value" under a line with the version.
[[nodiscard]] std::string write_marker(const Marker& marker);

/// Errors: kHomeNewer for a later version, kHomeDamaged. `file` stands in their detail.
[[nodiscard]] proto::Result<Marker> read_marker(std::string_view text, std::string_view file);

/// The file "boots", beside the store: how often the node started, and when it last knew the time.
struct Boots {
  std::uint64_t count = 0;
  bool clean = true;  ///< the last run ended in order
  Moment seen;        ///< latest time known at the last start or end
  /// Which directory it was, see home::place_of(): a copy of it lies in another one. Empty: not known.
  std::string place{};

  friend bool operator==(const Boots&, const Boots&) = default;
};

[[nodiscard]] std::string write_boots(const Boots& boots);
/// Errors as read_marker().
[[nodiscard]] proto::Result<Boots> read_boots(std::string_view text, std::string_view file);

/// Clock jumps that a start asks about: back by more than a day since the node last knew the time, or ahead
/// by more than a year. Both would end agreements, or revive ended ones. Error kClockFar.
[[nodiscard]] proto::Status check_clock(Moment now, Moment seen);

}  // namespace comity::home
