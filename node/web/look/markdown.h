// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace comity::web {

/// Where a text stands, for the addresses that it is given.
struct MarkdownPlace {
  std::string base{};         ///< in front of every address of ours: "" or "/staff"
  std::string space{};        ///< of [[links]] to wiki pages and of #tags; empty: neither becomes a link
  std::uint32_t heading = 3;  ///< the level of its highest heading, 2 to 6
  bool anchors = false;       ///< headings can be linked to, and are collected
};

/// A heading of a text, for its table of contents.
struct MarkdownHeading {
  std::string anchor;  ///< "h-travel-rules", unique within the text
  std::string title;   ///< plain text
  std::uint32_t level = 1;
};

struct Markdown {
  std::string html{};
  std::vector<MarkdownHeading> headings{};
};

/// CommonMark with tables, strikethrough, task lists and bare addresses (cmark-gfm), as HTML that is safe to
/// show: this function writes every tag itself, and knows no others than headings, p, br, hr, em, strong,
/// del, code, pre, blockquote, ul, ol, li, a, span and table with its parts. HTML in the text is shown as the
/// text that it is. Links go to http, https and mailto and say their host; images become links, nothing is
/// loaded from elsewhere. @names link to people, #tags and [[pages]] into the space. Pure, any thread; the
/// output is at most about 40 times the text, which the callers bound (bounds::kText).
[[nodiscard]] Markdown markdown(std::string_view text, const MarkdownPlace& place);

/// The beginning of a text without any marks, on one line, at most `most` bytes and then "…".
[[nodiscard]] std::string plain_beginning(std::string_view text, std::size_t most);

/// &, <, > and both quotes as entities.
[[nodiscard]] std::string html_escaped(std::string_view text);
/// A part of an address: all but letters, digits, "-", "_", ".", "~", "@" and, if told, "/" percent-encoded.
[[nodiscard]] std::string url_part(std::string_view text, bool slashes = false);
/// The host of an http(s) address as people read it, or nothing.
[[nodiscard]] std::string host_of(std::string_view url);
/// An address that a link may lead to: http, https or mailto, without control characters or spaces.
[[nodiscard]] bool safe_url(std::string_view url);

}  // namespace comity::web
