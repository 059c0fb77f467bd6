// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/nodes/tally.h"

#include <new>
#include <system_error>

#include <fmt/format.h>
#include <sys/mman.h>

namespace comity::sim::nodes {

void Tally::add(const Outcome& outcome) {
  ++(outcome.failure ? failed : passed);
  events += outcome.events;
  posts += outcome.posts;
  withdrawn += outcome.withdrawn;
  restores += outcome.restores;
  feeds += outcome.compared.feeds;
  entries += outcome.compared.entries;
  posts_compared += outcome.compared.posts;
  found_at_members += outcome.found_at_members;
  for (std::size_t kind = 0; kind < kinds.size(); ++kind)
    kinds.at(kind) += outcome.kinds.at(kind);
  for (const auto& [deed, count] : outcome.deeds)
    deeds.at(static_cast<std::size_t>(deed)) += count;
  for (const auto& [code, count] : outcome.refused)
    refused.at(static_cast<std::size_t>(code)) += count;
}

std::string Tally::describe() const {
  std::string text = fmt::format(
      "{} worlds, {} events, {} posts acknowledged ({} withdrawn), {} restores; compared {} feeds, {} "
      "entries, {} posts; {} ids found where they may be\n ",
      passed + failed, events.load(), posts.load(), withdrawn.load(), restores.load(), feeds.load(),
      entries.load(), posts_compared.load(), found_at_members.load());
  for (std::size_t kind = 0; kind < kinds.size(); ++kind)
    text += fmt::format(" {} {},", name_of(static_cast<Kind>(kind)), kinds.at(kind).load());
  text += "\nrefused to people:";
  for (std::size_t code = 0; code < refused.size(); ++code) {
    const auto known = proto::code_from_number(static_cast<std::uint16_t>(code));
    if (refused.at(code) != 0 && known)
      text += fmt::format(" {} {}", proto::describe(*known).name, refused.at(code).load());
  }
  text += "\ndeeds of hostile peers:";
  for (std::size_t deed = 0; deed < deeds.size(); ++deed)
    text += fmt::format(" {} {},", name_of(static_cast<Hostile::Deed>(deed)), deeds.at(deed).load());
  return text + "\n";
}

std::shared_ptr<Tally> shared_tally() {
  void* const memory =
      mmap(nullptr, sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "shared memory");
  return {new (memory) Tally, [](Tally* tally) { munmap(tally, sizeof(Tally)); }};
}

}  // namespace comity::sim::nodes
