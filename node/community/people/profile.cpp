// SPDX-License-Identifier: EUPL-1.2
#include "node/community/people/profile.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "node/community/people/fold.h"
#include "node/community/people/people_walk.h"
#include "node/community/tables.h"
#include "node/community/text.h"
#include "node/feed/row.h"
#include "proto/decode.h"
#include "proto/utf8.h"

namespace comity::community {
namespace {

constexpr std::uint8_t kListed = 1;
constexpr std::uint8_t kContact = 2;
constexpr std::size_t kLineBytes = 256;
constexpr std::size_t kPhoneBytes = 64;
constexpr std::size_t kAboutBytes = 8192;
constexpr std::size_t kSkillBytes = 64;
constexpr int kMostSkills = 64;
constexpr std::size_t kLanguageBytes = 35;
constexpr int kMostLanguages = 16;

Error bad(std::string_view field, std::string_view what) {
  return {Code::kProfileRule, fmt::format("{}: {}", field, what)};
}

Status check_line(std::string_view field, std::string_view text, std::size_t most) {
  if (text.size() > most) return bad(field, fmt::format("at most {} bytes", most));
  if (!proto::is_plain_line(proto::as_bytes(text))) return bad(field, "one plain line of text");
  return {};
}

bool is_tag_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

Status check_skills(const v1::ProfileCard& card) {
  if (card.skill_size() > kMostSkills) return bad("skills", "at most 64");
  std::set<std::string_view> seen;
  for (const std::string& skill : card.skill()) {
    COMITY_CHECK(check_line("skill", skill, kSkillBytes));
    if (skill.find_first_not_of(' ') == std::string::npos) return bad("skill", "it is empty");
    if (!seen.insert(skill).second) return bad("skills", "each once");
  }
  return {};
}

Status check_languages(const v1::ProfileCard& card) {
  if (card.language_size() > kMostLanguages) return bad("languages", "at most 16");
  std::set<std::string_view> seen;
  for (const std::string& tag : card.language()) {
    const bool fine =
        tag.size() >= 2 && tag.size() <= kLanguageBytes && std::all_of(tag.begin(), tag.end(), is_tag_letter);
    if (!fine) return bad("language", "a tag such as nb or pt-BR");
    if (!seen.insert(tag).second) return bad("languages", "each once");
  }
  return {};
}

Bytes encode(ByteView key, const PersonRow& person, const Profile& profile) {
  feed::RowWriter row;
  row.number(static_cast<std::uint8_t>((profile.listed ? kListed : 0) | (profile.contact ? kContact : 0)))
      .bytes(proto::encode(own_card(person, profile)));
  return std::move(row).finish(key);
}

Result<std::pair<std::uint8_t, v1::ProfileCard>> decode(ByteView key, ByteView value) {
  COMITY_TRY(auto row, feed::RowReader::open(kProfiles.info(), key, value));
  const auto flags = row.number<std::uint8_t>();
  auto card = proto::decode<v1::ProfileCard>(row.rest(), kProfileCardBytes);
  if (!row.done() || !card.ok()) return feed::damaged(kProfiles.info(), key, "the layout is another one");
  return std::pair(flags, *std::move(card));
}

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(' ') - begin + 1));
}

std::vector<std::string> tidied(const std::vector<std::string>& words) {
  std::vector<std::string> out;
  for (const std::string& word : words) {
    const std::string tidy = lower_case(trimmed(word));
    if (!tidy.empty() && std::find(out.begin(), out.end(), tidy) == out.end()) out.push_back(tidy);
  }
  return out;
}

void apply(const ProfileChange& change, PersonRow& person, Profile& profile) {
  const auto set = [](auto& to, const auto& from) {
    if (from) to = *from;
  };
  if (change.name) person.name = change.name->empty() ? person.handle : *change.name;
  set(person.unit, change.unit);
  set(profile.position, change.position);
  if (change.skills) profile.skills = tidied(*change.skills);
  if (change.languages) profile.languages = tidied(*change.languages);
  set(profile.mail, change.mail);
  set(profile.phone, change.phone);
  if (change.about) profile.about = with_line_feeds(*change.about);
  set(profile.listed, change.listed);
  set(profile.contact, change.contact);
}

}  // namespace

