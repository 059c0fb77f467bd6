// SPDX-License-Identifier: EUPL-1.2
// draft/put, draft/drop, draft/list: what somebody began to write. It stays at this node.
#include "node/api/drafts.h"

#include <boost/json/array.hpp>

#include "node/api/answer.h"
#include "node/api/arguments.h"
#include "node/community/ids.h"
#include "node/community/people/drafts.h"

namespace comity::api {
namespace {

namespace json = boost::json;
using proto::Code;
using proto::Error;
using proto::Result;

using Task = http::Task<Result<json::value>>;

/// Whose drafts: nobody's but one's own.
Result<proto::UserId> writer_of(const storage::View& view, const json::object& arguments) {
  COMITY_TRY(const std::string handle, required_text(arguments, "as"));
  COMITY_TRY(const auto person, community::acting_person(view, handle));
  return person.id;
}

Task commit(const CommunityDesk& desk, Result<storage::Batch> rows, json::object said) {
  if (!rows.ok()) return answer(Result<json::value>(rows.error()));
  auto promise = std::make_shared<Promise>();
  desk.commit(std::nullopt, *std::move(rows), [promise, said = std::move(said)](const proto::Status& done) {
    promise->complete(done.ok() ? Result<json::value>(said) : Result<json::value>(done.error()));
  });
  return answer(std::move(promise));
}

Task put(CommunityDesk desk, const Call& call) {
  community::Draft draft{.written = desk.now()};
  const auto plan = [&]() -> Result<storage::Batch> {
    COMITY_TRY(const auto view, desk.store.snapshot());
    COMITY_TRY(const auto user, writer_of(*view, call.arguments));
    COMITY_TRY(draft.key, required_text(call.arguments, "key"));
    COMITY_TRY(draft.text, required_text(call.arguments, "text"));
    return community::keep_draft(*view, desk.storage_key, desk.random, user, draft);
  };
  auto rows = plan();
  return commit(desk, std::move(rows),
                json::object{{"key", draft.key}, {"time", community::time_text(draft.written)}});
}

Task drop(CommunityDesk desk, const Call& call) {
  const auto plan = [&]() -> Result<storage::Batch> {
    COMITY_TRY(const auto view, desk.store.snapshot());
    COMITY_TRY(const auto user, writer_of(*view, call.arguments));
    COMITY_TRY(const std::string key, required_text(call.arguments, "key"));
    return community::drop_draft(user, key);
  };
  return commit(desk, plan(), json::object{{"dropped", true}});
}

Result<json::value> list(const CommunityDesk& desk, const json::object& arguments) {
  COMITY_TRY(const auto view, desk.store.snapshot());
  COMITY_TRY(const auto user, writer_of(*view, arguments));
  COMITY_TRY(const auto key, text_argument(arguments, "key"));
  COMITY_TRY(const auto drafts, community::drafts_of(*view, desk.storage_key, user));
  json::array rows;
  for (const community::Draft& draft : drafts) {
    if (key && draft.key != *key) continue;
    rows.push_back(json::object{
        {"key", draft.key}, {"text", draft.text}, {"time", community::time_text(draft.written)}});
  }
  return json::value(json::object{{"drafts", std::move(rows)}});
}

}  // namespace

void add_draft_commands(CommandTable& table, CommunityDesk desk) {
  table.add("draft/put", {.run = [desk](Call call) { return put(desk, call); }});
  table.add("draft/drop", {.run = [desk](Call call) { return drop(desk, call); }});
  table.add("draft/list", {.effect = Effect::kReads,
                           .run = [desk](Call call) { return answer(list(desk, call.arguments)); }});
}

}  // namespace comity::api
