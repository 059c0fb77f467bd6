// SPDX-License-Identifier: EUPL-1.2
// Escaping, and which addresses a link may lead to.
#include <algorithm>

#include "node/web/look/markdown.h"

namespace comity::web {
namespace {

bool alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string url_part(std::string_view text, bool slashes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::string_view kPlain = "-_.~@";
  std::string out;
  for (const char c : text) {
    if (alnum(c) || kPlain.find(c) != std::string_view::npos || (slashes && c == '/')) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 15U];
  }
  return out;
}

std::string host_of(std::string_view url) {
  const std::string scheme = lower(url.substr(0, 8));
  std::size_t begin = 0;
  if (scheme.starts_with("https://"))
    begin = 8;
  else if (scheme.starts_with("http://"))
    begin = 7;
  else
    return {};
  std::string_view rest = url.substr(begin);
  rest = rest.substr(0, rest.find_first_of("/?#\\"));
  // What stands before @ is a name, and often there to be taken for the host.
  const std::size_t at = rest.rfind('@');
  if (at != std::string_view::npos) rest = rest.substr(at + 1);
  return lower(rest);
}

bool safe_url(std::string_view url) {
  const bool clean = std::all_of(url.begin(), url.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7f && c != '"' && c != '<' && c != '>' && c != '\\';
  });
  if (!clean) return false;
  const std::string begin = lower(url.substr(0, 8));
  if (begin.starts_with("mailto:")) return url.size() > 7;
  return !host_of(url).empty();
}

}  // namespace comity::web
