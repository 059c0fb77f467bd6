// SPDX-License-Identifier: EUPL-1.2
#include "node/community/wiki/page_text.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "node/community/ids.h"
#include "node/community/wiki/hunks.h"
#include "node/community/wiki/merge.h"
#include "proto/utf8.h"

namespace comity::community::wiki {
namespace {

constexpr std::size_t kPathBytes = 512;
constexpr std::size_t kMostParts = 16;
constexpr std::size_t kMostLinks = 256;
constexpr std::size_t kMostHeadings = 1000;
constexpr std::size_t kAround = 3;

bool is_path_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

std::string_view without_line_feed(std::string_view line) {
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  return line;
}

/// The lines of a text that are no code, each with its code spans blanked.
template <class Visit>
void each_prose_line(std::string_view text, Visit visit) {
  std::string_view fence;
  for (std::string_view line : split_lines(text)) {
    line = without_line_feed(line);
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    const std::string_view body = line.substr(indent);
    const bool marks = body.starts_with("```") || body.starts_with("~~~");
    if (!fence.empty()) {
      if (marks && body.starts_with(fence) && body.find_first_not_of(fence[0]) == std::string_view::npos)
        fence = {};
      continue;
    }
    if (marks && indent < 4) {
      fence = body.substr(0, std::min(body.find_first_not_of(body[0]), body.size()));
      continue;
    }
    std::string prose(line);
    for (std::size_t open = prose.find('`'); open != std::string::npos;) {
      const std::size_t close = prose.find('`', open + 1);
      if (close == std::string::npos) break;
      std::fill(prose.begin() + static_cast<std::ptrdiff_t>(open),
                prose.begin() + static_cast<std::ptrdiff_t>(close) + 1, ' ');
      open = prose.find('`', close + 1);
    }
    if (!visit(line, prose)) return;
  }
}

std::string anchor_of(std::string_view title) {
  std::string out;
  for (const char c : title) {
    if (c >= 'A' && c <= 'Z') {
      out.push_back(static_cast<char>(c - 'A' + 'a'));
    } else if (is_path_character(c) && c != '.') {
      out.push_back(c);
    } else if ((c == ' ' || c == '\t') && !out.empty() && out.back() != '-') {
      out.push_back('-');
    }
  }
  while (!out.empty() && out.back() == '-')
    out.pop_back();
  return out.empty() ? "section" : out;
}

}  // namespace

Status check_path(std::string_view path) {
  const auto bad = [](std::string why) { return Error{Code::kPagePath, std::move(why)}; };
  if (path.empty() || path.size() > kPathBytes) return bad("1 to 512 bytes");
  if (!proto::is_plain_line(proto::as_bytes(path))) return bad("characters that do not show");
  if (parse_entry_id(path).ok()) return bad("it reads as an id");
  std::size_t parts = 0;
  for (std::string_view rest = path;;) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view part = rest.substr(0, end);
    if (part.empty() || ++parts > kMostParts) return bad("1 to 16 parts, none of them empty");
    if (part.front() == '.' || part.back() == '.') return bad("a part begins or ends with a dot");
    if (!std::all_of(part.begin(), part.end(), is_path_character)) return bad(std::string(part));
    if (end == rest.size()) return {};
    rest.remove_prefix(end + 1);
  }
}

std::string path_from(std::string_view name) {
  std::string out;
  const auto end_part = [&out] {
    while (!out.empty() && (out.back() == '-' || out.back() == '.'))
      out.pop_back();
  };
  for (const char c : name) {
    if (c == '/') {
      end_part();
      if (!out.empty() && out.back() != '/') out.push_back('/');
    } else if (is_path_character(c)) {
      const bool begins = out.empty() || out.back() == '/';
      if (!begins || (c != '.' && c != '-')) out.push_back(c);
    } else if (!out.empty() && out.back() != '/' && out.back() != '-') {
      out.push_back('-');
    }
  }
  end_part();
  while (!out.empty() && out.back() == '/')
    out.pop_back();
  return check_path(out).ok() ? out : std::string();
}

