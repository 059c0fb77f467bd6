// SPDX-License-Identifier: EUPL-1.2
// edit, history, react, answered: what people do with entries that are there.
#include "node/api/answer.h"
#include "node/api/arguments.h"
#include "node/api/post_rows.h"
#include "node/community/ids.h"

namespace comity::api {
namespace {

namespace json = boost::json;
using proto::Code;
using proto::Error;
using proto::Result;

using Task = http::Task<Result<json::value>>;

Result<proto::EntryId> entry_of(const json::object& arguments) {
  COMITY_TRY(const std::string text, required_text(arguments, "id"));
  return community::parse_entry_id(text);
}

Task edit(CommunityDesk desk, const Call& call) {
  community::NewEdit what;
  const auto read = [&]() -> proto::Status {
    const json::object& arguments = call.arguments;
    COMITY_TRY(what.author, required_text(arguments, "as"));
    COMITY_TRY(what.entry, entry_of(arguments));
    COMITY_TRY(what.title, text_argument(arguments, "title"));
    COMITY_TRY(what.text, text_argument(arguments, "text"));
    COMITY_TRY(const auto tags, texts_argument(arguments, "tags"));
    COMITY_TRY(const bool no_tags, flag_argument(arguments, "no_tags"));
    if (no_tags && !tags.empty()) return Error{Code::kBadArguments, "no_tags and tags exclude each other"};
    if (no_tags || !tags.empty()) what.tags = tags;
    COMITY_TRY(const auto summary, text_argument(arguments, "summary"));
    what.summary = summary.value_or("");
    return {};
  };
  return hand_over(desk, read(), [&](community::OnPosted done) { desk.posts.edit(what, std::move(done)); });
}

Task react(CommunityDesk desk, const Call& call) {
  community::NewReaction what;
  const auto read = [&]() -> proto::Status {
    COMITY_TRY(what.author, required_text(call.arguments, "as"));
    COMITY_TRY(what.entry, entry_of(call.arguments));
    COMITY_TRY(what.kind, required_text(call.arguments, "kind"));
    COMITY_TRY(what.undone, flag_argument(call.arguments, "undo"));
    return {};
  };
  return hand_over(desk, read(), [&](community::OnPosted done) { desk.posts.react(what, std::move(done)); });
}

Task answered(CommunityDesk desk, const Call& call) {
  community::NewMark what;
  const auto read = [&]() -> proto::Status {
    COMITY_TRY(what.author, required_text(call.arguments, "as"));
    COMITY_TRY(what.answer, entry_of(call.arguments));
    COMITY_TRY(what.undone, flag_argument(call.arguments, "undo"));
    return {};
  };
  return hand_over(desk, read(),
                   [&](community::OnPosted done) { desk.posts.mark_answer(what, std::move(done)); });
}

Result<json::value> history(const CommunityDesk& desk, const json::object& arguments) {
  COMITY_TRY(const proto::EntryId entry, entry_of(arguments));
  community::ThreadQuery query;
  COMITY_TRY(query.limit, page_limit(arguments));
  COMITY_TRY(const auto after, text_argument(arguments, "after"));
  query.after = after.value_or("");
  COMITY_TRY(const auto view, desk.store.snapshot());
  COMITY_TRY(auto reader, reader_of(desk, *view, arguments));
  const auto sights = desk.spaces.sights();
  community::PostReader posts(*view, *sights, desk.storage_key, std::move(reader), desk.recent.get());
  COMITY_TRY(const auto page, posts.history(entry, query));
  return posts_page_json(page.posts, page.next);
}

}  // namespace

void add_discussion_commands(CommandTable& table, CommunityDesk desk) {
  table.add("edit", {.run = [desk](Call call) { return edit(desk, call); }});
  table.add("react", {.run = [desk](Call call) { return react(desk, call); }});
  table.add("answered", {.run = [desk](Call call) { return answered(desk, call); }});
  table.add("history", {.effect = Effect::kReads,
                        .run = [desk](Call call) { return answer(history(desk, call.arguments)); }});
}

}  // namespace comity::api
