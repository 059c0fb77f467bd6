// SPDX-License-Identifier: EUPL-1.2
#include "node/community/discussion/mentions.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "node/community/people/people.h"

namespace comity::community {
namespace {

constexpr std::size_t kNameBytes = 64;

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '~';
}

// What stands before an @ that begins a name. A byte of a longer character is a letter of some writing.
bool is_word_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '_' || c == '@' || c == '/' || c == '.' || c == '-' || c == '+';
}

std::string_view name_at(std::string_view line, std::size_t at) {
  std::size_t end = at;
  while (end < line.size() && end - at <= kNameBytes && is_name_char(line[end]))
    ++end;
  // A full stop, or a dash, that ends the sentence is not of the name.
  while (end > at && (line[end - 1] == '.' || line[end - 1] == '-' || line[end - 1] == '~'))
    --end;
  return line.substr(at, end - at);
}

// Names of one line, not those between back-ticks.
void names_in(std::string_view line, std::set<std::string>& names, std::size_t most) {
  for (std::size_t i = 0; i < line.size() && names.size() <= most; ++i) {
    if (line[i] == '`') {
      std::size_t ticks = 1;
      while (i + ticks < line.size() && line[i + ticks] == '`')
        ++ticks;
      const std::size_t close = line.find(std::string(ticks, '`'), i + ticks);
      i = close == std::string_view::npos ? i + ticks - 1 : close + ticks - 1;
      continue;
    }
    if (line[i] == '\\') {
      ++i;
      continue;
    }
    if (line[i] != '@' || (i > 0 && is_word_char(line[i - 1]))) continue;
    const std::string_view handle = name_at(line, i + 1);
    if (handle.empty() || handle[0] < 'a' || handle[0] > 'z') continue;
    std::string name(handle);
    const std::size_t behind = i + 1 + handle.size();
    if (behind < line.size() && line[behind] == '@') {
      const std::string_view agency = name_at(line, behind + 1);
      if (agency.empty()) continue;
      name.append("@").append(agency);
    }
    i += name.size();
    names.insert(std::move(name));
  }
}

std::string_view without_indent(std::string_view line) {
  const std::size_t first = line.find_first_not_of(' ');
  return first == std::string_view::npos ? std::string_view() : line.substr(first);
}

bool is_fence(std::string_view line) {
  return line.starts_with("```") || line.starts_with("~~~");
}

std::optional<AgencyId> agency_of(const Sights& sights, std::string_view name) {
  if (name.empty() || name == sights.name(sights.self)) return sights.self;
  for (const auto& [id, agency] : sights.agencies) {
    if (agency.name == name) return id;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> mentioned_names(std::string_view text, std::size_t most) {
  std::set<std::string> names;
  std::string_view fence;
  while (!text.empty() && names.size() <= most) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    const std::string_view begin = without_indent(line);
    if (!fence.empty()) {
      if (begin.starts_with(fence)) fence = {};
    } else if (is_fence(begin)) {
      fence = begin.substr(0, 3);
    } else if (!begin.starts_with('>') && !line.starts_with("    ")) {
      names_in(line, names, most);
    }
  }
  return {names.begin(), names.end()};
}

Result<std::vector<Person>> mentioned_people(const storage::View& view, const Sights& sights,
                                             const Reader& reader, std::span<const std::string> names) {
  if (names.size() > kMostMentionNames)
    return Error{Code::kMentionsTooMany, fmt::format("more than {} names", kMostMentionNames)};
  const PeopleReader people(view, sights, reader);
  std::set<Person> found;
  for (const std::string& name : names) {
    const std::size_t at = name.find('@');
    const std::string handle = name.substr(0, at);
    const auto agency = agency_of(
        sights, at == std::string::npos ? std::string_view() : std::string_view(name).substr(at + 1));
    if (!agency) continue;
    const auto person = people.named(handle, *agency);
    if (!person.ok() && person.error().code != Code::kUserUnknown) return person.error();
    if (person.ok() && !person->card.left()) found.insert(person->id);
  }
  if (found.size() > kMostMentions)
    return Error{Code::kMentionsTooMany, fmt::format("{} people", found.size())};
  return std::vector<Person>(found.begin(), found.end());
}

}  // namespace comity::community
