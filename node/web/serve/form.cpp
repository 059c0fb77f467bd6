// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/form.h"

#include <algorithm>

#include "proto/bytes.h"
#include "proto/utf8.h"

namespace comity::web {
namespace {

using proto::Code;
using proto::Error;

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool unreserved(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (c == '+' && plus_is_space) {
      c = ' ';
    } else if (c == '%') {
      if (at + 2 >= text.size()) return std::nullopt;
      const int high = hex_value(text[at + 1]);
      const int low = hex_value(text[at + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      at += 2;
    }
    if (c == '\0') return std::nullopt;
    out.push_back(c);
  }
  if (!proto::is_utf8(proto::as_bytes(out))) return std::nullopt;
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (unreserved(c)) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(kDigits[byte >> 4U]);
    out.push_back(kDigits[byte & 0xfU]);
  }
  return out;
}

std::string safe_next(std::string_view wanted) {
  const bool clean = wanted.size() <= 2000 && wanted.starts_with('/') && !wanted.starts_with("//") &&
                     std::ranges::none_of(wanted, [](char c) {
                       return static_cast<unsigned char>(c) < 0x21 || c == '\\' || c == 0x7f;
                     });
  return clean ? std::string(wanted) : "/";
}

proto::Result<Form> Form::parse(std::string_view text) {
  Form form;
  while (!text.empty()) {
    const std::size_t end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (pair.empty()) continue;
    if (form.rows_.size() == kMostFields) return Error{Code::kWebField, "there are too many"};
    const std::size_t equals = pair.find('=');
    auto name = percent_decode(pair.substr(0, equals), true);
    auto value = equals == std::string_view::npos ? std::optional<std::string>("")
                                                  : percent_decode(pair.substr(equals + 1), true);
    if (!name || !value) return Error{Code::kWebField, "it is not UTF-8 text"};
    form.rows_.emplace_back(*std::move(name), *std::move(value));
  }
  return form;
}

std::optional<std::string> Form::find(std::string_view name) const {
  const auto row = std::ranges::find_if(rows_, [&](const auto& each) { return each.first == name; });
  if (row == rows_.end()) return std::nullopt;
  return row->second;
}

std::vector<std::string> Form::all(std::string_view name) const {
  std::vector<std::string> out;
  for (const auto& [key, value] : rows_) {
    if (key == name) out.push_back(value);
  }
  return out;
}

}  // namespace comity::web
