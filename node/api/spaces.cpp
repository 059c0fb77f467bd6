// SPDX-License-Identifier: EUPL-1.2
#include "node/api/spaces.h"

#include <algorithm>
#include <map>
#include <set>

#include <boost/json/array.hpp>

#include "crypto/bech32m.h"
#include "node/api/answer.h"
#include "node/api/arguments.h"
#include "node/api/caller.h"
#include "node/community/ids.h"
#include "node/community/people/follows.h"
#include "node/community/people/people.h"
#include "node/community/people/people_reader.h"
#include "node/federation/sync/delivery.h"
#include "node/feed/hlc.h"
#include "node/feed/reader.h"
#include "proto/bounds.h"
#include "proto/moment.h"

namespace comity::api {
namespace {

namespace json = boost::json;
using community::Space;
using proto::AgencyId;
using proto::Code;
using proto::Error;
using proto::Result;
using proto::SpaceId;
using proto::Status;

using Task = http::Task<Result<json::value>>;

std::string_view kind_text(v1::SpaceKind kind) {
  switch (kind) {
    case v1::SPACE_KIND_INSIDE:
      return "inside";
    case v1::SPACE_KIND_SHARED:
      return "shared";
    case v1::SPACE_KIND_CIRCLE:
      return "circle";
    case v1::SPACE_KIND_DIRECTORY:
      return "directory";
    default:
      return "unknown";
  }
}

/// In words, as in "no agreement between justice and finance".
std::string unreached_text(policy::NotReached why, const std::string& us, const std::string& them) {
  const std::string between = "between " + us + " and " + them;
  switch (why) {
    case policy::NotReached::kNoAgreement:
      return "no agreement " + between;
    case policy::NotReached::kNotActive:
      return "the agreement " + between + " is not in force";
    case policy::NotReached::kDirection:
      return "the agreement " + between + " lets " + us + " send nothing";
    case policy::NotReached::kSpaceNotAllowed:
      return "the agreement " + between + " does not name the space";
    case policy::NotReached::kCeiling:
      return "the space admits labels that the agreement " + between + " does not";
  }
  return "";
}

std::string_view freshness_text(community::Freshness freshness) {
  switch (freshness) {
    case community::Freshness::kFresh:
      return "fresh";
    case community::Freshness::kWarn:
      return "warning";
    case community::Freshness::kRefuse:
      return "posts are refused";
  }
  return "";
}

std::string_view history_text(v1::HistoryRule rule) {
  switch (rule) {
    case v1::HISTORY_RULE_SINCE:
      return "since";
    case v1::HISTORY_RULE_NONE:
      return "none";
    default:
      return "all";
  }
}

Result<v1::SpaceKind> parse_kind(const std::string& text) {
  if (text == "inside") return v1::SPACE_KIND_INSIDE;
  if (text == "shared") return v1::SPACE_KIND_SHARED;
  if (text == "circle") return v1::SPACE_KIND_CIRCLE;
  return Error{Code::kBadArguments, "kind: inside, shared or circle"};
}

policy::Reader operator_reader() {
  return {.kind = policy::Reader::Kind::kOperator};
}

/// Who belongs to a circle, as the reader calls them.
Result<json::array> people_json(const CommunityDesk& desk, const Space& space, const policy::Reader& reader) {
  COMITY_TRY(const auto view, desk.store.snapshot());
  const auto sights = desk.spaces.sights();
  const community::PeopleReader people(*view, *sights, reader);
  std::set<std::string> texts;
  for (const policy::Person& person : space.people()) {
    COMITY_TRY(const auto known, people.author(space.id(), person));
    texts.insert(community::address_text(known));
  }
  return json::array(texts.begin(), texts.end());
}

}  // namespace

json::object space_json(const CommunityDesk& desk, const Space& space, const policy::Reader& reader) {
  const auto sights = desk.spaces.sights();
  const bool whole = !space.circle() || policy::admits(space.readers, reader);
  json::object out{{"id", community::id_text(space.id())},
                   {"slug", space.slug()},
                   {"title", whole ? space.title() : std::string()},
                   {"description", whole && space.card ? space.card->description() : std::string()},
                   {"kind", kind_text(space.kind())},
                   {"state", community::standing_text(space.standing(desk.self))},
                   {"steward", sights->name(space.steward())},
                   {"steward_id", crypto::agency_id_text(space.steward())},
                   {"label_ceiling", policy::tlp_text(space.manifest.ceiling.tlp)},
                   {"history", history_text(space.manifest.message.history())},
                   {"readers", space.circle()                                 ? "named"
                               : space.readers.rule == v1::READER_RULE_LISTED ? "listed"
                                                                              : "open"}};
  if (space.circle() && whole) {
    if (auto people = people_json(desk, space, reader); people.ok()) out["people"] = *std::move(people);
  }
  return out;
}

namespace {

/// How many of our own staff may read the space.
Result<std::uint64_t> count_readers(const storage::View& view, const AgencyId& self, const Space& space) {
  std::uint64_t count = 0;
  std::string after;
  for (bool more = true; more;) {
    COMITY_TRY(const auto page, community::list_people(view, after, 500));
    for (const community::PersonRow& person : page.people)
      count +=
          !person.disabled && policy::admits(space.readers, community::reader_of(self, person)) ? 1U : 0U;
    more = page.more && !page.people.empty();
    if (more) after = page.people.back().handle;
  }
  return count;
}

json::array members_json(const CommunityDesk& desk, const SpaceId& id,
                         const std::vector<community::MemberView>& members) {
  const auto sights = desk.spaces.sights();
  json::array rows;
  for (const community::MemberView& member : members) {
    json::array unreached;
    for (const AgencyId& agency : member.without) {
      const std::string name = sights->name(agency);
      unreached.push_back(json::object{
          {"agency", name},
          {"agency_id", crypto::agency_id_text(agency)},
          {"reason", "no agreement between " + member.name + " and " + name + " admits this space"}});
    }
    json::object row{{"agency", member.name},
                     {"agency_id", crypto::agency_id_text(member.agency)},
                     {"state", member.self      ? "self"
                               : member.reached ? "reached"
                                                : "not reached"},
                     {"have", member.have},
                     {"total", nullptr},
                     {"readers", nullptr},
                     {"readers_by", nullptr},
                     {"readers_stated", nullptr},
                     {"acked", nullptr},
                     {"sent", nullptr},
                     {"reason", nullptr},
                     {"unreached", std::move(unreached)},
                     {"last_heard", nullptr},
                     {"possibly_stale", false}};
    if (member.total) row["total"] = *member.total;
    if (member.why) row["reason"] = unreached_text(*member.why, sights->name(desk.self), member.name);
    if (!member.self && desk.freshness) {
      const auto fresh = desk.freshness(id, member.agency);
      if (fresh.heard) row["last_heard"] = proto::moment_text(*fresh.heard);
      row["possibly_stale"] = fresh.possibly_stale;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

namespace {

/// How far the members whom we reach have confirmed our feed.
Status add_acked(const CommunityDesk& desk, const storage::View& view, const Space& space,
                 const std::vector<community::MemberView>& members, json::array& rows) {
  const proto::FeedId& feed = space.membership.feed;
  COMITY_TRY(const auto holders, federation::stored_holders(view, desk.storage_key, feed));
  if (holders.empty()) return {};
  COMITY_TRY(const auto state, feed::get_feed(view, feed));
  for (std::size_t at = 0; at < members.size(); ++at) {
    const auto holder = std::find_if(holders.begin(), holders.end(), [&](const federation::Holder& one) {
      return one.agency == members[at].agency;
    });
    if (holder == holders.end()) continue;
    // What lies before its first entry was never meant for it.
    const std::uint64_t before = proto::raw(holder->from) - 1;
    const auto count = [&](proto::Seq upto) { return proto::raw(upto) - std::min(proto::raw(upto), before); };
    rows[at].as_object()["acked"] = count(holder->acked);
    rows[at].as_object()["sent"] = count(state.end.seq);
  }
  return {};
}

/// The newest word of each member of a space on its audience, other than ours.
Result<std::map<AgencyId, feed::FeedState>> newest_words(const storage::View& view, const SpaceId& space) {
  std::map<AgencyId, feed::FeedState> out;
  COMITY_CHECK(feed::each_feed(view, [&](const feed::FeedState& state) {
    const bool speaks =
        state.space == space && !state.own && !state.end.closed && state.end.audience_seq != proto::Seq{0};
    if (!speaks) return true;
    // Of several incarnations the one with the newest word.
    const auto [at, fresh] = out.try_emplace(state.agency(), state);
    if (!fresh && at->second.end.hlc < state.end.hlc) at->second = state;
    return true;
  }));
  return out;
}

/// How many people of other agencies read the space: as they stated with their newest AUDIENCE, else as many
/// as we know by their cards, which is a lower bound.
Status add_partner_readers(const CommunityDesk& desk, const storage::View& view, const SpaceId& space,
                           const std::vector<community::MemberView>& members, const policy::Reader& reader,
                           json::array& rows) {
  COMITY_TRY(const auto words, newest_words(view, space));
  const auto sights = desk.spaces.sights();
  const community::PeopleReader people(view, *sights, reader);
  const feed::FeedReader feeds(view, desk.storage_key);
  for (std::size_t at = 0; at < members.size(); ++at) {
    const community::MemberView& member = members[at];
    if (member.self) continue;
    json::object& row = rows[at].as_object();
    if (const auto word = words.find(member.agency); word != words.end()) {
      COMITY_TRY(const auto audience, feeds.audience(word->second));
      COMITY_TRY(const auto stated, feeds.header(word->second.feed(), word->second.end.audience_seq));
      row["readers"] = audience.reader_count();
      row["readers_by"] = "statement";
      row["readers_stated"] = proto::moment_text(feed::hlc_time(stated.header.hlc));
      if (audience.reader_count() > 0) continue;
    }
    COMITY_TRY(const auto found, people.search({.agency = member.agency, .limit = proto::bounds::kListPage}));
    if (found.people.empty()) continue;
    row["readers"] = found.people.size();
    row["readers_by"] = "cards";
    row["readers_stated"] = nullptr;
  }
  return {};
}

}  // namespace

Result<json::value> space_with_members(const CommunityDesk& desk, const SpaceId& id,
                                       const policy::Reader& reader) {
  const Space* const space = desk.spaces.find(id);
  if (space == nullptr) return Error{Code::kSpaceUnknown, community::id_text(id)};
  json::object out = space_json(desk, *space, reader);
  COMITY_TRY(const auto view, desk.store.snapshot());
  COMITY_TRY(const auto members, desk.spaces.members(*view, id, desk.stated));
  json::array rows = members_json(desk, id, members);
  for (json::value& row : rows) {
    if (row.at("state") != "self") continue;
    COMITY_TRY(row.as_object()["readers"], count_readers(*view, desk.self, *space));
    row.as_object()["readers_by"] = "count";
  }
  COMITY_CHECK(add_acked(desk, *view, *space, members, rows));
  COMITY_CHECK(add_partner_readers(desk, *view, id, members, reader, rows));
  out["members"] = std::move(rows);
  json::array relays;
  for (const std::string& relay : space->manifest.message.relay()) {
    const auto agency = AgencyId::from(proto::as_bytes(relay));
    if (!agency.ok()) continue;
    relays.push_back(json::object{{"agency", desk.spaces.sights()->name(*agency)},
                                  {"agency_id", crypto::agency_id_text(*agency)}});
  }
  out["relays"] = std::move(relays);
  COMITY_TRY(out["pinned"], pinned_json(desk, *view, *space, reader));
  out["steward_freshness"] = freshness_text(desk.posts.freshness_of(*space));
  return json::value(std::move(out));
}

namespace {

Result<v1::HistoryRule> parse_history(const std::string& text) {
  if (text == "all") return v1::HISTORY_RULE_ALL;
  if (text == "since") return v1::HISTORY_RULE_SINCE;
  if (text == "none") return v1::HISTORY_RULE_NONE;
  return Error{Code::kBadArguments, "history: all, since or none"};
}

Result<community::NewSpace> new_space(const CommunityDesk& desk, const json::object& arguments) {
  community::NewSpace what;
  COMITY_TRY(what.slug, required_text(arguments, "slug"));
  COMITY_TRY(what.title, required_text(arguments, "title"));
  COMITY_TRY(const std::string kind, required_text(arguments, "kind"));
  COMITY_TRY(what.kind, parse_kind(kind));
  COMITY_TRY(const auto description, text_argument(arguments, "description"));
  what.description = description.value_or("");
  COMITY_TRY(const auto members, texts_argument(arguments, "members"));
  for (const std::string& name : members) {
    COMITY_TRY(const AgencyId agency, agency_named(desk, name));
    what.members.push_back(agency);
  }
  COMITY_TRY(const auto relays, texts_argument(arguments, "relays"));
  for (const std::string& name : relays) {
    COMITY_TRY(const AgencyId agency, agency_named(desk, name));
    what.relays.push_back(agency);
  }
  COMITY_TRY(const auto people, texts_argument(arguments, "people"));
  COMITY_TRY(const auto view, desk.store.snapshot());
  COMITY_TRY(const auto reader, reader_of(desk, *view, arguments));
  COMITY_TRY(what.people, people_named(desk, *view, reader, people));
  const bool circle = what.kind == v1::SPACE_KIND_CIRCLE;
  if (circle && reader.kind == policy::Reader::Kind::kPerson) what.people.push_back(reader.person);
  COMITY_TRY(const auto ceiling, text_argument(arguments, "label_ceiling"));
  if (ceiling) {
    COMITY_TRY(const v1::Tlp tlp, policy::parse_tlp(*ceiling));
    what.ceiling = policy::Label{.tlp = tlp};
  }
  COMITY_TRY(const auto history, text_argument(arguments, "history"));
  COMITY_TRY(const auto since, moment_argument(arguments, "since"));
  if (history) {
    COMITY_TRY(what.history, parse_history(*history));
  }
  if ((what.history == v1::HISTORY_RULE_SINCE) != since.has_value())
    return Error{Code::kBadArguments, "since: a moment, with history since and only there"};
  what.history_since = since.value_or(feed::WallTime());
  if (circle) COMITY_CHECK(desk.spaces.reaches(what));
  return what;
}

Result<policy::Reader> caller_of(const CommunityDesk& desk, const Call& call) {
  COMITY_TRY(const auto view, desk.store.snapshot());
  return reader_of(desk, *view, call.arguments);
}

/// The new space, and those that might have done: whoever opens one a second time should know.
Result<json::value> created_json(const CommunityDesk& desk, const SpaceId& id, const policy::Reader& reader) {
  COMITY_TRY(auto shown, space_with_members(desk, id, operator_reader()));
  COMITY_TRY(shown.as_object()["similar"], similar_json(desk, id, reader));
  return shown;
}

Task create(CommunityDesk desk, const Call& call) {
  const auto what = new_space(desk, call.arguments);
  if (!what.ok()) return answer(Result<json::value>(what.error()));
  const auto reader = caller_of(desk, call);
  if (!reader.ok()) return answer(Result<json::value>(reader.error()));
  auto promise = std::make_shared<Promise>();
  desk.spaces.create(*what, [desk, promise, reader = *reader](const Result<SpaceId>& created) {
    promise->complete(created.ok() ? created_json(desk, *created, reader)
                                   : Result<json::value>(created.error()));
  });
  desk.writer.flush();
  return answer(std::move(promise));
}

}  // namespace

bool may_see(const CommunityDesk& desk, const Space& space, const policy::Reader& reader) {
  if (reader.kind == policy::Reader::Kind::kOperator) return true;
  return space.standing(desk.self) != community::Standing::kOffered && policy::admits(space.readers, reader);
}

namespace {

/// Which spaces a reader follows; the operator, none.
Result<std::set<SpaceId>> followed_by(const storage::View& view, const policy::Reader& reader) {
  std::set<SpaceId> out;
  if (reader.kind != policy::Reader::Kind::kPerson) return out;
  COMITY_TRY(const auto followed, community::spaces_followed_by(view, reader.person.user));
  for (const community::FollowedSpace& one : followed)
    out.insert(one.space);
  return out;
}

Task list(CommunityDesk desk, const Call& call) {
  const auto ask = [&]() -> Result<json::value> {
    COMITY_TRY(const bool offered, flag_argument(call.arguments, "offered"));
    COMITY_TRY(const std::size_t limit, page_limit(call.arguments));
    COMITY_TRY(const auto after, text_argument(call.arguments, "after"));
    COMITY_TRY(const auto view, desk.store.snapshot());
    COMITY_TRY(const auto reader, reader_of(desk, *view, call.arguments));
    COMITY_TRY(const auto kind, text_argument(call.arguments, "kind"));
    COMITY_TRY(const bool only_followed, flag_argument(call.arguments, "followed"));
    COMITY_TRY(const auto followed, followed_by(*view, reader));
    if (only_followed && reader.kind != policy::Reader::Kind::kPerson)
      return Error{Code::kBadArguments, "as: whose spaces"};
    json::array rows;
    std::string next;
    bool begun = !after || after->empty();
    for (const Space* const space : desk.spaces.list()) {
      const std::string id = community::id_text(space->id());
      if (!begun) {
        begun = id == *after;
        continue;
      }
      const auto standing = space->standing(desk.self);
      if (!may_see(desk, *space, reader)) continue;
      // Directories are no places for work; people search reads them.
      const bool wanted = kind ? *kind == kind_text(space->kind()) : offered || !space->directory();
      if (!wanted) continue;
      if (offered && standing != community::Standing::kOffered) continue;
      if (only_followed && !followed.contains(space->id())) continue;
      if (rows.size() == limit) {
        next = std::string(rows.back().at("id").as_string());
        break;
      }
      json::object row = space_json(desk, *space, reader);
      if (reader.kind == policy::Reader::Kind::kPerson) row["followed"] = followed.contains(space->id());
      rows.push_back(std::move(row));
    }
    return json::value(json::object{{"spaces", std::move(rows)}, {"next", next}});
  };
  return answer(ask());
}

Result<SpaceId> space_of(const CommunityDesk& desk, const Call& call) {
  COMITY_TRY(const std::string name, required_text(call.arguments, "space"));
  return desk.spaces.resolve(name);
}

Task show(CommunityDesk desk, const Call& call) {
  const auto ask = [&]() -> Result<json::value> {
    COMITY_TRY(const std::string name, required_text(call.arguments, "space"));
    COMITY_TRY(const auto view, desk.store.snapshot());
    COMITY_TRY(const auto reader, reader_of(desk, *view, call.arguments));
    COMITY_TRY(const SpaceId id, desk.spaces.resolve(name, reader));
    const Space* const space = desk.spaces.find(id);
    if (space == nullptr || !may_see(desk, *space, reader)) return Error{Code::kSpaceUnknown, {}};
    return space_with_members(desk, id, reader);
  };
  return answer(ask());
}

/// What a change of the space ends in.
community::Done then_show(CommunityDesk desk, const std::shared_ptr<Promise>& promise, const SpaceId& space) {
  return [desk, promise, space](const Status& done) {
    const Space* const now = desk.spaces.find(space);
    promise->complete(done.ok() && now != nullptr
                          ? Result<json::value>(space_json(desk, *now, operator_reader()))
                          : Result<json::value>(done.ok() ? Error{} : done.error()));
  };
}

using Change = std::function<Status(CommunityDesk&, const SpaceId&, const Call&, community::Done)>;

Task change(CommunityDesk desk, const Call& call, const Change& what) {
  const auto space = space_of(desk, call);
  if (!space.ok()) return answer(Result<json::value>(space.error()));
  auto promise = std::make_shared<Promise>();
  const Status begun = what(desk, *space, call, then_show(desk, promise, *space));
  if (!begun.ok()) return answer(Result<json::value>(begun.error()));
  desk.writer.flush();
  return answer(std::move(promise));
}

void add_change(CommandTable& table, CommunityDesk desk, const std::string& name, Change what) {
  table.add(name, {.run = [desk, what = std::move(what)](Call call) { return change(desk, call, what); }});
}

Result<json::value> readers_json(const CommunityDesk& desk, const SpaceId& id) {
  const Space* const space = desk.spaces.find(id);
  if (space == nullptr) return Error{Code::kSpaceUnknown, community::id_text(id)};
  COMITY_TRY(const auto view, desk.store.snapshot());
  json::array listed;
  for (const proto::UserId& user : space->readers.persons) {
    COMITY_TRY(const auto person, community::find_person(*view, user));
    listed.push_back(json::value(person ? person->handle : community::id_text(user)));
  }
  for (const std::string& unit : space->readers.units)
    listed.push_back(json::value("unit:" + unit));
  return json::value(json::object{{"slug", space->slug()},
                                  {"readers", space->circle()                                 ? "named"
                                              : space->readers.rule == v1::READER_RULE_LISTED ? "listed"
                                                                                              : "open"},
                                  {"listed", std::move(listed)}});
}

Result<community::ReaderName> reader_named(const CommunityDesk& desk, const std::string& who) {
  constexpr std::string_view kUnit = "unit:";
  if (who.starts_with(kUnit)) return community::ReaderName{.unit = who.substr(kUnit.size())};
  COMITY_TRY(const auto view, desk.store.snapshot());
  COMITY_TRY(const auto person, community::find_person(*view, who));
  return community::ReaderName{.user = person.id};
}

Task readers(CommunityDesk desk, const Call& call) {
  const auto space = space_of(desk, call);
  if (!space.ok()) return answer(Result<json::value>(space.error()));
  const auto change = text_argument(call.arguments, "change");
  if (!change.ok()) return answer(Result<json::value>(change.error()));
  if (!*change || **change == "list") return answer(readers_json(desk, *space));
  if (desk.spaces.find(*space)->circle()) {
    const Error refused{Code::kSpaceKindRule, "a circle is read by its people and nobody else"};
    return answer(Result<json::value>(refused));
  }
  auto promise = std::make_shared<Promise>();
  const community::Done done = [desk, promise, id = *space](const Status& changed) {
    promise->complete(changed.ok() ? readers_json(desk, id) : Result<json::value>(changed.error()));
  };
  if (**change == "open") {
    desk.spaces.open_readers(*space, done);
  } else if (**change == "add" || **change == "remove") {
    const auto who = required_text(call.arguments, "who");
    const auto reader = who.ok() ? reader_named(desk, *who) : Result<community::ReaderName>(who.error());
    if (!reader.ok()) return answer(Result<json::value>(reader.error()));
    if (**change == "add") {
      desk.spaces.add_reader(*space, *reader, done);
    } else {
      desk.spaces.remove_reader(*space, *reader, done);
    }
  } else {
    return answer(Result<json::value>(Error{Code::kBadArguments, "change: open, list, add or remove"}));
  }
  desk.writer.flush();
  return answer(std::move(promise));
}

}  // namespace

void add_space_commands(CommandTable& table, CommunityDesk desk) {
  table.add("space/create", {.run = [desk](Call call) { return create(desk, call); }});
  table.add("space/list", {.effect = Effect::kReads, .run = [desk](Call call) { return list(desk, call); }});
  table.add("space/show", {.effect = Effect::kReads, .run = [desk](Call call) { return show(desk, call); }});
  add_change(table, desk, "space/add",
             [](CommunityDesk& at, const SpaceId& space, const Call& call, community::Done done) -> Status {
               COMITY_TRY(const std::string name, required_text(call.arguments, "agency"));
               COMITY_TRY(const AgencyId agency, agency_named(at, name));
               COMITY_TRY(const bool relay, flag_argument(call.arguments, "relay"));
               if (relay) {
                 at.spaces.add_relay(space, agency, std::move(done));
               } else {
                 at.spaces.add_member(space, agency, v1::MEMBER_ROLE_WRITER, std::move(done));
               }
               return {};
             });
  add_change(table, desk, "space/remove",
             [](CommunityDesk& at, const SpaceId& space, const Call& call, community::Done done) -> Status {
               COMITY_TRY(const std::string name, required_text(call.arguments, "agency"));
               COMITY_TRY(const AgencyId agency, agency_named(at, name));
               at.spaces.remove_member(space, agency, std::move(done));
               return {};
             });
  add_change(table, desk, "space/join",
             [](CommunityDesk& at, const SpaceId& space, const Call&, community::Done done) -> Status {
               at.spaces.join(space, std::move(done));
               return {};
             });
  add_change(table, desk, "space/leave",
             [](CommunityDesk& at, const SpaceId& space, const Call&, community::Done done) -> Status {
               at.spaces.leave(space, std::move(done));
               return {};
             });
  table.add("space/readers", {.run = [desk](Call call) { return readers(desk, call); }});
}

}  // namespace comity::api
