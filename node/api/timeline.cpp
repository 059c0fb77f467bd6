// SPDX-License-Identifier: EUPL-1.2
// update, follow, unfollow, following, timeline: what somebody tells those who follow, and whom they follow.
#include "node/community/posts/timeline.h"

#include <boost/json/array.hpp>

#include "node/api/answer.h"
#include "node/api/arguments.h"
#include "node/api/delivery.h"
#include "node/api/post_rows.h"
#include "node/community/ids.h"
#include "node/community/people/follows.h"

namespace comity::api {
namespace {

namespace json = boost::json;
using community::PersonRow;
using proto::Code;
using proto::Error;
using proto::Result;
using proto::SpaceId;

using Task = http::Task<Result<json::value>>;

constexpr std::string_view kInside = "inside";
constexpr std::string_view kSpacePrefix = "space:";

Task update(CommunityDesk desk, const Call& call) {
  community::NewUpdate what;
  const auto read = [&]() -> proto::Status {
    COMITY_TRY(what.author, required_text(call.arguments, "as"));
    COMITY_TRY(const auto view, desk.store.snapshot());
    COMITY_TRY(const auto reader, reader_of(desk, *view, call.arguments));
    // The narrowest unless something else is said.
    COMITY_TRY(const auto audience, text_argument(call.arguments, "audience"));
    if (audience && *audience != kInside) {
      COMITY_TRY(what.space, desk.spaces.resolve(*audience, reader));
    }
    COMITY_TRY(const auto text, text_argument(call.arguments, "text"));
    what.text = text.value_or("");
    COMITY_TRY(what.label, label_argument(call.arguments));
    return {};
  };
  return hand_over(desk, read(), [&](community::OnPosted done) { desk.updates.send(what, std::move(done)); });
}

/// Whom or what somebody follows or wants to.
struct Followable {
  std::optional<community::KnownPerson> person{};
  SpaceId space;  ///< without a person
};

/// A space that a person may look into, to work there.
Result<SpaceId> space_to_follow(const CommunityDesk& desk, const std::string& name,
                                const policy::Reader& reader) {
  COMITY_TRY(const SpaceId id, desk.spaces.resolve(name, reader));
  const community::Space* const space = desk.spaces.find(id);
  if (space == nullptr || !may_see(desk, *space, reader)) return Error{Code::kSpaceUnknown, name};
  if (space->circle())
    return Error{Code::kFollowRule,
                 "messages have a place of their own; see comity space list --kind circle"};
  if (space->directory())
    return Error{Code::kFollowRule, "a directory holds people; see comity people search"};
  return id;
}

/// A person's name goes before a space's; "space:NAME" is a space in any case.
Result<Followable> followable(const CommunityDesk& desk, const storage::View& view,
                              const policy::Reader& reader, const std::string& text) {
  if (text.starts_with(kSpacePrefix)) {
    COMITY_TRY(const SpaceId space, space_to_follow(desk, text.substr(kSpacePrefix.size()), reader));
    return Followable{.space = space};
  }
  auto person = person_named(desk, view, reader, text);
  if (person.ok()) return Followable{.person = *std::move(person)};
  const Code code = person.error().code;
  if (code != Code::kUserUnknown && code != Code::kPeerUnknown) return person.error();
  const auto space = space_to_follow(desk, text, reader);
  if (space.ok()) return Followable{.space = *space};
  if (space.error().code != Code::kSpaceUnknown) return space.error();
  return Error{code, code == Code::kUserUnknown ? "nor a space that you may read: " + text : text};
}

/// What is followed may be out of sight by now, and is let go of all the same: a space by its id or the name
/// that it has here, a person by the id that rows tell.
Result<Followable> followed_before(const CommunityDesk& desk, const storage::View& view,
                                   const PersonRow& person, const std::string& text, const Error& otherwise) {
  const bool named = text.starts_with(kSpacePrefix);
  const std::string name = named ? text.substr(kSpacePrefix.size()) : text;
  COMITY_TRY(const auto spaces, community::spaces_followed_by(view, person.id));
  const auto resolved = desk.spaces.resolve(name);
  for (const community::FollowedSpace& one : spaces) {
    const bool same = community::id_text(one.space) == name || (resolved.ok() && *resolved == one.space);
    if (same) return Followable{.space = one.space};
  }
  COMITY_TRY(const auto people, community::followed_by(view, person.id));
  for (const community::Followed& one : people) {
    if (!named && community::id_text(one.who.user) == name)
      return Followable{.person = community::KnownPerson{.id = one.who}};
  }
  return otherwise;
}

struct FollowPlan {
  storage::Batch rows{};
  json::object shown{};
};

Result<FollowPlan> plan_follow(const CommunityDesk& desk, const json::object& arguments, bool follows) {
  COMITY_TRY(const std::string handle, required_text(arguments, "as"));
  COMITY_TRY(const std::string who, required_text(arguments, "who"));
  COMITY_TRY(const auto view, desk.store.snapshot());
  COMITY_TRY(const auto person, community::acting_person(*view, handle));
  const auto reader = community::reader_of(desk.self, person);
  auto found = followable(desk, *view, reader, who);
  if (!found.ok() && !follows) found = followed_before(desk, *view, person, who, found.error());
  COMITY_TRY(const Followable what, std::move(found));
  FollowPlan plan;
  if (what.person) {
    COMITY_TRY(plan.rows, follows
                              ? community::follow_person(*view, reader.person, what.person->id, desk.now())
                              : community::unfollow_person(*view, reader.person, what.person->id));
    const bool known = !what.person->card.handle().empty();
    plan.shown = {
        {"person", known ? community::address_text(*what.person) : community::id_text(what.person->id.user)},
        {"follows", follows}};
    return plan;
  }
  COMITY_TRY(plan.rows, follows ? community::follow_space(*view, person.id, what.space, desk.now())
                                : community::unfollow_space(*view, person.id, what.space));
  const community::Space* const space = desk.spaces.find(what.space);
  plan.shown = {{"space", space == nullptr || !may_see(desk, *space, reader) ? who : space->slug()},
                {"space_id", community::id_text(what.space)},
                {"follows", follows}};
  return plan;
}

Task follow(CommunityDesk desk, const Call& call, bool follows) {
  auto planned = plan_follow(desk, call.arguments, follows);
  if (!planned.ok()) return answer(Result<json::value>(planned.error()));
  auto promise = std::make_shared<Promise>();
  desk.commit(std::nullopt, std::move(planned->rows),
              [promise, shown = std::move(planned->shown)](const proto::Status& done) {
                promise->complete(done.ok() ? Result<json::value>(shown) : Result<json::value>(done.error()));
              });
  return answer(std::move(promise));
}

Result<json::value> following(const CommunityDesk& desk, const json::object& arguments) {
  COMITY_TRY(const std::string handle, required_text(arguments, "as"));
  COMITY_TRY(const std::size_t limit, page_limit(arguments));
  COMITY_TRY(const auto after, text_argument(arguments, "after"));
  COMITY_TRY(const auto view, desk.store.snapshot());
  COMITY_TRY(const auto person, community::acting_person(*view, handle));
  COMITY_TRY(const auto followed, community::followed_by(*view, person.id));
  const auto sights = desk.spaces.sights();
  const community::PeopleReader people(*view, *sights, community::reader_of(desk.self, person));
  json::array rows;
  std::string next;
  bool begun = !after || after->empty();
  for (const community::Followed& one : followed) {
    const std::string id = community::id_text(one.who.user);
    if (!begun) {
      begun = id == *after;
      continue;
    }
    if (rows.size() == limit) {
      next = std::string(rows.back().at("id").as_string());
      break;
    }
    COMITY_TRY(const auto known, people.author({}, one.who));
    json::object row = known_json(known);
    row["since"] = community::time_text(one.since);
    rows.push_back(std::move(row));
  }
  return json::value(json::object{{"people", std::move(rows)}, {"next", next}});
}

Result<json::value> timeline(const CommunityDesk& desk, const json::object& arguments) {
  COMITY_TRY(const std::string handle, required_text(arguments, "as"));
  community::TimelineQuery query;
  COMITY_TRY(query.limit, page_limit(arguments));
  COMITY_TRY(const auto after, text_argument(arguments, "after"));
  query.after = after.value_or("");
  COMITY_TRY(const auto view, desk.store.snapshot());
  COMITY_TRY(const auto person, community::acting_person(*view, handle));
  const auto sights = desk.spaces.sights();
  community::PostReader posts(*view, *sights, desk.storage_key, community::reader_of(desk.self, person),
                              desk.recent.get());
  community::Timeline timeline(*view, *sights, posts);
  COMITY_TRY(const auto page, timeline.page(person.id, query));
  json::value out = posts_page_json(page.posts, page.next);
  COMITY_CHECK(DeliveryRows(desk, *view).add_all(page.posts, out));
  return out;
}

using Read = Result<json::value> (*)(const CommunityDesk& desk, const json::object& arguments);

void add_read(CommandTable& table, const CommunityDesk& desk, std::string name, Read read) {
  table.add(std::move(name), {.effect = Effect::kReads,
                              .run = [desk, read](Call call) { return answer(read(desk, call.arguments)); }});
}

}  // namespace

void add_timeline_commands(CommandTable& table, CommunityDesk desk) {
  table.add("update", {.run = [desk](Call call) { return update(desk, call); }});
  table.add("follow", {.run = [desk](Call call) { return follow(desk, call, true); }});
  table.add("unfollow", {.run = [desk](Call call) { return follow(desk, call, false); }});
  add_read(table, desk, "following", following);
  add_read(table, desk, "timeline", timeline);
}

}  // namespace comity::api
