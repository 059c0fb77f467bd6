// SPDX-License-Identifier: EUPL-1.2
// user, profile and people: the people of this agency, and those whom partners tell of.
#include <boost/json/array.hpp>

#include "crypto/bech32m.h"
#include "crypto/password.h"
#include "crypto/secret.h"
#include "node/api/answer.h"
#include "node/api/arguments.h"
#include "node/api/caller.h"
#include "node/api/spaces.h"
#include "node/community/ids.h"
#include "node/community/people/passwords.h"
#include "node/community/people/people_reader.h"
#include "node/community/people/sessions.h"

namespace comity::api {
namespace {

namespace json = boost::json;
using community::KnownPerson;
using community::PeopleReader;
using community::PersonRow;
using community::PlannedPerson;
using proto::AgencyId;
using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;

using Task = http::Task<Result<json::value>>;

json::array texts_json(const auto& texts) {
  json::array out;
  for (const auto& text : texts)
    out.push_back(json::value(std::string(text)));
  return out;
}

json::object user_json(const PersonRow& person) {
  return {
      {"handle", person.handle}, {"id", community::id_text(person.id)},       {"name", person.name},
      {"unit", person.unit},     {"role", community::role_text(person.role)}, {"disabled", person.disabled}};
}

/// What a person of ours sees of their own card besides: how much of it partners are told.
Result<json::value> profile_json(const CommunityDesk& desk, const storage::View& view,
                                 const KnownPerson& person) {
  json::object out = known_json(person);
  if (person.id.agency == desk.self) {
    COMITY_TRY(const auto profile, community::find_profile(view, person.id.user));
    out["listed"] = profile.listed;
    out["contact"] = profile.contact;
  }
  return json::value(std::move(out));
}

/// What is answered once the rows are on disk.
using Shown = std::function<Result<json::value>()>;

void commit_person(const CommunityDesk& desk, const Call& call, std::string_view event, PlannedPerson planned,
                   const std::shared_ptr<Promise>& promise, Shown shown) {
  auto record = federation::audit_event(event, by(call), desk.now(), {}, {{"handle", planned.person.handle}});
  if (!shown) shown = [person = user_json(planned.person)] { return Result<json::value>(person); };
  desk.commit(std::move(record), std::move(planned.rows),
              [desk, promise, shown = std::move(shown)](const Status& done) {
                promise->complete(done.ok() ? shown() : Result<json::value>(done.error()));
                desk.directory.refresh();
                desk.writer.flush();
              });
}

Task change_person(const CommunityDesk& desk, const Call& call, std::string_view event,
                   Result<PlannedPerson> planned, Shown shown = {}) {
  if (!planned.ok()) return answer(Result<json::value>(planned.error()));
  auto promise = std::make_shared<Promise>();
  commit_person(desk, call, event, *std::move(planned), promise, std::move(shown));
  return answer(std::move(promise));
}

/// A password on its way to its hash; kept in guarded memory.
using Password = std::shared_ptr<const crypto::Secret>;

Result<Password> password_of(const json::object& arguments, std::string_view handle) {
  COMITY_TRY(const auto text, text_argument(arguments, "password"));
  if (!text) return Password();
  COMITY_CHECK(crypto::check_password(proto::as_bytes(*text), handle));
  return Password(std::make_shared<crypto::Secret>(crypto::Secret::copy_of(proto::as_bytes(*text))));
}

Result<community::NewPerson> new_person(const json::object& arguments) {
  community::NewPerson what;
  COMITY_TRY(what.handle, required_text(arguments, "handle"));
  COMITY_TRY(const auto name, text_argument(arguments, "name"));
  what.name = name.value_or("");
  COMITY_TRY(const auto unit, text_argument(arguments, "unit"));
  what.unit = unit.value_or("");
  COMITY_TRY(what.skills, texts_argument(arguments, "skills"));
  COMITY_TRY(const auto role, text_argument(arguments, "role"));
  if (role) {
    const auto parsed = community::parse_role(*role);
    if (!parsed) return Error{Code::kBadArguments, "role: admin, moderator, records or member"};
    what.role = *parsed;
  }
  return what;
}

/// Hashes on the pool, then commits: the owner thread goes on meanwhile.
Task with_password(CommunityDesk desk, Call call, std::string event, PlannedPerson planned,
                   Password password) {
  const auto salt = desk.random.next<proto::UserId>();
  static_assert(proto::UserId::kSize == crypto::kPasswordSaltBytes);
  auto work = [password, salt] { return crypto::hash_password(password->view(), salt.view(), {}); };
  const auto hash = co_await desk.pool.run(std::move(work));
  if (!hash.ok()) co_return hash.error();
  community::put_password(planned.rows, planned.person.id, *hash);
  auto promise = std::make_shared<Promise>();
  commit_person(desk, call, event, std::move(planned), promise, {});
  auto value = co_await promise->wait();
  co_return value;
}

Task add_user(CommunityDesk desk, const Call& call) {
  const auto what = new_person(call.arguments);
  if (!what.ok()) return answer(Result<json::value>(what.error()));
  auto password = password_of(call.arguments, what->handle);
  if (!password.ok()) return answer(Result<json::value>(password.error()));
  const auto plan = [&]() -> Result<PlannedPerson> {
    COMITY_TRY(const auto view, desk.store.snapshot());
    return community::add_person(*view, *what, desk.random, desk.now());
  };
  auto planned = plan();
  if (!planned.ok() || !*password) return change_person(desk, call, "user.add", std::move(planned));
  return with_password(desk, call, "user.add", *std::move(planned), *std::move(password));
}

Task set_password(CommunityDesk desk, const Call& call) {
  const auto plan = [&]() -> Result<PlannedPerson> {
    COMITY_TRY(const std::string handle, required_text(call.arguments, "handle"));
    COMITY_TRY(const auto view, desk.store.snapshot());
    COMITY_TRY(auto person, community::find_person(*view, handle));
    PlannedPerson out{.person = std::move(person)};
    // Whoever knew the old one may be signed in, and may have made tokens.
    community::end_sessions(out.rows, out.person.id);
    community::end_tokens(out.rows, out.person.id);
    return out;
  };
  auto planned = plan();
  if (!planned.ok()) return answer(Result<json::value>(planned.error()));
  auto password = password_of(call.arguments, planned->person.handle);
  if (!password.ok()) return answer(Result<json::value>(password.error()));
  if (!*password) return answer(Result<json::value>(Error{Code::kBadArguments, "password: it is missing"}));
  return with_password(desk, call, "user.passwd", *std::move(planned), *std::move(password));
}

/// One's own: whoever else is signed in with the old one is signed out, apart from the session that asks.
Task set_own_password(CommunityDesk desk, const Call& call) {
  const auto plan = [&]() -> Result<PlannedPerson> {
    COMITY_TRY(const std::string handle, required_text(call.arguments, "as"));
    COMITY_TRY(const auto kept, hex_argument(call.arguments, "keep"));
    COMITY_TRY(const auto view, desk.store.snapshot());
    COMITY_TRY(auto person, community::acting_person(*view, handle));
    PlannedPerson out{.person = std::move(person)};
    COMITY_TRY(const auto sessions, community::sessions_of(*view, out.person.id));
    for (const community::SessionRow& session : sessions) {
      if (!proto::equal(session.hash.view(), kept))
        community::end_session(out.rows, out.person.id, session.hash);
    }
    return out;
  };
  auto planned = plan();
  if (!planned.ok()) return answer(Result<json::value>(planned.error()));
  auto password = password_of(call.arguments, planned->person.handle);
  if (!password.ok()) return answer(Result<json::value>(password.error()));
  if (!*password) return answer(Result<json::value>(Error{Code::kBadArguments, "password: it is missing"}));
  return with_password(desk, call, "user.passwd", *std::move(planned), *std::move(password));
}

Task set_disabled(CommunityDesk desk, const Call& call, bool disabled) {
  const auto plan = [&]() -> Result<PlannedPerson> {
    COMITY_TRY(const std::string handle, required_text(call.arguments, "handle"));
    COMITY_TRY(const auto view, desk.store.snapshot());
    COMITY_TRY(auto out, community::set_disabled(*view, handle, disabled));
    if (disabled) {
      community::end_sessions(out.rows, out.person.id);
      community::end_tokens(out.rows, out.person.id);
    }
    return out;
  };
  return change_person(desk, call, disabled ? "user.disable" : "user.enable", plan());
}

Result<json::value> list_users(const CommunityDesk& desk, const json::object& arguments) {
  COMITY_TRY(const std::size_t limit, page_limit(arguments));
  COMITY_TRY(const auto after, text_argument(arguments, "after"));
  COMITY_TRY(const auto view, desk.store.snapshot());
  COMITY_TRY(const auto page, community::list_people(*view, after.value_or(""), limit));
  json::array rows;
  for (const PersonRow& person : page.people)
    rows.push_back(user_json(person));
  return json::value(json::object{{"users", std::move(rows)},
                                  {"next", page.more ? page.people.back().handle : std::string()}});
}

Result<json::value> show_profile(const CommunityDesk& desk, const json::object& arguments) {
  COMITY_TRY(const std::string who, required_text(arguments, "who"));
  COMITY_TRY(const auto view, desk.store.snapshot());
  COMITY_TRY(const auto reader, reader_of(desk, *view, arguments));
  COMITY_TRY(const auto person, person_named(desk, *view, reader, who));
  return profile_json(desk, *view, person);
}

Result<community::ProfileChange> profile_change(const json::object& arguments) {
  community::ProfileChange out;
  COMITY_TRY(out.name, text_argument(arguments, "name"));
  COMITY_TRY(out.unit, text_argument(arguments, "unit"));
  COMITY_TRY(out.position, text_argument(arguments, "position"));
  COMITY_TRY(out.mail, text_argument(arguments, "mail"));
  COMITY_TRY(out.phone, text_argument(arguments, "phone"));
  COMITY_TRY(out.about, text_argument(arguments, "about"));
  if (arguments.contains("skills")) {
    COMITY_TRY(out.skills, texts_argument(arguments, "skills"));
  }
  if (arguments.contains("languages")) {
    COMITY_TRY(out.languages, texts_argument(arguments, "languages"));
  }
  COMITY_TRY(const auto release, text_argument(arguments, "release"));
  if (release) {
    if (*release != "standard" && *release != "contact" && *release != "nothing")
      return Error{Code::kBadArguments, "release: standard, contact or nothing"};
    out.listed = *release != "nothing";
    out.contact = *release == "contact";
  }
  return out;
}

Task set_profile(CommunityDesk desk, const Call& call) {
  const auto plan = [&]() -> Result<PlannedPerson> {
    COMITY_TRY(const std::string handle, required_text(call.arguments, "as"));
    COMITY_TRY(const auto change, profile_change(call.arguments));
    COMITY_TRY(const auto view, desk.store.snapshot());
    return community::change_profile(*view, handle, change);
  };
  auto planned = plan();
  Shown shown;
  if (planned.ok()) {
    shown = [desk, handle = planned->person.handle] { return show_profile(desk, {{"who", handle}}); };
  }
  return change_person(desk, call, "profile.set", std::move(planned), std::move(shown));
}

using Read = Result<json::value> (*)(const CommunityDesk& desk, const json::object& arguments);

void add_read(CommandTable& table, const CommunityDesk& desk, std::string name, Read read) {
  table.add(std::move(name), {.effect = Effect::kReads,
                              .run = [desk, read](Call call) { return answer(read(desk, call.arguments)); }});
}

}  // namespace

json::object known_json(const KnownPerson& person) {
  const v1::ProfileCard& card = person.card;
  return {{"person", community::address_text(person)},
          {"handle", card.handle()},
          {"id", community::id_text(person.id.user)},
          {"agency", person.agency},
          {"agency_id", crypto::agency_id_text(person.id.agency)},
          {"name", card.name()},
          {"unit", card.unit()},
          {"position", card.position()},
          {"skills", texts_json(card.skill())},
          {"languages", texts_json(card.language())},
          {"mail", card.mail()},
          {"phone", card.phone()},
          {"about", card.about()},
          {"left", card.left()}};
}

Result<policy::Reader> reader_of(const CommunityDesk& desk, const storage::View& view,
                                 const json::object& arguments) {
  COMITY_TRY(const auto as, text_argument(arguments, "as"));
  if (!as) return policy::Reader{.kind = policy::Reader::Kind::kOperator};
  COMITY_TRY(const auto person, community::acting_person(view, *as));
  return community::reader_of(desk.self, person);
}

Result<AgencyId> agency_named(const CommunityDesk& desk, const std::string& name) {
  const auto agency = desk.agency_of(name);
  if (!agency) return Error{Code::kPeerUnknown, name};
  return *agency;
}

Result<KnownPerson> person_named(const CommunityDesk& desk, const storage::View& view,
                                 const policy::Reader& reader, const std::string& text) {
  const std::size_t at = text.rfind('@');
  AgencyId agency = desk.self;
  if (at != std::string::npos) {
    COMITY_TRY(agency, agency_named(desk, text.substr(at + 1)));
  }
  const auto sights = desk.spaces.sights();
  return PeopleReader(view, *sights, reader).named(text.substr(0, at), agency);
}

Result<std::vector<policy::Person>> people_named(const CommunityDesk& desk, const storage::View& view,
                                                 const policy::Reader& reader,
                                                 const std::vector<std::string>& texts) {
  std::vector<policy::Person> out;
  if (texts.size() > community::Spaces::kMostInCircle)
    return Error{Code::kSpaceKindRule, "a circle has at most 128 people"};
  for (const std::string& text : texts) {
    COMITY_TRY(const KnownPerson person, person_named(desk, view, reader, text));
    if (person.card.left()) return Error{Code::kUserDisabled, text};
    out.push_back(person.id);
  }
  return out;
}

void add_people_commands(CommandTable& table, CommunityDesk desk) {
  table.add("user/add", {.run = [desk](Call call) { return add_user(desk, call); }});
  table.add("user/passwd", {.run = [desk](Call call) { return set_password(desk, call); }});
  table.add("password/set", {.run = [desk](Call call) { return set_own_password(desk, call); }});
  table.add("user/disable", {.run = [desk](Call call) { return set_disabled(desk, call, true); }});
  table.add("user/enable", {.run = [desk](Call call) { return set_disabled(desk, call, false); }});
  table.add("profile/set", {.run = [desk](Call call) { return set_profile(desk, call); }});
  add_read(table, desk, "user/list", list_users);
  add_read(table, desk, "profile/show", show_profile);
}

}  // namespace comity::api
