// SPDX-License-Identifier: EUPL-1.2
#include "node/web/look/moments.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>

#include "node/web/look/words.h"

namespace comity::web {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kMostZoneFile = 65536;
constexpr std::size_t kMostRules = 4096;

/// Big-endian numbers of a zone file, one after another.
class Numbers {
 public:
  explicit Numbers(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] bool has(std::size_t count) const { return bytes_.size() >= count; }
  std::int64_t next(std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t at = 0; at < size; ++at)
      value = value << 8U | static_cast<unsigned char>(bytes_[at]);
    bytes_.remove_prefix(size);
    return size == 4 ? static_cast<std::int32_t>(static_cast<std::uint32_t>(value))
                     : static_cast<std::int64_t>(value);
  }
  std::string_view take(std::size_t size) {
    const std::string_view out = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return out;
  }

 private:
  std::string_view bytes_;
};

struct Counts {
  std::size_t isut, isstd, leap, time, type, chars;
};

std::optional<Counts> header(Numbers& in) {
  if (!in.has(44) || in.take(4) != "TZif") return std::nullopt;
  in.take(16);
  const auto count = [&] { return static_cast<std::size_t>(static_cast<std::uint32_t>(in.next(4))); };
  Counts out{};
  for (std::size_t* const one : {&out.isut, &out.isstd, &out.leap, &out.time, &out.type, &out.chars})
    *one = count();
  if (out.time > kMostRules || out.type > 256 || out.chars > kMostRules || out.leap > kMostRules)
    return std::nullopt;
  return out;
}

constexpr std::string_view kMonths[] = {"january",   "february", "march",    "april",
                                        "may",       "june",     "july",     "august",
                                        "september", "october",  "november", "december"};
constexpr std::string_view kDays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

std::string two(unsigned number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

}  // namespace

std::optional<Zone> Zone::read(std::string_view file) {
  Numbers in(file);
  const auto old = header(in);
  if (!old) return std::nullopt;
  // Version 1 data with 32-bit times come first and are passed over.
  const std::size_t skipped =
      old->time * 5 + old->type * 6 + old->chars + old->leap * 8 + old->isstd + old->isut;
  if (!in.has(skipped)) return std::nullopt;
  in.take(skipped);
  const auto counts = header(in);
  if (!counts || counts->type == 0 || !in.has(counts->time * 9 + counts->type * 6 + counts->chars))
    return std::nullopt;
  std::vector<std::int64_t> times;
  for (std::size_t at = 0; at < counts->time; ++at)
    times.push_back(in.next(8));
  const std::string_view which = in.take(counts->time);
  struct Type {
    std::int32_t offset;
    std::size_t name;
  };
  std::vector<Type> types;
  for (std::size_t at = 0; at < counts->type; ++at) {
    const auto offset = static_cast<std::int32_t>(in.next(4));
    in.take(1);
    types.push_back({offset, static_cast<unsigned char>(in.take(1)[0])});
  }
  const std::string_view names = in.take(counts->chars);
  const auto rule = [&](std::int64_t from, std::size_t type) -> std::optional<Rule> {
    if (type >= types.size() || types[type].name >= names.size()) return std::nullopt;
    const std::string_view name = names.substr(types[type].name);
    return Rule{from, types[type].offset, std::string(name.substr(0, name.find('\0')))};
  };
  std::vector<Rule> rules;
  const auto first = rule(0, 0);
  if (!first) return std::nullopt;
  if (times.empty()) rules.push_back(*first);
  for (std::size_t at = 0; at < times.size(); ++at) {
    const auto next = rule(times[at], static_cast<unsigned char>(which[at]));
    if (!next) return std::nullopt;
    rules.push_back(*next);
  }
  if (!std::is_sorted(times.begin(), times.end())) return std::nullopt;
  Zone zone;
  zone.rules_ = std::make_shared<const std::vector<Rule>>(std::move(rules));
  return zone;
}

Zone Zone::named(std::string_view name) {
  // Names come from cookies: more than there are places on a page of settings are no use to anybody.
  constexpr std::size_t kMostNames = 64;
  static std::mutex mutex;
  static std::map<std::string, Zone, std::less<>> known;
  const std::lock_guard lock(mutex);
  if (const auto found = known.find(name); found != known.end()) return found->second;
  const Zone zone = from_file(name);
  if (known.size() >= kMostNames) known.clear();
  known.emplace(name, zone);
  return zone;
}

