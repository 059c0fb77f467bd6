// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace comity::web {

/// A cookie that this server sets. Over https its name gets the prefix "__Host-", by which browsers refuse
/// one that another host or an unprotected page has set (RFC 6265bis section 4.1.3).
struct Cookie {
  std::string_view name;
  std::string value{};                        ///< letters, digits and "-._~"; empty: it is removed
  std::optional<std::chrono::seconds> age{};  ///< nothing: as long as the browser runs
  bool for_scripts = false;                   ///< readable by the pages' own script
};

inline constexpr std::string_view kSessionCookie = "comity_session";
inline constexpr std::string_view kFormCookie = "comity_form";
inline constexpr std::string_view kDeviceCookie = "comity_device";

/// The value of Set-Cookie.
[[nodiscard]] std::string set_cookie(const Cookie& cookie, bool secure);

/// The value of a cookie in a Cookie header, by the name that set_cookie() gives it; nothing as well when
/// there are two of that name: somebody else has set one.
[[nodiscard]] std::optional<std::string> find_cookie(std::string_view header, std::string_view name,
                                                     bool secure);

/// The value of a cookie that readers choose by a form: letters, digits and "_-+/" alone, at most `most` of
/// them. `fallback` in place of anything else.
[[nodiscard]] std::string plain_value(const std::optional<std::string>& value, std::size_t most,
                                      std::string fallback);

}  // namespace comity::web
