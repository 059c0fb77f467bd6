// SPDX-License-Identifier: EUPL-1.2
#include "node/community/posts/composed.h"

#include <algorithm>
#include <set>

#include "node/community/discussion/mentions.h"

namespace comity::community {
namespace {

std::set<std::string> all_names(std::string_view text) {
  const auto names = mentioned_names(text, text.size());
  return {names.begin(), names.end()};
}

void add_mention(v1::Content& content, const Person& person) {
  v1::UserRef& ref = *content.add_mention();
  ref.set_agency(field(person.agency.view()));
  ref.set_user(field(person.user.view()));
}

}  // namespace

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

Status put_mentions(Composing& at, const Space& space, Composed& what) {
  // Each message in a circle is for all of its people: they are told as if it named them. In a circle of more
  // people than an entry can name, those alone whom it does name.
  if (space.circle() && what.told_in.empty() && space.people().size() <= kMostMentions + 1) {
    for (const Person& person : space.people())
      if (person != at.writer()) add_mention(what.content, person);
    return {};
  }
  if (what.mentions_in.find('@') == std::string::npos) return {};
  const std::set<std::string> before = all_names(what.told_in);
  std::vector<std::string> names = mentioned_names(what.mentions_in, before.size() + kMostMentionNames);
  std::erase_if(names, [&](const std::string& name) { return before.contains(name); });
  if (names.empty()) return {};
  const Reader reader = reader_of(at.writer().agency, at.person());
  COMITY_TRY(const auto people, mentioned_people(at.view(), at.sights(), reader, names));
  std::vector<Person> told;
  if (!before.empty()) {
    // Somebody may be named in another way now. Names that were too many once are not looked up again.
    auto known = mentioned_people(at.view(), at.sights(), reader,
                                  std::vector<std::string>(before.begin(), before.end()));
    if (known.ok()) told = *std::move(known);
  }
  const std::vector<Person> named = space.circle() ? space.people() : what.named;
  const bool by_name = space.circle() || !named.empty() || (what.label && what.label->tlp == v1::TLP_RED);
  const auto& members = space.audience.member();
  for (const Person& person : people) {
    if (person == at.writer() || std::binary_search(told.begin(), told.end(), person)) continue;
    const bool reached = person.agency == at.writer().agency ||
                         std::any_of(members.begin(), members.end(), [&](const auto& member) {
                           return id_in<AgencyId>(member.agency()) == person.agency;
                         });
    const bool reads = !by_name || std::find(named.begin(), named.end(), person) != named.end();
    if (!reached || !reads) continue;
    add_mention(what.content, person);
  }
  return {};
}

}  // namespace comity::community
