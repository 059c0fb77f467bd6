// SPDX-License-Identifier: EUPL-1.2
#include "node/policy/admit.h"

#include <algorithm>

namespace comity::policy {
namespace {

bool is_named(const Reader& reader, const EntrySight& entry) {
  if (reader.kind != Reader::Kind::kPerson || reader.person.user.is_zero()) return false;
  if (reader.person == entry.writer) return true;
  return std::find(entry.named.begin(), entry.named.end(), reader.person) != entry.named.end();
}

}  // namespace

bool admits(const SpaceReaders& readers, const Reader& reader) {
  if (readers.people) {
    const auto& people = *readers.people;
    const bool one_of_them = reader.kind == Reader::Kind::kPerson && !reader.person.user.is_zero() &&
                             std::binary_search(people.begin(), people.end(), reader.person);
    if (!one_of_them) return false;
  }
  if (reader.kind == Reader::Kind::kOperator || readers.rule == v1::READER_RULE_OPEN) return true;
  if (reader.kind != Reader::Kind::kPerson) return false;
  const bool listed = std::binary_search(readers.persons.begin(), readers.persons.end(), reader.person.user);
  return listed || (!reader.unit.empty() &&
                    std::binary_search(readers.units.begin(), readers.units.end(), reader.unit));
}

Sight admit(const Reader& reader, const SpaceReaders& readers, const EntrySight& entry) {
  if (!entry.space_open || entry.author_hidden || entry.withheld) return Sight::kNothing;
  if (!admits(readers, reader)) return Sight::kNothing;
  const bool by_name =
      entry.space_kind == v1::SPACE_KIND_CIRCLE || entry.tlp == v1::TLP_RED || !entry.named.empty();
  if (by_name && !is_named(reader, entry)) return Sight::kNothing;
  return entry.withdrawn ? Sight::kTombstone : Sight::kWhole;
}

}  // namespace comity::policy
