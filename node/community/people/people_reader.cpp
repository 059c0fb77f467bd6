// SPDX-License-Identifier: EUPL-1.2
#include "node/community/people/people_reader.h"

#include <algorithm>

#include "node/community/ids.h"
#include "node/community/people/people.h"
#include "node/community/people/profile.h"

namespace comity::community {
namespace {

constexpr std::size_t kUserIdLetters = 26;

std::optional<UserId> user_id(std::string_view text) {
  if (text.size() != kUserIdLetters) return std::nullopt;
  const auto bytes = crypto::base32_decode(text);
  if (!bytes) return std::nullopt;
  const auto id = UserId::from(*bytes);
  return id.ok() ? std::optional(*id) : std::nullopt;
}

}  // namespace

std::string address_text(const KnownPerson& person) {
  const std::string mark = person.namesake ? "~" + short_text(person.id.user) : std::string();
  return person.card.handle() + mark + "@" + person.agency;
}

const SpaceSight* PeopleReader::directory(const AgencyId& agency) const {
  if (sights_.hidden(agency)) return nullptr;
  const SpaceSight* const sight = sights_.directory_of(agency);
  return sight != nullptr && policy::admits(sight->readers, reader_) ? sight : nullptr;
}

Result<std::optional<KnownPerson>> PeopleReader::own(const UserId& user) const {
  COMITY_TRY(const auto row, find_person(view_, user));
  if (!row) return std::optional<KnownPerson>();
  COMITY_TRY(const Profile profile, find_profile(view_, user));
  return std::optional(KnownPerson{.id = {sights_.self, user},
                                   .agency = sights_.name(sights_.self),
                                   .card = own_card(*row, profile),
                                   .card_known = true});
}

Result<std::optional<KnownPerson>> PeopleReader::told(const SpaceSight& space, const Person& person) const {
  COMITY_TRY(auto card, told_card(view_, space.id, person.agency, person.user));
  if (!card) return std::optional<KnownPerson>();
  COMITY_TRY(const bool stands, card_stands(view_, *card));
  if (!stands) return std::optional<KnownPerson>();
  KnownPerson out{.id = person,
                  .agency = sights_.name(person.agency),
                  .card = std::move(card->card),
                  .card_known = space.kind == v1::SPACE_KIND_DIRECTORY};
  COMITY_TRY(const auto bearers, told_users(view_, space.id, person.agency, out.card.handle(), person.user));
  out.namesake = bearers.size() > 1;
  return std::optional(std::move(out));
}

Result<std::optional<KnownPerson>> PeopleReader::find(const Person& person) const {
  if (person.agency == sights_.self) return own(person.user);
  const SpaceSight* const sight = directory(person.agency);
  if (sight == nullptr) return std::optional<KnownPerson>();
  return told(*sight, person);
}

Result<KnownPerson> PeopleReader::author(const SpaceId& space, const Person& person) const {
  COMITY_TRY(auto known, find(person));
  if (!known && person.agency != sights_.self) {
    if (const SpaceSight* const sight = sights_.find(space)) {
      COMITY_TRY(known, told(*sight, person));
    }
  }
  if (known) return *std::move(known);
  KnownPerson out{.id = person, .agency = sights_.name(person.agency)};
  out.card.set_handle(short_text(person.user));
  return out;
}

Result<std::vector<KnownPerson>> PeopleReader::told(const SpaceSight& space, const AgencyId& agency,
                                                    std::string_view handle) const {
  std::vector<KnownPerson> out;
  COMITY_TRY(const auto users, told_users(view_, space.id, agency, handle));
  for (const UserId& user : users) {
    COMITY_TRY(auto person, told(space, Person{agency, user}));
    if (person) out.push_back(*std::move(person));
  }
  return out;
}

Result<std::vector<KnownPerson>> PeopleReader::candidates(std::string_view handle,
                                                          const AgencyId& agency) const {
  std::vector<KnownPerson> out;
  if (const SpaceSight* const sight = directory(agency)) {
    COMITY_TRY(out, told(*sight, agency, handle));
  }
  if (!out.empty() || sights_.hidden(agency)) return out;
  for (const auto& [id, sight] : sights_.spaces) {
    const bool read =
        sight.kind == v1::SPACE_KIND_SHARED && sight.open && policy::admits(sight.readers, reader_);
    if (!read) continue;
    COMITY_TRY(auto met, told(sight, agency, handle));
    for (KnownPerson& person : met) {
      const bool seen =
          std::any_of(out.begin(), out.end(), [&](const KnownPerson& one) { return one.id == person.id; });
      if (!seen) out.push_back(std::move(person));
    }
  }
  return out;
}

Result<KnownPerson> PeopleReader::by_id(std::string_view text, const AgencyId& agency) const {
  const auto user = user_id(text);
  if (!user || sights_.hidden(agency)) return Error{Code::kUserUnknown, std::string(text)};
  COMITY_TRY(auto card, find({agency, *user}));
  if (card) return *std::move(card);
  for (const auto& [id, sight] : sights_.spaces) {
    const bool read =
        sight.kind == v1::SPACE_KIND_SHARED && sight.open && policy::admits(sight.readers, reader_);
    if (!read) continue;
    COMITY_TRY(auto met, told(sight, Person{agency, *user}));
    if (met) return *std::move(met);
  }
  return Error{Code::kUserUnknown, std::string(text)};
}

Result<KnownPerson> PeopleReader::named(std::string_view handle, const AgencyId& agency) const {
  const std::size_t mark = handle.find('~');
  const std::string_view name = handle.substr(0, mark);
  const std::string_view start =
      mark == std::string_view::npos ? std::string_view() : handle.substr(mark + 1);
  const Error unknown{Code::kUserUnknown,
                      std::string(handle.substr(0, 2 * kUserIdLetters)) + "@" + sights_.name(agency)};
  std::vector<KnownPerson> found;
  if (agency == sights_.self) {
    const auto row = find_person(view_, name);
    if (!row.ok() && row.error().code != Code::kUserUnknown) return row.error();
    if (row.ok()) {
      COMITY_TRY(auto person, own(row->id));
      if (person) found.push_back(*std::move(person));
    }
  } else {
    COMITY_TRY(found, candidates(name, agency));
  }
  if (!start.empty()) {
    std::erase_if(found, [&](const KnownPerson& one) { return !id_text(one.id.user).starts_with(start); });
  }
  if (found.size() == 1) return std::move(found.front());
  if (found.size() > 1) {
    return Error{Code::kUserUnknown,
                 "several people bear the name " + address_text(found[0]) + " and " + address_text(found[1])};
  }
  auto person = by_id(handle, agency);
  if (!person.ok() && person.error().code == Code::kUserUnknown) return unknown;
  return person;
}

}  // namespace comity::community
