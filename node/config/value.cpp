// SPDX-License-Identifier: EUPL-1.2
#include "node/config/value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <span>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "node/config/text.h"

namespace comity::config {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

// Largest first: the writer takes the first unit that divides the number.
constexpr std::array kByteUnits{Unit{"TiB", std::int64_t{1} << 40}, Unit{"GiB", std::int64_t{1} << 30},
                                Unit{"MiB", std::int64_t{1} << 20}, Unit{"KiB", std::int64_t{1} << 10},
                                Unit{"B", 1}};
constexpr std::array kTimeUnits{Unit{"d", 86'400}, Unit{"h", 3'600}, Unit{"m", 60}, Unit{"s", 1}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<std::int64_t> parse_with_unit(std::string_view text, std::span<const Unit> units) {
  std::int64_t number = 0;
  // from_chars takes a minus sign, which no amount has.
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{}) return std::nullopt;
  const std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
  const auto unit = std::ranges::find(units, name, &Unit::name);
  if (unit == units.end() || number > std::numeric_limits<std::int64_t>::max() / unit->factor) {
    return std::nullopt;
  }
  return number * unit->factor;
}

std::string with_unit(std::int64_t amount, std::span<const Unit> units) {
  if (amount == 0) return fmt::format("0{}", units.back().name);
  const auto divides = [amount](const Unit& unit) { return amount % unit.factor == 0; };
  const auto unit = std::ranges::find_if(units, divides);
  return fmt::format("{}{}", amount / unit->factor, unit->name);
}

bool is_address(int family, std::string_view host) {
  std::array<unsigned char, 16> address{};
  return inet_pton(family, std::string(host).c_str(), address.data()) == 1;
}

bool is_label(std::string_view label) {
  const auto allowed = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  };
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, allowed);
}

bool is_name(std::string_view host) {
  if (host.size() > 253) return false;
  std::string_view last;
  for (const std::string_view label : split(host, '.')) {
    if (!is_label(label)) return false;
    last = label;
  }
  // A name whose last label is a number is a mistyped IPv4 address.
  return !last.empty() && !std::ranges::all_of(last, is_digit);
}

}  // namespace

std::optional<ByteSize> parse_byte_size(std::string_view text) {
  const auto bytes = parse_with_unit(text, kByteUnits);
  if (!bytes) return std::nullopt;
  return ByteSize{*bytes};
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  const auto seconds = parse_with_unit(text, kTimeUnits);
  if (!seconds) return std::nullopt;
  return std::chrono::seconds{*seconds};
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);

  std::uint16_t port = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (failure != std::errc{} || end != digits.data() + digits.size() || port == 0) return std::nullopt;

  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return std::nullopt;
    host = host.substr(1, host.size() - 2);
    if (!is_address(AF_INET6, host)) return std::nullopt;
  } else if (!is_address(AF_INET, host) && !is_name(host)) {
    return std::nullopt;
  }
  return Endpoint{std::string(host), port};
}

std::string to_text(ByteSize size) {
  return with_unit(size.bytes, kByteUnits);
}

std::string to_text(std::chrono::seconds duration) {
  return with_unit(duration.count(), kTimeUnits);
}

std::string to_text(const Endpoint& endpoint) {
  if (endpoint.empty()) return {};
  const bool brackets = endpoint.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", brackets ? "[" : "", endpoint.host, brackets ? "]" : "", endpoint.port);
}

}  // namespace comity::config
