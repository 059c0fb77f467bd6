// SPDX-License-Identifier: EUPL-1.2
#include "node/community/people/people.h"

#include <algorithm>
#include <array>

#include "node/community/people/people_walk.h"
#include "node/community/people/profile.h"
#include "node/community/tables.h"
#include "node/feed/row.h"
#include "proto/utf8.h"

namespace comity::community {
namespace {

constexpr std::size_t kHandleBytes = 64;
constexpr std::size_t kNameBytes = 256;
constexpr std::array<std::string_view, 4> kRoles{"member", "moderator", "records", "admin"};

Bytes encode(ByteView key, const PersonRow& person) {
  feed::RowWriter row;
  row.number(static_cast<std::uint8_t>(person.role))
      .number(static_cast<std::uint8_t>(person.disabled ? 1 : 0))
      .number(millis(person.since))
      .number(static_cast<std::uint16_t>(person.handle.size()))
      .bytes(proto::as_bytes(person.handle))
      .number(static_cast<std::uint16_t>(person.name.size()))
      .bytes(proto::as_bytes(person.name))
      .bytes(proto::as_bytes(person.unit));
  return std::move(row).finish(key);
}

Result<PersonRow> decode(ByteView key, ByteView value) {
  COMITY_TRY(const auto place, kPeople.parse(key));
  COMITY_TRY(auto row, feed::RowReader::open(kPeople.info(), key, value));
  PersonRow person{.id = std::get<0>(place)};
  const auto role = row.number<std::uint8_t>();
  person.disabled = row.number<std::uint8_t>() != 0;
  person.since = from_millis(row.number<std::uint64_t>());
  person.handle = proto::as_text(row.bytes(row.number<std::uint16_t>()));
  person.name = proto::as_text(row.bytes(row.number<std::uint16_t>()));
  person.unit = proto::as_text(row.rest());
  if (!row.done() || role < 1 || role > kRoles.size())
    return feed::damaged(kPeople.info(), key, "the layout is another one");
  person.role = static_cast<Role>(role);
  return person;
}

Status check_line(std::string_view what, std::string_view text) {
  if (text.size() <= kNameBytes && proto::is_plain_line(proto::as_bytes(text))) return {};
  return Error{Code::kTextRule, std::string(what) + " is one plain line of at most 256 bytes"};
}

}  // namespace

std::string_view role_text(Role role) noexcept {
  return kRoles.at(static_cast<std::size_t>(role) - 1);
}

std::optional<Role> parse_role(std::string_view text) noexcept {
  const auto at = std::find(kRoles.begin(), kRoles.end(), text);
  if (at == kRoles.end()) return std::nullopt;
  return static_cast<Role>(at - kRoles.begin() + 1);
}

bool is_handle(std::string_view text) noexcept {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  if (text.empty() || text.size() > kHandleBytes || !is_letter(text.front())) return false;
  if (text.back() == '.' || text.back() == '-') return false;
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-'; });
}

Result<PlannedPerson> add_person(const storage::View& view, const NewPerson& what, crypto::Random& random,
                                 WallTime now) {
  if (!is_handle(what.handle)) return Error{Code::kHandleRule, {}};
  COMITY_CHECK(check_line("a name", what.name));
  COMITY_CHECK(check_line("a unit", what.unit));
  const Bytes handle_key = kHandles.key(what.handle);
  COMITY_TRY(const auto taken, view.get(handle_key));
  if (taken) return Error{Code::kUserExists, what.handle};

  PlannedPerson planned{.person = {.id = random.next<UserId>(),
                                   .handle = what.handle,
                                   .name = what.name.empty() ? what.handle : what.name,
                                   .unit = what.unit,
                                   .role = what.role,
                                   .since = now}};
  const Bytes key = kPeople.key(planned.person.id);
  feed::RowWriter owner;
  owner.bytes(planned.person.id.view());
  planned.rows.expect_absent(handle_key).put(handle_key, std::move(owner).finish(handle_key));
  planned.rows.put(key, encode(key, planned.person));
  if (!what.skills.empty()) COMITY_CHECK(put_profile(planned.rows, planned.person, {.skills = what.skills}));
  return planned;
}

void replace_person(storage::Batch& rows, const PersonRow& before, const PersonRow& after) {
  const Bytes key = kPeople.key(before.id);
  rows.expect_equal(key, encode(key, before)).put(key, encode(key, after));
}

Result<PlannedPerson> set_disabled(const storage::View& view, std::string_view handle, bool disabled) {
  COMITY_TRY(const PersonRow before, find_person(view, handle));
  PlannedPerson planned{.person = before};
  planned.person.disabled = disabled;
  replace_person(planned.rows, before, planned.person);
  return planned;
}

Result<PersonRow> find_person(const storage::View& view, std::string_view handle) {
  if (!is_handle(handle)) return Error{Code::kUserUnknown, {}};
  const Bytes key = kHandles.key(std::string(handle));
  COMITY_TRY(const auto value, view.get(key));
  if (!value) return Error{Code::kUserUnknown, std::string(handle)};
  COMITY_TRY(auto row, feed::RowReader::open(kHandles.info(), key, *value));
  const auto user = row.id<UserId>();
  if (!row.done()) return feed::damaged(kHandles.info(), key, "the layout is another one");
  COMITY_TRY(auto person, find_person(view, user));
  if (!person || person->handle != handle)
    return feed::damaged(kHandles.info(), key, "it points to nobody of that name");
  return *std::move(person);
}

Result<PersonRow> acting_person(const storage::View& view, std::string_view handle) {
  COMITY_TRY(auto person, find_person(view, handle));
  if (person.disabled) return Error{Code::kUserDisabled, std::string(handle)};
  return person;
}

Result<std::optional<PersonRow>> find_person(const storage::View& view, const UserId& user) {
  const Bytes key = kPeople.key(user);
  COMITY_TRY(const auto value, view.get(key));
  if (!value) return std::optional<PersonRow>();
  COMITY_TRY(auto person, decode(key, *value));
  return std::optional<PersonRow>(std::move(person));
}

Result<PeoplePage> list_people(const storage::View& view, std::string_view after, std::size_t limit) {
  storage::Range range = kHandles.range();
  if (!after.empty()) range.begin = storage::key_after(kHandles.key(std::string(after)));
  PeoplePage page;
  std::vector<std::string> handles;
  COMITY_CHECK(view.walk(range, false, [&](ByteView key, ByteView) {
    if (handles.size() == limit) {
      page.more = true;
      return false;
    }
    if (auto place = kHandles.parse(key); place.ok()) handles.push_back(std::get<0>(*std::move(place)));
    return true;
  }));
  for (const std::string& handle : handles) {
    COMITY_TRY(auto person, find_person(view, handle));
    page.people.push_back(std::move(person));
  }
  return page;
}

Result<PeoplePage> people_by_id(const storage::View& view, const std::optional<UserId>& after,
                                std::size_t limit) {
  storage::Range range = kPeople.range();
  if (after) range.begin = storage::key_after(kPeople.key(*after));
  PeoplePage page;
  Status status;
  COMITY_CHECK(view.walk(range, false, [&](ByteView key, ByteView value) {
    page.more = page.people.size() == limit;
    if (page.more) return false;
    auto person = decode(key, value);
    if (!person.ok()) {
      status = person.error();
      return false;
    }
    page.people.push_back(*std::move(person));
    return true;
  }));
  COMITY_CHECK(status);
  return page;
}

Result<std::uint32_t> count_staff(const storage::View& view) {
  std::uint32_t count = 0;
  Status status;
  COMITY_CHECK(view.walk(kPeople.range(), false, [&](ByteView key, ByteView value) {
    const auto person = decode(key, value);
    if (!person.ok()) {
      status = person.error();
      return false;
    }
    count += person->disabled ? 0 : 1;
    return true;
  }));
  COMITY_CHECK(status);
  return count;
}

Reader reader_of(const AgencyId& agency, const PersonRow& person) {
  return {.kind = Reader::Kind::kPerson, .person = {agency, person.id}, .unit = person.unit};
}

}  // namespace comity::community