Status check_card(const v1::ProfileCard& card) {
  if (!is_handle(card.handle())) return bad("handle", "it is no sign-in name");
  COMITY_CHECK(check_line("name", card.name(), kLineBytes));
  COMITY_CHECK(check_line("unit", card.unit(), kLineBytes));
  COMITY_CHECK(check_line("position", card.position(), kLineBytes));
  COMITY_CHECK(check_line("mail", card.mail(), kLineBytes));
  COMITY_CHECK(check_line("phone", card.phone(), kPhoneBytes));
  COMITY_CHECK(check_skills(card));
  COMITY_CHECK(check_languages(card));
  if (!check_optional_text(card.about(), kAboutBytes).ok())
    return bad("about", "plain text of at most 8192 bytes");
  return {};
}

v1::ProfileCard own_card(const PersonRow& person, const Profile& profile) {
  v1::ProfileCard card;
  card.set_handle(person.handle);
  card.set_name(person.name);
  card.set_unit(person.unit);
  card.set_position(profile.position);
  for (const std::string& skill : profile.skills)
    card.add_skill(skill);
  card.set_about(profile.about);
  card.set_mail(profile.mail);
  card.set_phone(profile.phone);
  for (const std::string& language : profile.languages)
    card.add_language(language);
  card.set_left(person.disabled);
  return card;
}

std::optional<v1::ProfileCard> released_card(const PersonRow& person, const Profile& profile) {
  if (!profile.listed) return std::nullopt;
  v1::ProfileCard card = own_card(person, profile);
  if (!profile.contact) {
    card.clear_mail();
    card.clear_phone();
  }
  if (!person.disabled) return card;
  v1::ProfileCard left;
  left.set_handle(person.handle);
  left.set_name(person.name);
  left.set_left(true);
  return left;
}

Result<Profile> find_profile(const storage::View& view, const UserId& user) {
  const Bytes key = kProfiles.key(user);
  COMITY_TRY(const auto value, view.get(key));
  if (!value) return Profile();
  COMITY_TRY(const auto row, decode(key, *value));
  const auto& [flags, card] = row;
  Profile out{.position = card.position(), .mail = card.mail(), .phone = card.phone()};
  out.skills.assign(card.skill().begin(), card.skill().end());
  out.languages.assign(card.language().begin(), card.language().end());
  out.about = card.about();
  out.listed = (flags & kListed) != 0;
  out.contact = (flags & kContact) != 0;
  return out;
}

Result<std::map<UserId, v1::ProfileCard>> profile_cards(const storage::View& view, const UserId& first,
                                                        const UserId& last) {
  std::map<UserId, v1::ProfileCard> out;
  Status status;
  const storage::Range range{kProfiles.key(first), storage::key_after(kProfiles.key(last))};
  COMITY_CHECK(view.walk(range, false, [&](ByteView key, ByteView value) {
    const auto place = kProfiles.parse(key);
    auto row = place.ok() ? decode(key, value) : place.error();
    if (!row.ok()) {
      status = row.error();
      return false;
    }
    out.emplace_hint(out.end(), std::get<0>(*place), std::move(row->second));
    return true;
  }));
  COMITY_CHECK(status);
  return out;
}

Status put_profile(storage::Batch& rows, const PersonRow& person, const ProfileChange& change) {
  PersonRow changed = person;
  Profile profile;
  apply(change, changed, profile);
  COMITY_CHECK(check_card(own_card(changed, profile)));
  const Bytes key = kProfiles.key(person.id);
  rows.put(key, encode(key, changed, profile));
  return {};
}

Result<PlannedPerson> change_profile(const storage::View& view, std::string_view handle,
                                     const ProfileChange& change) {
  COMITY_TRY(const PersonRow before, acting_person(view, handle));
  COMITY_TRY(Profile profile, find_profile(view, before.id));
  const Bytes key = kProfiles.key(before.id);
  COMITY_TRY(const auto held, view.get(key));
  PlannedPerson planned;
  if (held) {
    planned.rows.expect_equal(key, *held);
  } else {
    planned.rows.expect_absent(key);
  }
  planned.person = before;
  apply(change, planned.person, profile);
  COMITY_CHECK(check_card(own_card(planned.person, profile)));
  planned.rows.put(key, encode(key, planned.person, profile));
  replace_person(planned.rows, before, planned.person);
  return planned;
}

}  // namespace comity::community
