// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <string_view>

#include "proto/result.h"

namespace comity::http {

/// Whether a caller with this Accept-Encoding takes gzip (RFC 9110 section 12.5.3).
[[nodiscard]] bool takes_gzip(std::string_view accept_encoding) noexcept;

/// How hard gzip() tries.
enum class Effort : int {
  kOnce = 9,  ///< for what is sent many times
  kEach = 1,  ///< for what is sent once: harder costs twice the time for a tenth less (decision 0048)
};

/// `text` compressed by zlib (RFC 1952). Any thread. Error kUnknown when the system gives no memory.
[[nodiscard]] proto::Result<std::string> gzip(std::string_view text, Effort effort);

/// Whether If-None-Match names `etag`, or anything (RFC 9110 section 13.1.2); by the weak comparison.
[[nodiscard]] bool none_match_holds(std::string_view if_none_match, std::string_view etag) noexcept;

}  // namespace comity::http
