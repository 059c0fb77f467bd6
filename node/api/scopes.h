// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/array.hpp>

namespace comity::api {

/// What a token allows, one bit each. The numbers stand in rows.
inline constexpr std::uint32_t kScopeRead = 1;
inline constexpr std::uint32_t kScopeWrite = 2;  ///< to write in the name of the person
inline constexpr std::uint32_t kScopeAdmin = 4;  ///< what the operator's pages show; administrators only
inline constexpr std::uint32_t kScopeSyndication = 8;  ///< Atom feeds, and nothing else

/// "read", "write", "admin", "syndication". Nothing for another word.
[[nodiscard]] std::optional<std::uint32_t> parse_scopes(const std::vector<std::string>& words);
[[nodiscard]] boost::json::array scopes_json(std::uint32_t scopes);

}  // namespace comity::api
