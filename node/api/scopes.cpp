// SPDX-License-Identifier: EUPL-1.2
#include "node/api/scopes.h"

#include <array>
#include <string_view>
#include <utility>

namespace comity::api {
namespace {

constexpr std::array<std::pair<std::string_view, std::uint32_t>, 4> kWords{
    {{"read", kScopeRead},
     {"write", kScopeWrite},
     {"admin", kScopeAdmin},
     {"syndication", kScopeSyndication}}};

}  // namespace

std::optional<std::uint32_t> parse_scopes(const std::vector<std::string>& words) {
  std::uint32_t out = 0;
  for (const std::string& word : words) {
    std::uint32_t bit = 0;
    for (const auto& [name, value] : kWords) {
      if (name == word) bit = value;
    }
    if (bit == 0) return std::nullopt;
    out |= bit;
  }
  return out;
}

boost::json::array scopes_json(std::uint32_t scopes) {
  boost::json::array out;
  for (const auto& [name, value] : kWords) {
    if ((scopes & value) != 0) out.push_back(boost::json::string(name));
  }
  return out;
}

}  // namespace comity::api
