// SPDX-License-Identifier: EUPL-1.2
#include "node/web/look/words.h"

#include <cstdint>
#include <stdexcept>
#include <vector>

#include "node/web/look/embedded.h"

namespace comity::web {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::string filled(std::string_view sentence, const std::vector<std::string_view>& places) {
  std::string out;
  for (std::size_t at = 0; at < sentence.size(); ++at) {
    const bool place = sentence[at] == '{' && at + 2 < sentence.size() && sentence[at + 2] == '}';
    const std::size_t which = place ? static_cast<std::size_t>(sentence[at + 1] - '0') : 0;
    if (!place || which >= places.size()) {
      out += sentence[at];
      continue;
    }
    out += places[which];
    at += 2;
  }
  return out;
}

}  // namespace

Words::Words(std::string_view file) {
  while (!file.empty()) {
    const std::size_t end = std::min(file.find('\n'), file.size());
    const std::string_view line = trimmed(file.substr(0, end));
    file.remove_prefix(std::min(end + 1, file.size()));
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t sign = line.find(" =");
    if (sign == std::string_view::npos) throw std::logic_error("no sentence in: " + std::string(line));
    const std::string_view name = line.substr(0, sign);
    const bool fresh = sentences_.emplace(name, trimmed(line.substr(sign + 2))).second;
    if (!fresh) throw std::logic_error("twice in the catalogue: " + std::string(name));
  }
}

std::string_view Words::plain(std::string_view name) const {
  const auto found = sentences_.find(name);
  return found == sentences_.end() ? name : std::string_view(found->second);
}

std::string Words::say(std::string_view name, std::initializer_list<std::string_view> places) const {
  return filled(plain(name), places);
}

std::string Words::count(std::string_view name, std::uint64_t number,
                         std::initializer_list<std::string_view> places) const {
  const std::string digits = std::to_string(number);
  std::vector<std::string_view> all{digits};
  all.insert(all.end(), places);
  return filled(plain(std::string(name) + (number == 1 ? ".one" : ".other")), all);
}

const Words& english() {
  static const Words words(embedded_words());
  return words;
}

}  // namespace comity::web
