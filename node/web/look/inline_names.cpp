// SPDX-License-Identifier: EUPL-1.2
#include "node/web/look/inline_names.h"

namespace comity::web {
namespace {

constexpr std::size_t kMostName = 200;

bool ascii_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool beyond_ascii(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}
bool in_handle(char c) {
  return ascii_word(c) || c == '-' || c == '_' || c == '.' || c == '~';
}
bool in_tag(char c) {
  return ascii_word(c) || beyond_ascii(c) || c == '-' || c == '_';
}
bool in_word(char c) {
  return ascii_word(c) || beyond_ascii(c) || c == '_' || c == '&' || c == '/';
}

/// How long the run of such characters is.
std::size_t run(std::string_view text, bool (*wanted)(char)) {
  std::size_t length = 0;
  while (length < text.size() && length < kMostName && wanted(text[length]))
    ++length;
  return length;
}

/// A name without what ends the sentence.
std::string_view without_stop(std::string_view name) {
  while (!name.empty() && (name.back() == '.' || name.back() == '-'))
    name.remove_suffix(1);
  return name;
}

std::string link(const std::string& address, std::string_view kind, std::string_view words) {
  return "<a class=\"" + std::string(kind) + "\" href=\"" + html_escaped(address) + "\">" +
         html_escaped(words) + "</a>";
}

/// The length of the name at the beginning, and its HTML; 0 when there is none.
struct Named {
  std::size_t length = 0;
  std::string html{};
};

Named person(std::string_view text, const MarkdownPlace& place) {
  std::string_view name = without_stop(text.substr(1, run(text.substr(1), in_handle)));
  if (name.empty()) return {};
  std::size_t length = 1 + name.size();
  if (length < text.size() && text[length] == '@') {
    const std::string_view agency =
        without_stop(text.substr(length + 1, run(text.substr(length + 1), in_handle)));
    if (!agency.empty()) length += 1 + agency.size();
  }
  const std::string_view whole = text.substr(1, length - 1);
  return {length, link(place.base + "/people/" + url_part(whole), "mention", text.substr(0, length))};
}

Named tag(std::string_view text, const MarkdownPlace& place) {
  if (place.space.empty()) return {};
  const std::string_view name = without_stop(text.substr(1, run(text.substr(1), in_tag)));
  const bool number = name.find_first_not_of("0123456789-_") == std::string_view::npos;
  if (name.empty() || number) return {};
  const std::string address = place.base + "/s/" + url_part(place.space) + "?tag=" + url_part(name);
  return {1 + name.size(), link(address, "tag-link", text.substr(0, 1 + name.size()))};
}

Named page(std::string_view text, const MarkdownPlace& place) {
  if (place.space.empty() || !text.starts_with("[[")) return {};
  const std::size_t end = text.find("]]");
  if (end == std::string_view::npos || end > kMostName || end == 2) return {};
  const std::string_view inside = text.substr(2, end - 2);
  const std::size_t bar = inside.find('|');
  const std::string_view path = inside.substr(0, bar);
  const std::string_view words = bar == std::string_view::npos ? path : inside.substr(bar + 1);
  if (path.empty() || path.find_first_of("[]<>\"?#\\") != std::string_view::npos) return {};
  return {end + 2, link(place.base + "/w/" + url_part(place.space) + "/" + url_part(path, true), "page-link",
                        words.empty() ? path : words)};
}

}  // namespace

std::string with_names(std::string_view text, const MarkdownPlace& place) {
  std::string out;
  std::size_t plain = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const bool may = (c == '@' || c == '#' || c == '[') && (at == 0 || !in_word(text[at - 1]));
    const std::string_view rest = text.substr(at);
    const Named named = !may       ? Named{}
                        : c == '@' ? person(rest, place)
                        : c == '#' ? tag(rest, place)
                                   : page(rest, place);
    if (named.length == 0) {
      ++at;
      continue;
    }
    out += html_escaped(text.substr(plain, at - plain));
    out += named.html;
    at += named.length;
    plain = at;
  }
  out += html_escaped(text.substr(plain));
  return out;
}

std::string_view whole_letters(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
    --end;
  return text.substr(0, end);
}

std::string anchor_text(std::string_view title) {
  std::string out;
  for (const char c : whole_letters(title, kMostName)) {
    if (ascii_word(c) || beyond_ascii(c)) {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  while (out.ends_with('-'))
    out.pop_back();
  return out.empty() ? "part" : out;
}

}  // namespace comity::web
