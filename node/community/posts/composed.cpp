// SPDX-License-Identifier: EUPL-1.2
#include "node/community/posts/composed.h"

#include <algorithm>

namespace comity::community {

Label default_label(const Space& space) {
  const v1::Tlp usual = space.circle() ? v1::TLP_RED : v1::TLP_AMBER_STRICT;
  return {.tlp = std::min(usual, space.manifest.ceiling.tlp)};
}

std::vector<AgencyId> agencies_of(std::span<const Person> people) {
  std::vector<AgencyId> out;
  for (const Person& person : people)
    out.push_back(person.agency);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Composed addressed_like(const PostReader::Opened& target, Composing& at) {
  Composed out{.space = target.space->id};
  const policy::Label& above = target.stored.header.label;
  const Space* const space = at.find(out.space);
  if (space != nullptr && policy::within(above, space->manifest.ceiling)) out.label = above;
  if (target.named.empty()) return out;
  out.named = target.named;
  if (!target.writer.user.is_zero()) out.named.push_back(target.writer);
  std::sort(out.named.begin(), out.named.end());
  out.named.erase(std::unique(out.named.begin(), out.named.end()), out.named.end());
  return out;
}

}  // namespace comity::community