std::vector<std::string> links_in(std::string_view text) {
  std::vector<std::string> out;
  std::set<std::string, std::less<>> seen;
  const auto add = [&](std::string_view target) {
    target = target.substr(0, target.find('#'));
    if (!check_path(target).ok() || seen.contains(target)) return;
    seen.emplace(target);
    out.emplace_back(target);
  };
  each_prose_line(text, [&](std::string_view /*line*/, const std::string& prose) {
    const std::string_view whole = prose;
    for (std::size_t at = 0; at + 1 < whole.size() && out.size() < kMostLinks; ++at) {
      if (whole.substr(at, 2) == "[[") {
        const std::size_t end = whole.find("]]", at + 2);
        if (end == std::string_view::npos) continue;
        const std::string_view inside = whole.substr(at + 2, end - at - 2);
        add(inside.substr(0, inside.find('|')));
        at = end + 1;
      } else if (whole.substr(at, 2) == "](") {
        const std::size_t end = whole.find_first_of(" )", at + 2);
        if (end == std::string_view::npos) continue;
        add(whole.substr(at + 2, end - at - 2));
      }
    }
    return out.size() < kMostLinks;
  });
  return out;
}

std::vector<Heading> headings_in(std::string_view text) {
  std::vector<Heading> out;
  std::unordered_map<std::string, std::size_t> taken;
  each_prose_line(text, [&](std::string_view line, const std::string& /*prose*/) {
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    line.remove_prefix(indent);
    const std::size_t level = std::min(line.find_first_not_of('#'), line.size());
    if (indent > 3 || level == 0 || level > 6) return true;
    line.remove_prefix(level);
    if (!line.empty() && line.front() != ' ' && line.front() != '\t') return true;
    const std::size_t last = line.find_last_not_of(" \t#");
    line = line.substr(0, last == std::string_view::npos ? 0 : last + 1);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.empty()) return true;
    std::string anchor = anchor_of(line);
    if (const std::size_t count = ++taken[anchor]; count > 1) anchor += "-" + std::to_string(count);
    out.push_back({static_cast<unsigned>(level), std::string(line), std::move(anchor)});
    return out.size() < kMostHeadings;
  });
  return out;
}

Result<std::vector<DiffHunk>> unified(std::string_view before, std::string_view after) {
  const auto old_lines = split_lines(before);
  const auto new_lines = split_lines(after);
  std::unordered_map<std::string_view, Token> known;
  const auto numbers = [&](const std::vector<std::string_view>& lines) {
    std::vector<Token> out;
    for (const std::string_view line : lines)
      out.push_back(
          known.try_emplace(without_line_feed(line), static_cast<Token>(known.size())).first->second);
    return out;
  };
  const auto old_tokens = numbers(old_lines);
  const auto new_tokens = numbers(new_lines);
  COMITY_TRY(const auto changes, hunks(old_tokens, new_tokens));
  std::vector<DiffHunk> out;
  for (std::size_t i = 0; i < changes.size();) {
    std::size_t last = i;
    while (last + 1 < changes.size() && changes[last + 1].old_begin - changes[last].old_end <= 2 * kAround)
      ++last;
    const std::size_t lead = std::min(kAround, changes[i].old_begin);
    std::size_t old_at = changes[i].old_begin - lead;
    const std::size_t new_at = changes[i].new_begin - lead;
    const std::size_t tail = std::min(kAround, old_lines.size() - changes[last].old_end);
    DiffHunk hunk{.old_count = changes[last].old_end + tail - old_at,
                  .new_count = changes[last].new_end + tail - new_at};
    hunk.old_line = old_at + (hunk.old_count > 0 ? 1 : 0);
    hunk.new_line = new_at + (hunk.new_count > 0 ? 1 : 0);
    const auto add = [&](char mark, std::string_view line) {
      hunk.lines.push_back({mark, std::string(without_line_feed(line))});
    };
    for (; i <= last; ++i) {
      for (; old_at < changes[i].old_begin; ++old_at)
        add(' ', old_lines[old_at]);
      for (; old_at < changes[i].old_end; ++old_at)
        add('-', old_lines[old_at]);
      for (std::size_t at = changes[i].new_begin; at < changes[i].new_end; ++at)
        add('+', new_lines[at]);
    }
    for (const std::size_t end = old_at + tail; old_at < end; ++old_at)
      add(' ', old_lines[old_at]);
    out.push_back(std::move(hunk));
  }
  return out;
}

}  // namespace comity::community::wiki
