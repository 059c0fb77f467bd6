// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "proto/result.h"

namespace comity::runtime {

/// Where to listen or dial: a host (name or address) and a TCP port. One place has one spelling: names are in
/// lower case, IPv6 addresses as in RFC 5952, IPv4-mapped ones as IPv4, so that equal text means equal place.
class Endpoint {
 public:
  /// No place: the peer of a Unix-domain stream.
  Endpoint() = default;

  /// Reads "host:port": a name (RFC 1123, at most 253 characters), an IPv4 address, or an IPv6 address in
  /// brackets. Port 0 is read too: a listener then gets one from the system. Error kBadEndpoint.
  [[nodiscard]] static proto::Result<Endpoint> parse(std::string_view text);

  /// From the parts, an IPv6 `host` without brackets. Error kBadEndpoint.
  [[nodiscard]] static proto::Result<Endpoint> make(std::string_view host, std::uint16_t port);

  [[nodiscard]] const std::string& host() const noexcept { return host_; }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] bool empty() const noexcept { return host_.empty(); }

  /// What parse() reads; "-" when empty.
  [[nodiscard]] std::string to_string() const;

  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;

 private:
  std::string host_;
  std::uint16_t port_ = 0;
};

}  // namespace comity::runtime
