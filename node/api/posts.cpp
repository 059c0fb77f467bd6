// SPDX-License-Identifier: EUPL-1.2
#include <algorithm>
#include <map>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "node/api/answer.h"
#include "node/api/arguments.h"
#include "node/api/delivery.h"
#include "node/api/post_rows.h"
#include "node/api/problem.h"
#include "node/api/receipts.h"
#include "node/api/spaces.h"
#include "node/community/ids.h"
#include "node/community/posts/post_reader.h"

namespace comity::api {
namespace {

namespace json = boost::json;
using community::PostView;
using proto::Code;
using proto::Error;
using proto::Result;

using Task = http::Task<Result<json::value>>;

constexpr std::uint64_t kLongestWait = 50;  // seconds, below the patience of a client

Result<community::NewPost> new_post(const CommunityDesk& desk, const policy::Reader& reader,
                                    const json::object& arguments) {
  community::NewPost what;
  COMITY_TRY(what.author, required_text(arguments, "as"));
  COMITY_TRY(const std::string space, required_text(arguments, "space"));
  COMITY_TRY(what.space, desk.spaces.resolve(space, reader));
  COMITY_TRY(const auto title, text_argument(arguments, "title"));
  what.title = title.value_or("");
  COMITY_TRY(const auto text, text_argument(arguments, "text"));
  what.text = text.value_or("");
  COMITY_TRY(what.label, label_argument(arguments));
  COMITY_TRY(what.tags, texts_argument(arguments, "tags"));
  COMITY_TRY(what.question, flag_argument(arguments, "question"));
  COMITY_TRY(const auto url, text_argument(arguments, "url"));
  what.url = url.value_or("");
  return what;
}

Task post(CommunityDesk desk, const Call& call) {
  community::NewPost what;
  const auto read = [&]() -> proto::Status {
    COMITY_TRY(const auto view, desk.store.snapshot());
    COMITY_TRY(const auto reader, reader_of(desk, *view, call.arguments));
    COMITY_TRY(what, new_post(desk, reader, call.arguments));
    return {};
  };
  return hand_over(desk, read(), [&](community::OnPosted done) { desk.posts.post(what, std::move(done)); });
}

Task message(CommunityDesk desk, const Call& call) {
  community::NewMessage what;
  const auto read = [&]() -> proto::Status {
    COMITY_TRY(what.author, required_text(call.arguments, "as"));
    COMITY_TRY(const auto to, texts_argument(call.arguments, "to"));
    if (to.empty()) return Error{Code::kBadArguments, "to: it is missing"};
    COMITY_TRY(const auto view, desk.store.snapshot());
    COMITY_TRY(const auto reader, reader_of(desk, *view, call.arguments));
    COMITY_TRY(what.to, people_named(desk, *view, reader, to));
    COMITY_TRY(const auto title, text_argument(call.arguments, "title"));
    what.title = title.value_or("");
    COMITY_TRY(const auto text, text_argument(call.arguments, "text"));
    what.text = text.value_or("");
    COMITY_TRY(what.label, label_argument(call.arguments));
    return {};
  };
  return hand_over(desk, read(),
                   [&](community::OnPosted done) { desk.messages.send(what, std::move(done)); });
}

/// The answers of one batch, filled in whatever order they come.
struct BatchAnswers {
  json::array results;
  std::size_t open = 0;
  Promise promise;

  void put(std::size_t at, const Result<feed::Appended>& posted) {
    results[at] = posted.ok() ? stored_json(*posted) : json::parse(problem_json(posted.error()));
    if (--open == 0) promise.complete(json::value(json::object{{"results", std::move(results)}}));
  }
};

/// Reads the posts of one batch, each for its author, of whom there are few: one look at the store serves
/// all.
class BatchReaders {
 public:
  explicit BatchReaders(const CommunityDesk& desk) : desk_(desk), view_(desk.store.snapshot()) {}

  Result<community::NewPost> read(const json::value& post) {
    if (!post.is_object()) return Error{Code::kBadArguments, "a post is an object"};
    if (!view_.ok()) return view_.error();
    const json::object& arguments = post.get_object();
    COMITY_TRY(const auto author, text_argument(arguments, "as"));
    auto known = readers_.find(author.value_or(""));
    if (known == readers_.end()) {
      COMITY_TRY(const auto reader, reader_of(desk_, **view_, arguments));
      known = readers_.emplace(author.value_or(""), reader).first;
    }
    return new_post(desk_, known->second, arguments);
  }

