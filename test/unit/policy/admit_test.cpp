// SPDX-License-Identifier: EUPL-1.2
#include "node/policy/admit.h"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "test/unit/seeded.h"

namespace comity::policy {
namespace {

using proto::AgencyId;
using proto::UserId;

template <class Id>
Id numbered(std::uint64_t number) {
  Id id;
  id.writable()[0] = static_cast<std::byte>(number + 1);
  return id;
}

Person person(std::uint64_t agency, std::uint64_t user) {
  return {numbered<AgencyId>(agency), numbered<UserId>(user)};
}

Reader reader_of(std::uint64_t user, std::string unit = {}) {
  return {Reader::Kind::kPerson, person(0, user), std::move(unit)};
}

EntrySight plain() {
  return {
      .space_kind = v1::SPACE_KIND_SHARED, .space_open = true, .tlp = v1::TLP_AMBER, .writer = person(1, 7)};
}

// The slow, obvious twin: one sentence of the design a line.
Sight oracle(const Reader& reader, const SpaceReaders& readers, const EntrySight& entry) {
  std::set<std::string> reasons;
  if (!entry.space_open) reasons.insert("we never joined");
  if (entry.author_hidden) reasons.insert("its agency is suspended");
  if (entry.withheld) reasons.insert("its body is not shown");
  if (readers.rule == v1::READER_RULE_LISTED) {
    bool may = reader.kind == Reader::Kind::kOperator;
    if (reader.kind == Reader::Kind::kPerson) {
      for (const UserId& user : readers.persons)
        may = may || user == reader.person.user;
      for (const std::string& unit : readers.units)
        may = may || (!unit.empty() && unit == reader.unit);
    }
    if (!may) reasons.insert("not listed");
  }
  if (readers.people) {
    bool one_of_them = false;
    for (const Person& one : *readers.people) {
      one_of_them = one_of_them || (reader.kind == Reader::Kind::kPerson && !reader.person.user.is_zero() &&
                                    one.agency == reader.person.agency && one.user == reader.person.user);
    }
    if (!one_of_them) reasons.insert("no part of the circle");
  }
  const bool needs_name = entry.space_kind == v1::SPACE_KIND_CIRCLE || entry.tlp == v1::TLP_RED;
  if (needs_name || !entry.named.empty()) {
    bool named = false;
    if (reader.kind == Reader::Kind::kPerson && !reader.person.user.is_zero()) {
      named = entry.writer.agency == reader.person.agency && entry.writer.user == reader.person.user;
      for (const Person& one : entry.named)
        named = named || (one.agency == reader.person.agency && one.user == reader.person.user);
    }
    if (!named) reasons.insert("not named");
  }
  if (!reasons.empty()) return Sight::kNothing;
  return entry.withdrawn ? Sight::kTombstone : Sight::kWhole;
}

}  // namespace

TEST_CASE("an open space admits all staff, a listed one the listed persons and units and the operator") {
  SpaceReaders readers;
  const Reader staff;
  const Reader op{Reader::Kind::kOperator, {}, {}};
  CHECK(admit(staff, readers, plain()) == Sight::kWhole);
  readers = {.rule = v1::READER_RULE_LISTED, .persons = {numbered<UserId>(3)}, .units = {"legal"}};
  CHECK(admit(staff, readers, plain()) == Sight::kNothing);
  CHECK(admit(op, readers, plain()) == Sight::kWhole);
  CHECK(admit(reader_of(3), readers, plain()) == Sight::kWhole);
  CHECK(admit(reader_of(4, "legal"), readers, plain()) == Sight::kWhole);
  CHECK(admit(reader_of(4, "press"), readers, plain()) == Sight::kNothing);
}

TEST_CASE("a circle and a RED entry show to the named people and their writer, not to the operator") {
  const std::vector<Person> named{person(0, 3), person(1, 4)};
  EntrySight circle = plain();
  circle.space_kind = v1::SPACE_KIND_CIRCLE;
  circle.named = named;
  EntrySight red = plain();
  red.tlp = v1::TLP_RED;
  red.named = named;
  red.writer = person(0, 9);
  for (const EntrySight& entry : {circle, red}) {
    CHECK(admit(reader_of(3), {}, entry) == Sight::kWhole);
    // The user id of another agency's person is nobody here.
    CHECK(admit(reader_of(4), {}, entry) == Sight::kNothing);
    CHECK(admit({Reader::Kind::kOperator, {}, {}}, {}, entry) == Sight::kNothing);
    CHECK(admit({}, {}, entry) == Sight::kNothing);
  }
  CHECK(admit(reader_of(9), {}, red) == Sight::kWhole);
  circle.named = {};
  CHECK(admit(reader_of(3), {}, circle) == Sight::kNothing);
}

TEST_CASE("a circle is entered by its people alone, even where an entry names others") {
  const SpaceReaders readers{.people = std::vector<Person>{person(0, 3), person(1, 4)}};
  CHECK(admits(readers, reader_of(3)));
  for (const Reader& reader : {reader_of(4), reader_of(5), Reader{}, Reader{Reader::Kind::kOperator, {}, {}},
                               Reader{Reader::Kind::kPerson, {}, {}}})
    CHECK_FALSE(admits(readers, reader));
  CHECK_FALSE(admits({.people = std::vector<Person>{}}, reader_of(3)));
  const std::vector<Person> named{person(0, 3), person(0, 5)};
  EntrySight entry = plain();
  entry.space_kind = v1::SPACE_KIND_CIRCLE;
  entry.named = named;
  CHECK(admit(reader_of(3), readers, entry) == Sight::kWhole);
  CHECK(admit(reader_of(5), readers, entry) == Sight::kNothing);
}

TEST_CASE("random readers, rules and entries: admit agrees with its obvious twin") {
  test::SeededRandom random(20);
  std::size_t seen[3] = {};
  for (int round = 0; round < 200'000; ++round) {
    Reader reader;
    reader.kind = static_cast<Reader::Kind>(random.below(3));
    if (reader.kind == Reader::Kind::kPerson) {
      if (!random.chance(5)) reader.person = person(0, random.below(4));
      reader.unit = random.chance(50) ? "" : std::string(1, static_cast<char>('a' + random.below(3)));
    }
    SpaceReaders readers;
    readers.rule = random.chance(60) ? v1::READER_RULE_OPEN : v1::READER_RULE_LISTED;
    for (std::uint64_t i = 0; i < 4; ++i) {
      if (random.chance(30)) readers.persons.push_back(numbered<UserId>(i));
    }
    for (const char* unit : {"", "a", "b", "c"}) {
      if (random.chance(25)) readers.units.emplace_back(unit);
    }
    if (random.chance(25)) {
      std::set<Person> people;
      for (std::uint64_t i = random.below(6); i > 0; --i)
        people.insert(person(random.below(2), random.below(4)));
      readers.people.emplace(people.begin(), people.end());
    }
    std::vector<Person> named;
    for (std::uint64_t i = 0; i < 5; ++i) {
      if (random.chance(12)) named.push_back(person(random.below(2), random.below(4)));
    }
    EntrySight entry{.space_kind = static_cast<v1::SpaceKind>(1 + random.below(4)),
                     .space_open = random.chance(90),
                     .tlp = static_cast<v1::Tlp>(1 + random.below(5)),
                     .author_hidden = random.chance(8),
                     .withheld = random.chance(8),
                     .withdrawn = random.chance(25),
                     .named = named};
    if (random.chance(80)) entry.writer = person(random.below(2), random.below(4));
    const Sight sight = admit(reader, readers, entry);
    REQUIRE(sight == oracle(reader, readers, entry));
    ++seen[static_cast<int>(sight)];
  }
  CHECK(seen[0] > 1000);
  CHECK(seen[1] > 1000);
  CHECK(seen[2] > 1000);
}

}  // namespace comity::policy
