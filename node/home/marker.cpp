// SPDX-License-Identifier: EUPL-1.2
#include "node/home/marker.h"

#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "crypto/bech32m.h"
#include "proto/moment.h"

namespace comity::home {
namespace {

using proto::Code;
using proto::Error;
using proto::Result;

constexpr std::string_view kMarkerKind = "comity data directory ";
constexpr std::string_view kBootsKind = "comity boots ";
constexpr int kVersion = 1;
constexpr std::chrono::days kMostBack{1};
constexpr std::chrono::days kMostAhead{366};

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Takes lines of "key value" in their fixed order.
class Lines {
 public:
  Lines(std::string_view text, std::string_view file) : rest_(text), file_(file) {}

  /// The rest of the next line, which begins with `key`. Error kHomeDamaged.
  [[nodiscard]] Result<std::string_view> next(std::string_view key) {
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos || !rest_.substr(0, end).starts_with(key)) return damaged();
    const std::string_view value = rest_.substr(key.size(), end - key.size());
    rest_.remove_prefix(end + 1);
    return value;
  }
  [[nodiscard]] proto::Status version(std::string_view kind) {
    COMITY_TRY(const std::string_view text, next(kind));
    const auto version = number<int>(text);
    if (version && *version > kVersion) {
      return Error{Code::kHomeNewer,
                   fmt::format("{} has version {}, this program knows {}", file_, *version, kVersion)};
    }
    if (version != kVersion) return damaged();
    return {};
  }
  [[nodiscard]] proto::Status end() const {
    return rest_.empty() ? proto::Status() : proto::Status(damaged());
  }
  [[nodiscard]] Error damaged() const { return {Code::kHomeDamaged, std::string(file_)}; }

 private:
  std::string_view rest_;
  std::string_view file_;
};

Result<Moment> read_moment(std::string_view text, const Lines& lines) {
  const auto ms = number<std::int64_t>(text);
  if (!ms || *ms < 0) return lines.damaged();
  return Moment(std::chrono::milliseconds(*ms));
}

}  // namespace

std::string write_marker(const Marker& marker) {
  return fmt::format("{}{}\nagency {}\ninstance {}\ncreated {}\n", kMarkerKind, kVersion,
                     crypto::agency_id_text(marker.agency), marker.instance.hex(),
                     marker.created.time_since_epoch().count());
}

Result<Marker> read_marker(std::string_view text, std::string_view file) {
  Lines lines(text, file);
  COMITY_CHECK(lines.version(kMarkerKind));
  COMITY_TRY(const std::string_view agency, lines.next("agency "));
  COMITY_TRY(const std::string_view instance, lines.next("instance "));
  COMITY_TRY(const std::string_view created, lines.next("created "));
  COMITY_CHECK(lines.end());
  const auto agency_id = crypto::parse_agency_id(agency);
  const auto instance_bytes = proto::from_hex(instance);
  if (!agency_id.ok() || !instance_bytes.ok()) return lines.damaged();
  const auto instance_id = proto::InstanceId::from(*instance_bytes);
  if (!instance_id.ok()) return lines.damaged();
  COMITY_TRY(const Moment moment, read_moment(created, lines));
  return Marker{*agency_id, *instance_id, moment};
}

std::string write_boots(const Boots& boots) {
  return fmt::format("{}{}\ncount {}\nclean {}\nseen {}\nplace {}\n", kBootsKind, kVersion, boots.count,
                     boots.clean ? "yes" : "no", boots.seen.time_since_epoch().count(),
                     boots.place.empty() ? "-" : boots.place);
}

Result<Boots> read_boots(std::string_view text, std::string_view file) {
  Lines lines(text, file);
  COMITY_CHECK(lines.version(kBootsKind));
  COMITY_TRY(const std::string_view count, lines.next("count "));
  COMITY_TRY(const std::string_view clean, lines.next("clean "));
  COMITY_TRY(const std::string_view seen, lines.next("seen "));
  COMITY_TRY(const std::string_view place, lines.next("place "));
  COMITY_CHECK(lines.end());
  const auto counted = number<std::uint64_t>(count);
  if (!counted || (clean != "yes" && clean != "no")) return lines.damaged();
  COMITY_TRY(const Moment moment, read_moment(seen, lines));
  return Boots{*counted, clean == "yes", moment, place == "-" ? std::string() : std::string(place)};
}

proto::Status check_clock(Moment now, Moment seen) {
  if (now >= seen - kMostBack && now <= seen + kMostAhead) return {};
  return Error{Code::kClockFar, fmt::format("it says {}, this node last ran at {}", proto::moment_text(now),
                                            proto::moment_text(seen))};
}

}  // namespace comity::home