Zone Zone::from_file(std::string_view name) {
  const bool plain = !name.empty() && name.size() <= 64 && name.front() != '/' &&
                     std::all_of(name.begin(), name.end(), [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                              c == '/' || c == '_' || c == '-' || c == '+';
                     });
  if (!plain) return {};
  std::ifstream file("/usr/share/zoneinfo/" + std::string(name), std::ios::binary);
  std::string bytes(kMostZoneFile, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  Zone zone = read(bytes).value_or(Zone());
  if (zone.rules_ != nullptr) zone.name_ = name;
  return zone;
}

Zone::Local Zone::at(Seconds moment) const {
  const auto plain = std::chrono::local_seconds(moment.time_since_epoch());
  if (rules_ == nullptr) return {plain, "UTC"};
  const std::int64_t when = moment.time_since_epoch().count();
  auto next = std::upper_bound(rules_->begin(), rules_->end(), when,
                               [](std::int64_t value, const Rule& rule) { return value < rule.from; });
  const Rule& rule = next == rules_->begin() ? rules_->front() : *std::prev(next);
  return {plain + seconds(rule.offset), rule.abbreviation};
}

std::int64_t local_day(const Zone& zone, Seconds moment) {
  return std::chrono::floor<days>(zone.at(moment).time).time_since_epoch().count();
}

std::int64_t age_step(std::string_view text, Seconds now, std::int64_t today) {
  // Each kind of words has numbers of its own.
  constexpr std::int64_t kHours = 100;
  constexpr std::int64_t kDays = 1000;
  const auto moment = read_moment(text);
  if (!moment) return 0;
  const auto ago = now - *moment;
  if (ago < seconds(-60)) return -1;
  if (ago < seconds(60)) return 0;
  if (ago < hours(1)) return std::chrono::floor<minutes>(ago).count();
  if (ago < hours(6)) return kHours + std::chrono::floor<hours>(ago).count();
  return kDays + today;
}

std::optional<Seconds> read_moment(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text.back() != 'Z')
    return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t digits) {
    int out = 0;
    for (std::size_t next = at; next < at + digits; ++next)
      out = text[next] >= '0' && text[next] <= '9' && out >= 0 ? out * 10 + (text[next] - '0') : -1;
    return out;
  };
  const int parts[] = {number(0, 4), number(5, 2), number(8, 2), number(11, 2), number(14, 2), number(17, 2)};
  if (std::any_of(std::begin(parts), std::end(parts), [](int part) { return part < 0; })) return std::nullopt;
  const std::chrono::year_month_day day{std::chrono::year(parts[0]),
                                        std::chrono::month(static_cast<unsigned>(parts[1])),
                                        std::chrono::day(static_cast<unsigned>(parts[2]))};
  if (!day.ok()) return std::nullopt;
  return std::chrono::sys_days(day) + hours(parts[3]) + minutes(parts[4]) + seconds(parts[5]);
}

ShownMoment shown_moment(std::string_view text, const Zone& zone, Seconds now, const Words& words) {
  const auto moment = read_moment(text);
  if (!moment) return {std::string(text), std::string(text), std::string(text)};
  const Zone::Local local = zone.at(*moment);
  const auto day = std::chrono::floor<days>(local.time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(local.time - day);
  const auto today = std::chrono::floor<days>(zone.at(now).time);
  const std::string at = two(static_cast<unsigned>(clock.hours().count())) + ":" +
                         two(static_cast<unsigned>(clock.minutes().count()));
  const std::string number = std::to_string(static_cast<unsigned>(date.day()));
  const std::string year = std::to_string(static_cast<int>(date.year()));
  const std::string month(
      words.plain("month." + std::string(kMonths[static_cast<unsigned>(date.month()) - 1])));
  const std::string weekday(words.plain("day." + std::string(kDays[std::chrono::weekday(day).c_encoding()])));

  ShownMoment out{std::string(text),
                  words.say("time.absolute", {weekday, number, month, year, at, local.abbreviation}),
                  {}};
  const auto ago = now - *moment;
  const auto count = [](auto span) { return static_cast<std::uint64_t>(span.count()); };
  if (ago < seconds(-60))
    out.relative = words.say("time.on_year", {number, month, year});
  else if (ago < seconds(60))
    out.relative = words.plain("time.now");
  else if (ago < hours(1))
    out.relative = words.count("time.minutes", count(std::chrono::floor<minutes>(ago)));
  else if (ago < hours(6))
    out.relative = words.count("time.hours", count(std::chrono::floor<hours>(ago)));
  else if (day == today)
    out.relative = words.say("time.today", {at});
  else if (day == today - days(1))
    out.relative = words.say("time.yesterday", {at});
  else if (date.year() == std::chrono::year_month_day(today).year())
    out.relative = words.say("time.on", {number, month});
  else
    out.relative = words.say("time.on_year", {number, month, year});
  return out;
}

}  // namespace comity::web
