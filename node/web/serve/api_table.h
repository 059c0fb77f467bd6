// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "node/api/scopes.h"

namespace comity::web {

/// Where a request carries an argument.
enum class Place : std::uint8_t { kPath, kQuery, kBody };
/// What it is.
enum class Type : std::uint8_t { kText, kNumber, kFlag, kTexts };

struct Argument {
  std::string_view name;
  Place place = Place::kBody;
  Type type = Type::kText;
  bool required = false;
  std::string_view about{};
};

/// One operation of the interface for programs: a method and a path that stand for a command of the node. The
/// handlers, the permission matrix and docs/openapi.json all come from these rows.
struct Operation {
  std::string_view method;
  std::string_view path;     ///< below /api/v1
  std::string_view command;  ///< empty: the server answers it itself
  std::uint32_t scope = api::kScopeRead;
  std::string_view summary{};
  std::vector<Argument> arguments{};
};

/// In the order of the document.
[[nodiscard]] std::span<const Operation> operations();

inline constexpr std::string_view kApiRoot = "/api/v1";

}  // namespace comity::web
