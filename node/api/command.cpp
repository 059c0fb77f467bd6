// SPDX-License-Identifier: EUPL-1.2
#include "node/api/command.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace comity::api {
namespace {

bool well_formed(std::string_view name) {
  return !name.empty() && name.front() != '/' && name.back() != '/' &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || c == '/' || c == '-'; });
}

}  // namespace

void CommandTable::add(std::string name, Command command) {
  if (!well_formed(name)) throw std::logic_error("a badly formed command name: " + name);
  const auto [place, added] = commands_.emplace(std::move(name), std::move(command));
  if (!added) throw std::logic_error("two commands named " + place->first);
}

void CommandTable::replace(std::string_view name, const std::function<Command(Command)>& make) {
  const auto found = commands_.find(name);
  if (found == commands_.end()) throw std::logic_error("no command named " + std::string(name));
  found->second = make(std::move(found->second));
}

const Command* CommandTable::find(std::string_view name) const {
  const auto found = commands_.find(name);
  return found == commands_.end() ? nullptr : &found->second;
}

}  // namespace comity::api
