// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "proto/bytes.h"
#include "proto/result.h"

namespace comity::api {

/// Arguments of commands. All errors are kBadArguments and name the argument.

/// "limit": 1 to bounds::kListPage, which it is when absent.
[[nodiscard]] proto::Result<std::size_t> page_limit(const boost::json::object& arguments);

/// Bytes in hexadecimal; empty when absent.
[[nodiscard]] proto::Result<proto::Bytes> hex_argument(const boost::json::object& arguments,
                                                       std::string_view name);

/// A text; nothing when absent or null.
[[nodiscard]] proto::Result<std::optional<std::string>> text_argument(const boost::json::object& arguments,
                                                                      std::string_view name);
/// The same, not empty and not absent.
[[nodiscard]] proto::Result<std::string> required_text(const boost::json::object& arguments,
                                                       std::string_view name);

/// A whole number; nothing when absent.
[[nodiscard]] proto::Result<std::optional<std::uint64_t>> number_argument(
    const boost::json::object& arguments, std::string_view name);

/// A list of texts; empty when absent.
[[nodiscard]] proto::Result<std::vector<std::string>> texts_argument(const boost::json::object& arguments,
                                                                     std::string_view name);

/// A moment in UTC: "2026-11-20T08:00:00Z", "2026-11-20T08:00Z" or "2026-11-20", which is its beginning;
/// nothing when absent.
[[nodiscard]] proto::Result<std::optional<std::chrono::sys_time<std::chrono::milliseconds>>> moment_argument(
    const boost::json::object& arguments, std::string_view name);

/// true or false; false when absent.
[[nodiscard]] proto::Result<bool> flag_argument(const boost::json::object& arguments, std::string_view name);

}  // namespace comity::api
