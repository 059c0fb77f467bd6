// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/cookies.h"

#include <algorithm>

namespace comity::web {
namespace {

std::string full_name(std::string_view name, bool secure) {
  return (secure ? "__Host-" : "") + std::string(name);
}

}  // namespace

std::string set_cookie(const Cookie& cookie, bool secure) {
  std::string out = full_name(cookie.name, secure) + "=" + cookie.value + "; Path=/; SameSite=Lax";
  if (!cookie.for_scripts) out += "; HttpOnly";
  if (secure) out += "; Secure";
  if (cookie.value.empty()) {
    out += "; Max-Age=0";
  } else if (cookie.age) {
    out += "; Max-Age=" + std::to_string(cookie.age->count());
  }
  return out;
}

std::optional<std::string> find_cookie(std::string_view header, std::string_view name, bool secure) {
  const std::string wanted = full_name(name, secure);
  std::optional<std::string> found;
  while (!header.empty()) {
    const std::size_t end = header.find(';');
    std::string_view pair = header.substr(0, end);
    header.remove_prefix(end == std::string_view::npos ? header.size() : end + 1);
    while (!pair.empty() && pair.front() == ' ')
      pair.remove_prefix(1);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || pair.substr(0, equals) != wanted) continue;
    if (found) return std::nullopt;
    found = std::string(pair.substr(equals + 1));
  }
  return found;
}

std::string plain_value(const std::optional<std::string>& value, std::size_t most, std::string fallback) {
  const auto harmless = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '+' || c == '/';
  };
  if (!value || value->empty() || value->size() > most || !std::ranges::all_of(*value, harmless))
    return fallback;
  return *value;
}

}  // namespace comity::web
