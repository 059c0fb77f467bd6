// SPDX-License-Identifier: EUPL-1.2
#include "node/community/text.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "proto/utf8.h"

namespace comity::community {
namespace {

constexpr std::size_t kTitleBytes = 512;
constexpr std::size_t kMostTags = 16;
constexpr std::size_t kTagBytes = 64;

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\n") == std::string_view::npos;
}

}  // namespace

Status check_optional_text(std::string_view text, std::size_t most) {
  if (text.size() > most) return Error{Code::kTextTooLong, fmt::format("{} bytes", text.size())};
  // Each part between tabs and line feeds is judged by the one rule for plain lines.
  for (std::size_t number = 1;; ++number) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    for (std::size_t tab = 0; tab != std::string_view::npos; line.remove_prefix(tab + 1)) {
      tab = line.find('\t');
      if (!proto::is_plain_line(proto::as_bytes(line.substr(0, tab))))
        return Error{Code::kTextRule, fmt::format("line {}", number)};
      if (tab == std::string_view::npos) break;
    }
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
}

Status check_text(std::string_view text, std::size_t most) {
  COMITY_CHECK(check_optional_text(text, most));
  if (is_blank(text)) return Error{Code::kTextEmpty, {}};
  return {};
}

Status check_title(std::string_view title) {
  const bool fine =
      title.size() <= kTitleBytes && !is_blank(title) && proto::is_plain_line(proto::as_bytes(title));
  if (!fine) return Error{Code::kTitleRule, title.empty() ? "it is empty" : ""};
  return {};
}

Status check_tags(std::span<const std::string> tags) {
  if (tags.size() > kMostTags) return Error{Code::kTagRule, fmt::format("{} tags", tags.size())};
  std::set<std::string_view> seen;
  for (const std::string& tag : tags) {
    const bool plain =
        std::none_of(tag.begin(), tag.end(), [](char c) { return c == ' ' || (c >= 'A' && c <= 'Z'); });
    if (tag.empty() || tag.size() > kTagBytes || !plain || !proto::is_plain_line(proto::as_bytes(tag))) {
      return Error{Code::kTagRule, {}};
    }
    if (!seen.insert(tag).second) return Error{Code::kTagRule, tag + " stands there twice"};
  }
  return {};
}

std::string with_line_feeds(std::string_view text) {
  if (text.find('\r') == std::string_view::npos) return std::string(text);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      out.push_back(text[i]);
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      out.push_back('\n');
    }
  }
  return out;
}

}  // namespace comity::community
