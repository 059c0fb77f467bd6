// SPDX-License-Identifier: EUPL-1.2
// read, unread, watch, notifications: what somebody has read and wants to be told. It stays at this node.
#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>

#include "node/api/answer.h"
#include "node/api/arguments.h"
#include "node/api/post_rows.h"
#include "node/community/discussion/notice_reader.h"
#include "node/community/ids.h"

namespace comity::api {
namespace {

namespace json = boost::json;
using community::Reading;

constexpr std::size_t kSpaceBytes = 512;  // of a row that tells of a space: about

using community::WatchLevel;
using proto::Code;
using proto::Error;
using proto::Result;

using Task = http::Task<Result<json::value>>;

/// A space, or one discussion in it.
struct Subject {
  proto::SpaceId space;
  feed::EntryRef thread;  ///< zero: the space
  std::string slug;
};

/// One look at the store, with the eyes of the person named by "as".
struct Look {
  std::unique_ptr<storage::View> view;
  policy::Reader reader{};
  std::shared_ptr<const community::Sights> sights{};

  [[nodiscard]] community::PostReader posts(const CommunityDesk& desk) const {
    return {*view, *sights, desk.storage_key, reader, desk.recent.get()};
  }
  [[nodiscard]] Reading reading() const { return {*view, *sights, reader}; }
};

Result<Look> look(const CommunityDesk& desk, const json::object& arguments) {
  COMITY_TRY(const std::string as, required_text(arguments, "as"));
  Look out;
  COMITY_TRY(out.view, desk.store.snapshot());
  COMITY_TRY(out.reader, reader_of(desk, *out.view, arguments));
  out.sights = desk.spaces.sights();
  return out;
}

/// What "what" names: an entry's discussion by its id, else a space by its name.
Result<Subject> subject(const CommunityDesk& desk, const Look& at, const json::object& arguments) {
  COMITY_TRY(const std::string what, required_text(arguments, "what"));
  auto posts = at.posts(desk);
  if (const auto entry = community::parse_entry_id(what); entry.ok()) {
    COMITY_TRY(const auto opened, posts.open(*entry));
    return Subject{opened.space->id, opened.thread, opened.space->slug};
  }
  COMITY_TRY(const proto::SpaceId space, desk.spaces.resolve(what, at.reader));
  COMITY_TRY(const auto* const sight, posts.enter(space));
  return Subject{space, feed::EntryRef(), sight->slug};
}

Task commit(const CommunityDesk& desk, Result<storage::Batch> rows, json::value said) {
  if (!rows.ok()) return answer(Result<json::value>(rows.error()));
  if (rows->empty()) return answer(Result<json::value>(std::move(said)));
  auto promise = std::make_shared<Promise>();
  desk.commit(std::nullopt, *std::move(rows), [promise, said](const proto::Status& done) {
    promise->complete(done.ok() ? Result<json::value>(said) : Result<json::value>(done.error()));
  });
  return answer(std::move(promise));
}

Task read(CommunityDesk desk, const Call& call) {
  const auto plan = [&]() -> Result<std::pair<Subject, storage::Batch>> {
    COMITY_TRY(const Look at, look(desk, call.arguments));
    COMITY_TRY(const Subject what, subject(desk, at, call.arguments));
    Reading reading = at.reading();
    COMITY_TRY(auto rows, what.thread.is_zero() ? reading.mark_space(what.space)
                                                : reading.mark_thread(what.space, what.thread));
    return std::pair(what, std::move(rows));
  };
  auto planned = plan();
  if (!planned.ok()) return answer(Result<json::value>(planned.error()));
  return commit(desk, std::move(planned->second),
                json::object{{"space", planned->first.slug}, {"read", true}});
}

Result<json::value> unread(const CommunityDesk& desk, const json::object& arguments) {
  COMITY_TRY(const Look at, look(desk, arguments));
  COMITY_TRY(const auto counts, at.reading().unread());
  std::vector<proto::SpaceId> spaces;
  for (const auto& [space, count] : counts)
    spaces.push_back(space);
  COMITY_TRY(const auto levels, community::watch_levels(*at.view, spaces, at.reader.person.user));
  const auto memory = json::make_shared_resource<json::monotonic_resource>(kSpaceBytes * (counts.size() + 1));
  json::array rows(memory);
  rows.reserve(counts.size());
  std::uint64_t all = 0;
  for (const auto& [space, count] : counts) {
    const community::SpaceSight* const sight = at.sights->find(space);
    const auto level = levels.find(space);
    const WatchLevel shown = level == levels.end() ? WatchLevel::kNormal : level->second;
    json::object row({{"space", sight == nullptr ? "" : sight->slug},
                      {"space_id", community::id_text(space)},
                      {"title", sight == nullptr ? "" : sight->title},
                      {"unread", count},
                      {"level", community::watch_level_text(shown)}},
                     memory);
    rows.push_back(std::move(row));
    all += count;
  }
  json::object out(memory);
  out["spaces"] = std::move(rows);
  out["unread"] = all;
  return json::value(std::move(out));
}

Task watch(CommunityDesk desk, const Call& call) {
  WatchLevel level = WatchLevel::kNone;
  const auto plan = [&]() -> Result<std::pair<Subject, storage::Batch>> {
    COMITY_TRY(const Look at, look(desk, call.arguments));
    COMITY_TRY(const Subject what, subject(desk, at, call.arguments));
    const proto::UserId& user = at.reader.person.user;
    COMITY_TRY(const auto text, text_argument(call.arguments, "level"));
    if (text) {
      COMITY_TRY(level, community::parse_watch_level(*text));
      return std::pair(what, community::watch(what.space, what.thread, user, level));
    }
    COMITY_TRY(level, community::watch_level(*at.view, what.space, what.thread, user));
    if (level == WatchLevel::kNone) {
      COMITY_TRY(level, community::watch_level(*at.view, what.space, feed::EntryRef(), user));
    }
    if (level == WatchLevel::kNone) level = WatchLevel::kNormal;
    return std::pair(what, storage::Batch());
  };
  auto planned = plan();
  if (!planned.ok()) return answer(Result<json::value>(planned.error()));
  json::object said{{"space", planned->first.slug},
                    {"discussion", !planned->first.thread.is_zero()},
                    {"level", community::watch_level_text(level)}};
  return commit(desk, std::move(planned->second), std::move(said));
}

Result<json::value> notifications(const CommunityDesk& desk, const json::object& arguments) {
  COMITY_TRY(const Look at, look(desk, arguments));
  community::NoticeQuery query;
  COMITY_TRY(query.limit, page_limit(arguments));
  COMITY_TRY(const auto after, text_argument(arguments, "after"));
  query.after = after.value_or("");
  COMITY_TRY(query.unread, flag_argument(arguments, "unread"));
  auto posts = at.posts(desk);
  Reading reading = at.reading();
  COMITY_TRY(const auto page, community::notices(*at.view, posts, reading, query));
  json::array rows;
  for (const community::Notice& notice : page.notices) {
    json::object row = post_json(notice.entry);
    row["reason"] = community::notice_reason_text(notice.reason);
    row["unread"] = notice.unread;
    rows.push_back(std::move(row));
  }
  return json::value(json::object{{"entries", std::move(rows)}, {"next", page.next}});
}

Task seen(CommunityDesk desk, const Call& call) {
  const auto plan = [&]() -> Result<storage::Batch> {
    COMITY_TRY(const Look at, look(desk, call.arguments));
    const proto::UserId& user = at.reader.person.user;
    COMITY_TRY(const std::uint64_t newest, community::newest_notice(*at.view, user));
    COMITY_TRY(const std::uint64_t before, community::notices_seen(*at.view, user));
    return newest <= before ? storage::Batch() : community::see_notices(user, newest);
  };
  return commit(desk, plan(), json::object{{"seen", true}});
}

}  // namespace

void add_attention_commands(CommandTable& table, CommunityDesk desk) {
  table.add("read", {.run = [desk](Call call) { return read(desk, call); }});
  table.add("watch", {.run = [desk](Call call) { return watch(desk, call); }});
  table.add("notifications/seen", {.run = [desk](Call call) { return seen(desk, call); }});
  table.add("unread", {.effect = Effect::kReads,
                       .run = [desk](Call call) { return answer(unread(desk, call.arguments)); }});
  table.add("notifications", {.effect = Effect::kReads, .run = [desk](Call call) {
                                return answer(notifications(desk, call.arguments));
                              }});
}

}  // namespace comity::api
