// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace comity::config {

/// A number of bytes, so that no plain number is mistaken for one.
struct ByteSize {
  std::int64_t bytes = 0;

  friend bool operator==(const ByteSize&, const ByteSize&) = default;
};

/// A host (name, IPv4 address, or IPv6 address without brackets) and a TCP port. Empty when none is set.
struct Endpoint {
  std::string host{};
  std::uint16_t port = 0;

  [[nodiscard]] bool empty() const noexcept { return host.empty(); }
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// The place of a word in the choices of its setting.
struct Choice {
  std::size_t index = 0;

  friend bool operator==(const Choice&, const Choice&) = default;
};

/// Any value that a setting can hold. Paths travel as strings until they reach the Settings.
using Value = std::variant<std::string, bool, std::int64_t, ByteSize, std::chrono::seconds, Endpoint, Choice,
                           std::vector<std::string>>;

/// Reads "0B", "64KiB", "512MiB", "2GiB" or "1TiB": digits and a unit, nothing between. Nothing on any other
/// text, or when the bytes do not fit 63 bits.
[[nodiscard]] std::optional<ByteSize> parse_byte_size(std::string_view text);

/// Reads "30s", "10m", "72h" or "14d". Nothing on any other text, or when the seconds do not fit 63 bits.
[[nodiscard]] std::optional<std::chrono::seconds> parse_duration(std::string_view text);

/// Reads "host:port": the host a DNS name (RFC 1123), an IPv4 address or an IPv6 address in brackets, the
/// port 1 to 65535. Looks nothing up. Nothing on any other text.
[[nodiscard]] std::optional<Endpoint> parse_endpoint(std::string_view text);

/// The form that the parser above reads, in the largest unit that loses nothing.
[[nodiscard]] std::string to_text(ByteSize size);
[[nodiscard]] std::string to_text(std::chrono::seconds duration);
/// "host:port", with brackets around an IPv6 address; empty for the empty endpoint.
[[nodiscard]] std::string to_text(const Endpoint& endpoint);

}  // namespace comity::config