 private:
  const CommunityDesk& desk_;
  Result<std::unique_ptr<storage::View>> view_;
  std::map<std::string, policy::Reader> readers_{};
};

Task wait_for(std::shared_ptr<BatchAnswers> answers) {
  auto value = co_await answers->promise.wait();
  co_return value;
}

Task post_batch(CommunityDesk desk, const Call& call) {
  const json::value* const posts = call.arguments.if_contains("posts");
  if (posts == nullptr || !posts->is_array() || posts->get_array().size() > 1024) {
    return answer(Result<json::value>(Error{Code::kBadArguments, "posts: a list of at most 1024"}));
  }
  auto answers = std::make_shared<BatchAnswers>();
  const json::array& list = posts->get_array();
  answers->results.resize(list.size());
  answers->open = list.size() + 1;
  BatchReaders readers(desk);
  for (std::size_t at = 0; at < list.size(); ++at) {
    const auto what = readers.read(list[at]);
    if (!what.ok()) {
      answers->put(at, what.error());
      continue;
    }
    desk.posts.post(*what, [answers, at](const Result<feed::Appended>& posted) { answers->put(at, posted); });
  }
  desk.writer.flush();
  if (--answers->open == 0) {
    answers->promise.complete(json::value(json::object{{"results", std::move(answers->results)}}));
  }
  return wait_for(std::move(answers));
}

Result<proto::EntryId> entry_of(const json::object& arguments) {
  COMITY_TRY(const std::string text, required_text(arguments, "id"));
  return community::parse_entry_id(text);
}

Task reply(CommunityDesk desk, const Call& call) {
  community::NewReply what;
  const auto read = [&]() -> proto::Status {
    COMITY_TRY(what.author, required_text(call.arguments, "as"));
    COMITY_TRY(what.parent, entry_of(call.arguments));
    COMITY_TRY(const auto text, text_argument(call.arguments, "text"));
    what.text = text.value_or("");
    COMITY_TRY(what.label, label_argument(call.arguments));
    COMITY_TRY(const auto quote, text_argument(call.arguments, "quote"));
    if (quote) {
      COMITY_TRY(what.quote, community::parse_entry_id(*quote));
    }
    return {};
  };
  return hand_over(desk, read(), [&](community::OnPosted done) { desk.posts.reply(what, std::move(done)); });
}

Task withdraw(CommunityDesk desk, const Call& call) {
  community::NewWithdrawal what;
  const auto read = [&]() -> proto::Status {
    COMITY_TRY(what.author, required_text(call.arguments, "as"));
    COMITY_TRY(what.entry, entry_of(call.arguments));
    COMITY_TRY(const auto reason, text_argument(call.arguments, "reason"));
    what.reason = reason.value_or("");
    return {};
  };
  return hand_over(desk, read(),
                   [&](community::OnPosted done) { desk.posts.withdraw(what, std::move(done)); });
}

using Read = std::function<Result<json::value>(const storage::View&, community::PostReader&,
                                               const policy::Reader& reader, const json::object& arguments)>;

Task read(CommunityDesk desk, const Call& call, const Read& what) {
  const auto ask = [&]() -> Result<json::value> {
    COMITY_TRY(const auto view, desk.store.snapshot());
    COMITY_TRY(const auto reader, reader_of(desk, *view, call.arguments));
    const auto sights = desk.spaces.sights();
    community::PostReader posts(*view, *sights, desk.storage_key, reader, desk.recent.get());
    return what(*view, posts, reader, call.arguments);
  };
  return answer(ask());
}

void add_read(CommandTable& table, CommunityDesk desk, const std::string& name, Read what) {
  table.add(name, {.effect = Effect::kReads,
                   .run = [desk, what = std::move(what)](Call call) { return read(desk, call, what); }});
}

Result<json::value> list(const CommunityDesk& desk, const storage::View& view, community::PostReader& posts,
                         const policy::Reader& reader, const json::object& arguments) {
  COMITY_TRY(const std::string name, required_text(arguments, "space"));
  COMITY_TRY(const proto::SpaceId space, desk.spaces.resolve(name, reader));
  COMITY_TRY(const auto kind, text_argument(arguments, "kind"));
  if (kind && *kind != "thread" && *kind != "update" && *kind != "wiki")
    return Error{Code::kBadArguments, "kind: thread, update or wiki"};
  community::ListQuery query;
  if (kind && *kind == "update") query.type = community::ContentType::kUpdate;
  if (kind && *kind == "wiki") query.type = community::ContentType::kWiki;
  COMITY_TRY(query.limit, page_limit(arguments));
  COMITY_TRY(const auto after, text_argument(arguments, "after"));
  query.after = after.value_or("");
  COMITY_TRY(const auto tag, text_argument(arguments, "tag"));
  query.tag = tag.value_or("");
  COMITY_TRY(const auto page, posts.list(space, query));
  json::value out = posts_page_json(page.posts, page.next);
  COMITY_CHECK(DeliveryRows(desk, view).add_all(page.posts, out));
  return out;
}

Task show(CommunityDesk desk, const Call& call) {
  const auto ask = [&]() -> Result<json::value> {
    COMITY_TRY(const proto::EntryId entry, entry_of(call.arguments));
    COMITY_TRY(const auto view, desk.store.snapshot());
    COMITY_TRY(auto reader, reader_of(desk, *view, call.arguments));
    const auto sights = desk.spaces.sights();
    community::PostReader posts(*view, *sights, desk.storage_key, std::move(reader));
    COMITY_TRY(const PostView shown, posts.show(entry));
    json::object out = post_json(shown);
    COMITY_CHECK(DeliveryRows(desk, *view).add(shown, out, true));
    if (shown.withdrawn) {
      COMITY_TRY(out["receipts"], receipts_json(desk, *view, posts, entry));
    }
    return json::value(std::move(out));
  };
  return answer(ask());
}

Result<json::value> thread(const CommunityDesk& desk, const storage::View& view, community::PostReader& posts,
                           const json::object& arguments) {
  COMITY_TRY(const proto::EntryId entry, entry_of(arguments));
  community::ThreadQuery query;
  COMITY_TRY(query.limit, page_limit(arguments));
  COMITY_TRY(const auto after, text_argument(arguments, "after"));
  query.after = after.value_or("");
  COMITY_TRY(const auto page, posts.thread(entry, query));
  json::value out = posts_page_json(page.posts, page.next);
  COMITY_CHECK(DeliveryRows(desk, view).add_all(page.posts, out));
  return out;
}

struct EventsQuery {
  std::string cursor;
  std::optional<proto::SpaceId> space;
  std::uint64_t wait = 0;
};

Result<EventsQuery> events_query(const CommunityDesk& desk, const json::object& arguments) {
  EventsQuery query;
  COMITY_TRY(const auto view, desk.store.snapshot());
  COMITY_TRY(const auto reader, reader_of(desk, *view, arguments));
  COMITY_TRY(const auto after, text_argument(arguments, "after"));
  COMITY_TRY(const auto space, text_argument(arguments, "space"));
  if (space) {
    COMITY_TRY(query.space, desk.spaces.resolve(*space, reader));
  }
  COMITY_TRY(const auto wait, number_argument(arguments, "wait"));
  query.wait = std::min(wait.value_or(0), kLongestWait);
  if (after) {
    query.cursor = *after;
  } else {
    COMITY_TRY(query.cursor, community::events_now(desk.store, desk.run));
  }
  return query;
}

Result<community::EventPage> look(const CommunityDesk& desk, const json::object& arguments,
                                  const EventsQuery& query) {
  COMITY_TRY(const auto view, desk.store.snapshot());
  COMITY_TRY(const auto reader, reader_of(desk, *view, arguments));
  const auto sights = desk.spaces.sights();
  if (query.space) {
    const community::PostReader posts(*view, *sights, desk.storage_key, reader);
    COMITY_CHECK(posts.enter(*query.space));
  }
  const community::EventSource source{.store = desk.store,
                                      .sights = *sights,
                                      .storage_key = desk.storage_key,
                                      .run = desk.run,
                                      .recent = desk.recent.get()};
  return community::events_after(source, reader, query.cursor, query.space);
}

/// What became readable; waits for it when there is nothing yet.
Task events(CommunityDesk desk, Call call) {
  auto query = events_query(desk, call.arguments);
  if (!query.ok()) co_return query.error();
  const feed::WallTime until = desk.now() + std::chrono::seconds(query->wait);
  for (;;) {
    auto page = look(desk, call.arguments, *query);
    if (!page.ok()) co_return page.error();
    const feed::WallTime now = desk.now();
    if (!page->events.empty() || now >= until) co_return posts_page_json(page->events, page->next);
    query->cursor = page->next;
    if (page->more) continue;
    const auto left = std::chrono::ceil<std::chrono::seconds>(until - now);
    co_await desk.news(left);
  }
}

}  // namespace

void add_post_commands(CommandTable& table, CommunityDesk desk) {
  table.add("post", {.run = [desk](Call call) { return post(desk, call); }});
  table.add("post/batch", {.run = [desk](Call call) { return post_batch(desk, call); }});
  table.add("message", {.run = [desk](Call call) { return message(desk, call); }});
  table.add("reply", {.run = [desk](Call call) { return reply(desk, call); }});
  table.add("withdraw", {.run = [desk](Call call) { return withdraw(desk, call); }});
  add_read(table, desk, "list",
           [desk](const storage::View& view, community::PostReader& posts, const policy::Reader& reader,
                  const json::object& arguments) { return list(desk, view, posts, reader, arguments); });
  table.add("show", {.effect = Effect::kReads, .run = [desk](Call call) { return show(desk, call); }});
  add_read(table, desk, "thread",
           [desk](const storage::View& view, community::PostReader& posts, const policy::Reader&,
                  const json::object& arguments) { return thread(desk, view, posts, arguments); });
  table.add("events",
            {.effect = Effect::kReads, .run = [desk](Call call) { return events(desk, std::move(call)); }});
}

}  // namespace comity::api
