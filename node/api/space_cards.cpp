// SPDX-License-Identifier: EUPL-1.2
// space/describe, pin, unpin, space/suggest: how spaces present themselves, and to whom.
#include <algorithm>

#include <boost/json/array.hpp>

#include "node/api/answer.h"
#include "node/api/arguments.h"
#include "node/api/spaces.h"
#include "node/api/wiki.h"
#include "node/community/ids.h"
#include "node/community/posts/post_reader.h"
#include "node/community/spaces/similar.h"
#include "node/community/spaces/suggest.h"

namespace comity::api {
namespace {

namespace json = boost::json;
using community::EntryRef;
using community::PostReader;
using community::Space;
using proto::Code;
using proto::Error;
using proto::Result;
using proto::SpaceId;
using proto::Status;

using Task = http::Task<Result<json::value>>;

constexpr std::size_t kSimilarShown = 3;

community::SpaceWords words_of(const Space& space) {
  return {.space = space.id(),
          .slug = space.slug(),
          .title = space.title(),
          .description = space.card ? space.card->description() : std::string()};
}

/// What presents a space is its steward's to change: the operator's, or of those who moderate there.
Status check_may_present(const CommunityDesk& desk, const json::object& arguments) {
  COMITY_TRY(const auto as, text_argument(arguments, "as"));
  if (!as) return {};
  COMITY_TRY(const auto view, desk.store.snapshot());
  COMITY_TRY(const auto person, community::acting_person(*view, *as));
  const bool may = person.role == community::Role::kModerator || person.role == community::Role::kAdmin;
  if (!may) return Error{Code::kNotAllowed, "it is for moderators and administrators"};
  return {};
}

/// Shows the space once it is changed.
community::Done then_show(CommunityDesk desk, const std::shared_ptr<Promise>& promise, const SpaceId& space) {
  return [desk, promise, space](const Status& done) {
    const policy::Reader reader{.kind = policy::Reader::Kind::kOperator};
    promise->complete(done.ok() ? space_with_members(desk, space, reader)
                                : Result<json::value>(done.error()));
  };
}

Task describe(CommunityDesk desk, const Call& call) {
  SpaceId space;
  community::NewDescription what;
  const auto read = [&]() -> Status {
    COMITY_TRY(const std::string name, required_text(call.arguments, "space"));
    COMITY_CHECK(check_may_present(desk, call.arguments));
    COMITY_TRY(const auto view, desk.store.snapshot());
    COMITY_TRY(const auto reader, reader_of(desk, *view, call.arguments));
    COMITY_TRY(space, desk.spaces.resolve(name, reader));
    COMITY_TRY(what.title, text_argument(call.arguments, "title"));
    COMITY_TRY(what.description, text_argument(call.arguments, "description"));
    if (!what.title && !what.description)
      return Error{Code::kBadArguments, "title or description: neither is there"};
    return {};
  };
  if (const Status fine = read(); !fine.ok()) return answer(Result<json::value>(fine.error()));
  auto promise = std::make_shared<Promise>();
  desk.spaces.describe(space, what, then_show(desk, promise, space));
  desk.writer.flush();
  return answer(std::move(promise));
}

/// A discussion or page, and where it stands.
struct Pinnable {
  SpaceId space;
  EntryRef ref;
};

/// A page by its address; its readers are judged by its newest revision.
Result<Pinnable> page_to_pin(const CommunityDesk& desk, json::object arguments) {
  arguments["page"] = arguments.at("id");
  COMITY_TRY(const auto at, PageAt::find(desk, arguments));
  return Pinnable{at->space, at->page->ref};
}

Result<Pinnable> to_pin(const CommunityDesk& desk, const json::object& arguments) {
  COMITY_TRY(const std::string text, required_text(arguments, "id"));
  if (text.find('/') != std::string::npos) return page_to_pin(desk, arguments);
  COMITY_TRY(const proto::EntryId entry, community::parse_entry_id(text));
  COMITY_TRY(const auto view, desk.store.snapshot());
  COMITY_TRY(const auto reader, reader_of(desk, *view, arguments));
  const auto sights = desk.spaces.sights();
  PostReader posts(*view, *sights, desk.storage_key, reader, desk.recent.get());
  COMITY_TRY(const auto opened, posts.open(entry));
  if (opened.withdrawn) return Error{Code::kPostWithdrawn, {}};
  const EntryRef ref = community::ref_of(entry);
  const bool begins =
      opened.thread == ref && community::begins_thread(community::content_type(opened.content->type()));
  if (!begins) return Error{Code::kPinRule, "it is part of a discussion; pin that one's first entry"};
  // Everybody is shown it who reads the space: it must be there for all of them.
  if (!opened.named.empty()) return Error{Code::kPinRule, "it is for named people"};
  return Pinnable{opened.space->id, ref};
}

/// What is pinned may be gone from here by now: it is looked for among the pins.
Result<Pinnable> to_unpin(const CommunityDesk& desk, const json::object& arguments) {
  COMITY_TRY(const std::string text, required_text(arguments, "id"));
  if (text.find('/') != std::string::npos) return page_to_pin(desk, arguments);
  COMITY_TRY(const proto::EntryId entry, community::parse_entry_id(text));
  const EntryRef ref = community::ref_of(entry);
  for (const Space* const space : desk.spaces.list()) {
    if (!space->card) continue;
    const auto pins = community::pins_of(*space->card);
    if (std::find(pins.begin(), pins.end(), ref) != pins.end()) return Pinnable{space->id(), ref};
  }
  return Error{Code::kPinRule, "it is not pinned"};
}

Task pin(CommunityDesk desk, const Call& call, bool pinned) {
  const auto read = [&]() -> Result<Pinnable> {
    COMITY_CHECK(check_may_present(desk, call.arguments));
    return pinned ? to_pin(desk, call.arguments) : to_unpin(desk, call.arguments);
  };
  const auto what = read();
  if (!what.ok()) return answer(Result<json::value>(what.error()));
  auto promise = std::make_shared<Promise>();
  auto done = then_show(desk, promise, what->space);
  if (pinned) {
    desk.spaces.pin(what->space, what->ref, std::move(done));
  } else {
    desk.spaces.unpin(what->space, what->ref, std::move(done));
  }
  desk.writer.flush();
  return answer(std::move(promise));
}

Result<json::value> suggest(const CommunityDesk& desk, const json::object& arguments) {
  COMITY_TRY(const std::string handle, required_text(arguments, "as"));
  COMITY_TRY(const auto view, desk.store.snapshot());
  COMITY_TRY(const auto person, community::acting_person(*view, handle));
  const auto reader = community::reader_of(desk.self, person);
  const auto sights = desk.spaces.sights();
  PostReader posts(*view, *sights, desk.storage_key, reader, desk.recent.get());
  const auto all = desk.spaces.list();
  COMITY_TRY(const auto found, community::suggest_spaces(*view, posts, desk.self, person, all, desk.now()));
  json::array rows;
  for (const community::SuggestedSpace& one : found) {
    const Space* const space = desk.spaces.find(one.space);
    if (space == nullptr) continue;
    json::object row = space_json(desk, *space, reader);
    row["reasons"] = json::array(one.reasons.begin(), one.reasons.end());
    rows.push_back(std::move(row));
  }
  return json::value(json::object{{"spaces", std::move(rows)}});
}

}  // namespace

Result<json::array> similar_json(const CommunityDesk& desk, const SpaceId& made,
                                 const policy::Reader& reader) {
  const Space* const fresh = desk.spaces.find(made);
  if (fresh == nullptr) return Error{Code::kSpaceUnknown, {}};
  json::array rows;
  // What a circle is about concerns its people alone.
  if (fresh->circle()) return rows;
  std::vector<community::SpaceWords> there;
  for (const Space* const space : desk.spaces.list()) {
    const bool comparable = !space->circle() && !space->directory() && space->card && space->id() != made;
    if (comparable && may_see(desk, *space, reader)) there.push_back(words_of(*space));
  }
  for (const auto& one : community::similar_spaces(words_of(*fresh), there, kSimilarShown)) {
    json::object row = space_json(desk, *desk.spaces.find(one.space), reader);
    row["similarity"] = one.permille / 1000.0;
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<json::array> pinned_json(const CommunityDesk& desk, const storage::View& view, const Space& space,
                                const policy::Reader& reader) {
  json::array rows;
  if (!space.card) return rows;
  const auto sights = desk.spaces.sights();
  PostReader posts(view, *sights, desk.storage_key, reader, desk.recent.get());
  community::wiki::Pages pages(view, *sights, posts);
  for (const EntryRef& ref : community::pins_of(*space.card)) {
    // A page is called as it is called now, whatever its first revision said.
    const auto page = pages.load(space.id(), ref);
    if (page.ok() && *page) {
      COMITY_TRY(const auto newest, pages.revision_view(**page, (*page)->heads.back()));
      rows.push_back(json::object{{"id", community::id_text(ref)},
                                  {"kind", "wiki"},
                                  {"title", (*page)->title.empty() ? (*page)->path : (*page)->title},
                                  {"text", ""},
                                  {"page", space.slug() + "/" + (*page)->path},
                                  {"author", newest.post.author},
                                  {"time", newest.post.time}});
      continue;
    }
    const auto opened = posts.open(ref);
    if (!opened.ok() && opened.error().code == Code::kPostUnknown) continue;
    if (!opened.ok()) return opened.error();
    // A pin is a steward's word on its own space.
    if (opened->space->id != space.id() || opened->withdrawn) continue;
    COMITY_TRY(const auto shown, posts.show(opened->stored.header.id));
    rows.push_back(json::object{{"id", shown.id},
                                {"kind", shown.kind},
                                {"title", shown.title},
                                {"text", shown.title.empty() ? shown.text : std::string()},
                                {"author", shown.author},
                                {"time", shown.time}});
  }
  return rows;
}

void add_space_card_commands(CommandTable& table, CommunityDesk desk) {
  table.add("space/describe", {.run = [desk](Call call) { return describe(desk, call); }});
  table.add("pin", {.run = [desk](Call call) { return pin(desk, call, true); }});
  table.add("unpin", {.run = [desk](Call call) { return pin(desk, call, false); }});
  table.add("space/suggest", {.effect = Effect::kReads,
                              .run = [desk](Call call) { return answer(suggest(desk, call.arguments)); }});
}

}  // namespace comity::api
