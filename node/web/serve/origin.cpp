// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/origin.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <arpa/inet.h>

namespace comity::web {
namespace {

using proto::Code;
using proto::Error;
using proto::Result;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return out;
}

bool same_name(std::string_view a, std::string_view b) {
  return lower(a) == lower(b);
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

bool is_address(const std::string& host) {
  std::array<std::byte, 16> bytes{};
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

/// The host without its port; an IPv6 address without brackets.
std::string bare_host(const std::string& host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find(':'));
}

bool well_formed(const std::string& host) {
  return !host.empty() && host.size() <= 300 && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':' || c == '[' ||
           c == ']';
  });
}

bool is_proxy(const std::string& address, const config::Settings& settings) {
  return std::ranges::find(settings.web.proxies, address) != settings.web.proxies.end();
}

/// The last address of the list that is no proxy of ours: those before it are the browser's own words.
std::string forwarded_for(std::string_view list, const std::string& fallback,
                          const config::Settings& settings) {
  std::string last = fallback;
  while (!list.empty()) {
    const std::size_t comma = list.rfind(',');
    const std::string address(trim(comma == std::string_view::npos ? list : list.substr(comma + 1)));
    list = comma == std::string_view::npos ? std::string_view() : list.substr(0, comma);
    if (!is_address(address)) return last;
    last = address;
    if (!is_proxy(address, settings)) return last;
  }
  return last;
}

std::size_t count(const http::Fields& fields, std::string_view name) {
  return static_cast<std::size_t>(
      std::ranges::count_if(fields.rows(), [&](const auto& row) { return same_name(row.first, name); }));
}

}  // namespace

Result<Origin> origin_of(const http::Request& request, const http::Caller& caller, bool tls,
                         const config::Settings& settings) {
  if (count(request.fields, "Host") != 1) return Error{Code::kHttpMalformed, "a request names one host"};
  Origin out{.address = caller.address, .secure = tls, .proxied = is_proxy(caller.address, settings)};
  out.host = lower(*request.fields.find("Host"));
  if (!well_formed(out.host)) return Error{Code::kHttpMalformed, "the host"};
  if (out.proxied) {
    if (const auto proto = request.fields.find("X-Forwarded-Proto"))
      out.secure = lower(trim(*proto)) == "https";
    if (const auto list = request.fields.find("X-Forwarded-For"))
      out.address = forwarded_for(*list, caller.address, settings);
  }
  const std::string bare = bare_host(out.host);
  const auto& hosts = settings.web.hosts;
  const bool ours =
      std::ranges::any_of(hosts, [&](const std::string& host) { return lower(host) == bare; }) ||
      (hosts.empty() && (bare == "localhost" || is_address(bare)));
  if (!ours) return Error{Code::kWebHost, bare};
  return out;
}

std::optional<std::string> proxy_person(const http::Request& request, const Origin& origin,
                                        const config::Settings& settings) {
  const std::string& name = settings.web.sign_in_header;
  // Two of them: one is the browser's own.
  if (name.empty() || !origin.proxied || count(request.fields, name) != 1) return std::nullopt;
  const std::string handle(trim(*request.fields.find(name)));
  if (handle.empty()) return std::nullopt;
  return handle;
}

bool comes_from_elsewhere(const http::Request& request, const Origin& origin) {
  if (const auto site = request.fields.find("Sec-Fetch-Site");
      site && *site != "same-origin" && *site != "none")
    return true;
  const auto from = request.fields.find("Origin");
  if (!from) return false;
  const std::size_t scheme = from->find("://");
  return scheme == std::string_view::npos || lower(from->substr(scheme + 3)) != origin.host;
}

}  // namespace comity::web
