// SPDX-License-Identifier: EUPL-1.2
#include "node/runtime/endpoint.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>

#include <arpa/inet.h>

namespace comity::runtime {
namespace {

using proto::Code;
using proto::Error;
using proto::Result;

constexpr std::size_t kNameCharacters = 253;  // RFC 1035 section 2.3.4, without the root
constexpr std::size_t kLabelCharacters = 63;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_name_character(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-';
}

bool is_label(std::string_view label) noexcept {
  return !label.empty() && label.size() <= kLabelCharacters && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), is_name_character);
}

/// A name of RFC 1123. One whose last label starts with a digit is refused: resolvers read such names as
/// addresses in ways that differ ("127.1", "0x7f000001").
bool is_name(std::string_view host) noexcept {
  if (host.empty() || host.size() > kNameCharacters) return false;
  for (;;) {
    const std::size_t dot = host.find('.');
    const std::string_view label = host.substr(0, dot);
    if (!is_label(label)) return false;
    if (dot == std::string_view::npos) return !is_digit(label.front());
    host.remove_prefix(dot + 1);
  }
}

std::optional<std::string> as_ipv4(const std::string& host) {
  in_addr address{};
  if (inet_pton(AF_INET, host.c_str(), &address) != 1) return std::nullopt;
  return host;  // inet_pton takes only four decimal numbers without leading zeros: one spelling each
}

std::optional<std::string> as_ipv6(const std::string& host) {
  in6_addr address{};
  if (inet_pton(AF_INET6, host.c_str(), &address) != 1) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    in_addr mapped{};
    std::memcpy(&mapped, address.s6_addr + 12, sizeof(mapped));
    if (inet_ntop(AF_INET, &mapped, text.data(), text.size()) == nullptr) return std::nullopt;
  } else if (inet_ntop(AF_INET6, &address, text.data(), text.size()) == nullptr) {
    return std::nullopt;
  }
  return std::string(text.data());
}

/// What is shown of hostile text in an error.
Error refusal(std::string_view text) {
  constexpr std::size_t kShown = 80;
  return Error{Code::kBadEndpoint, std::string(text.substr(0, kShown))};
}

}  // namespace

Result<Endpoint> Endpoint::make(std::string_view host, std::uint16_t port) {
  if (host.size() > kNameCharacters || host.find('\0') != std::string_view::npos) return refusal(host);
  std::string lower(host);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  Endpoint made;
  made.port_ = port;
  if (auto v4 = as_ipv4(lower)) {
    made.host_ = *std::move(v4);
  } else if (auto v6 = as_ipv6(lower)) {
    made.host_ = *std::move(v6);
  } else if (is_name(lower)) {
    made.host_ = std::move(lower);
  } else {
    return refusal(host);
  }
  return made;
}

Result<Endpoint> Endpoint::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return refusal(text);
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (failure != std::errc() || end != digits.data() + digits.size()) return refusal(text);
  if (digits.size() > 1 && digits.front() == '0') return refusal(text);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  // Brackets and colons belong together: "[name]:1" and "::1:1" are slips, not addresses.
  if (bracketed != (host.find(':') != std::string_view::npos)) return refusal(text);
  auto made = make(host, port);
  if (!made.ok()) return refusal(text);
  return made;
}

std::string Endpoint::to_string() const {
  if (host_.empty()) return "-";
  const bool ipv6 = host_.find(':') != std::string::npos;
  return (ipv6 ? "[" + host_ + "]" : host_) + ":" + std::to_string(port_);
}

}  // namespace comity::runtime
