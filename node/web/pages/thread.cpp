// SPDX-License-Identifier: EUPL-1.2
// A discussion: its entries, replies, who reads it, what one is told of it.
#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "node/api/delivery.h"
#include "node/api/post_rows.h"
#include "node/api/thread_page.h"
#include "node/web/look/look.h"
#include "node/web/look/markdown.h"
#include "node/web/pages/entries.h"
#include "node/web/pages/hall.h"
#include "node/web/pages/pages.h"
#include "node/web/pages/space_views.h"
#include "node/web/pages/thread_pieces.h"
#include "node/web/serve/services.h"

namespace comity::web {
namespace {

namespace json = boost::json;

using community::PostView;

constexpr std::size_t kPage = 50;
constexpr std::size_t kPeople = 12;
constexpr std::size_t kKeptBytes = std::size_t{16} << 20;

struct ThreadAnswers {
  std::map<std::string, std::string> delivery;  ///< by id: words of who has it, where somebody has not
  api::ThreadPages::Page thread;
  json::object first;  ///< the row that begins it
  std::string after, reply, quote;
  Written written;
  json::value problem;
  std::string place;  ///< what stands for the entries until the frame is made: no other text of the page
};

const PostView* post_named(const std::vector<PostView>& posts, const std::string& id) {
  const auto at = std::ranges::find(posts, id, &PostView::id);
  return at == posts.end() ? nullptr : &*at;
}

json::object reply_view(const Lens& lens, const ThreadAnswers& in, const SeenSpace& space) {
  const Words& words = *lens.words;
  const std::string thread = text_in(in.first, "id");
  const auto& posts = in.thread->page.posts;
  json::object out{
      {"action", lens.to("/t/" + url_part(thread) + "/reply")},
      {"draft_key", "reply:" + thread},
      {"heading", words.plain("thread.reply")},
      {"reach", reach_view(lens, space)},
      {"send_words", words.say("write.reply_to", {space.kind == "circle" ? text_in(in.first, "title").empty()
                                                                               ? words.plain("kind.message")
                                                                               : text_in(in.first, "title")
                                                                         : space.title})}};
  const std::string parent = in.written.at("parent").empty() ? in.reply : in.written.at("parent");
  if (const PostView* const post = post_named(posts, parent); post != nullptr && parent != thread) {
    out["heading"] = words.say("thread.reply_to", {author_name(*post)});
    out["to"] = words.say("thread.to", {author_name(*post)});
    out["plain_href"] = lens.to("/t/" + url_part(thread) + "#reply");
    out["parent"] = parent;
  }
  const std::string quote = in.written.at("quote").empty() ? in.quote : in.written.at("quote");
  if (const PostView* const post = post_named(posts, quote)) {
    out["quoting"] = true;
    out["quote"] = quote;
    out["by"] = words.say("thread.quoted", {author_name(*post)});
    out["quoted"] = plain_beginning(post->text, 300);
  }
  add_text_box(out, lens, words.plain("write.reply"), in.written, space.slug, 5);
  return out;
}

json::object thread_view(json::object view, const Lens& lens, const ThreadAnswers& in) {
  const Words& words = *lens.words;
  const SeenSpace* const known = lens.space(text_in(in.first, "space_id"));
  const SeenSpace space = known == nullptr ? SeenSpace{.kind = "shared", .agencies = {lens.agency}} : *known;
  const std::string id = text_in(in.first, "id");
  const std::string path = "/t/" + url_part(id);
  view["problem"] = in.problem;
  view["title"] = entry_title(lens, in.first);
  view["space_href"] = lens.to(space_path(space, text_in(in.first, "space_id")));
  view["space_title"] = space.kind == "circle" ? std::string(words.plain("messages")) : space.title;
  view["boundary"] = boundary_view(lens, space);
  view["label"] = label_view(lens, text_in(in.first, "label"), space.kind == "inside");
  view["reach"] = reach_view(lens, space);
  view["tags"] = tag_views(lens, space, in.first);
  const std::string answer = text_in(in.first, "answer");
  view["answered"] = !answer.empty();
  view["answer_href"] = lens.to("/t/" + url_part(answer) + "#" + url_part(answer));
  view["open_question"] = flag_in(in.first, "question") && answer.empty();

  std::uint64_t unread = 0;
  std::set<std::string_view> seen;
  json::array people;
  for (const PostView& post : in.thread->page.posts) {
    unread += post.unread ? 1 : 0;
    if (people.size() < kPeople && !post.author.empty() && seen.insert(post.author).second)
      people.push_back(person_view(lens, post.author, post.author_name));
  }
  view["entries"] = in.place;
  view["people"] = std::move(people);
  if (unread > 0) {
    view["unread_href"] = "#unread";
    view["unread_words"] = words.count("thread.unread", unread);
    view["read_href"] = lens.to(path + "/read");
  }
  view["reply"] = reply_view(lens, in, space);
  view["watch"] = json::object{
      {"action", lens.to(path + "/watch")},
      {"levels", options(lens, "level", {"muted", "mentions", "normal", "watching"}, in.thread->level)}};
  view["pager"] = pager_view(lens, path, in.thread->page.next, !in.after.empty());
  return view;
}

/// The page: its frame, and in it the entries. On a worker.
std::string thread_text(json::object view, const Lens& lens, const ThreadAnswers& in) {
  // One for all readers: what may be read was decided before.
  static Kept lately(kKeptBytes);
  const std::string frame = look("thread", thread_view(std::move(view), lens, in));
  const auto& posts = in.thread->page.posts;
  std::unordered_map<std::string_view, const std::string*> authors;
  for (const PostView& post : posts)
    authors.emplace(post.id, &author_name(post));
  const ThreadPieces made(lens, in.thread->first, lately);
  std::vector<Piece> pieces;
  pieces.reserve(posts.size());
  std::size_t bytes = frame.size();
  bool marked = false;
  for (const PostView& post : posts) {
    const auto answered = authors.find(post.parent);
    const bool marks = post.unread && !marked;
    marked = marked || marks;
    const auto told = in.delivery.find(post.id);
    pieces.push_back(made.piece(post, answered == authors.end() ? std::string() : *answered->second, marks,
                                told == in.delivery.end() ? std::string() : told->second));
    bytes += pieces.back()->size();
  }
  const std::size_t at = frame.find(in.place);
  std::string out;
  out.reserve(bytes);
  out.append(frame, 0, at);
  for (const Piece& piece : pieces)
    out += *piece;
  return out.append(frame, at + in.place.size());
}

/// The words of who has entries of ours that somebody is known to lack.
proto::Status add_delivery(const Visit& visit, const Lens& lens, ThreadAnswers& in) {
  const api::CommunityDesk& desk = visit.services->desk;
  COMITY_TRY(const auto view, desk.store.snapshot());
  api::DeliveryRows rows(desk, *view);
  for (const PostView& post : in.thread->page.posts) {
    if (post.unseen) continue;
    COMITY_TRY(const bool everywhere, rows.is_everywhere(post));
    if (everywhere) continue;
    json::object row{{"time", post.time}};
    COMITY_CHECK(rows.add(post, row, false));
    if (std::string words = delivery_words(lens, row); !words.empty())
      in.delivery[post.id] = std::move(words);
  }
  return {};
}

http::Task<http::Response> thread_with(Shared visit, Written written, json::value problem, unsigned status) {
  auto lens = lens_of(*visit);
  const std::string id = visit->part("id");
  auto in = std::make_shared<ThreadAnswers>();
  in->after = visit->asked("after").value_or("");
  in->reply = visit->asked("reply").value_or("");
  in->quote = visit->asked("quote").value_or("");
  in->written = std::move(written);
  in->problem = std::move(problem);
  auto read = visit->services->threads.read(
      visit->services->desk, {.as = visit->person->handle, .entry = id, .after = in->after, .limit = kPage});
  if (!read.ok()) co_return failure(*visit, read.error());
  in->thread = *std::move(read);
  const PostView& asked = in->thread->asked;
  if (asked.kind == "wiki" && !asked.path.empty())
    co_return see_other(*visit, entry_path(api::post_json(asked)));
  in->first = api::post_json(in->thread->first);
  if (const auto told = add_delivery(*visit, *lens, *in); !told.ok()) co_return failure(*visit, told.error());
  const std::string begins = in->thread->first.id;
  const json::array shown_rows(1, json::value(in->first));
  co_await see_spaces_of(visit, lens, shown_rows);
  if (in->written.fields.empty()) in->written = co_await draft_of(visit, "reply:" + begins);
  auto view = std::make_shared<json::object>();
  *view = co_await begin_view(visit, "thread", entry_title(*lens, in->first));
  json::object& page = (*view)["page"].as_object();
  page["thread"] = begins;
  page["space_id"] = text_in(in->first, "space");
  in->place = "entries " + visit->once();
  // Its forms have a token that no other answer has.
  visit->tagged = false;
  std::function<std::string()> work = [view, lens, in] { return thread_text(std::move(*view), *lens, *in); };
  std::string text = co_await render_on_pool(visit, std::move(work));
  co_return html(std::move(text), status);
}

http::Task<http::Response> thread(Shared visit) {
  http::Response out = co_await thread_with(visit, Written(), nullptr, 200);
  co_return out;
}

http::Task<http::Response> reply(Shared visit) {
  const std::string id = visit->part("id");
  const std::string key = "reply:" + id;
  Written written = sent(*visit);
  if (written.at("do") == "preview") {
    co_await keep_draft(visit, key);
    http::Response out = co_await thread_with(visit, std::move(written), nullptr, 200);
    co_return out;
  }
  const std::string parent = written.at("parent").empty() ? id : written.at("parent");
  json::object arguments{{"id", parent}, {"text", written.at("text")}};
  if (!written.at("quote").empty()) arguments["quote"] = written.at("quote");
  auto done = co_await visit->run("reply", std::move(arguments));
  if (!done.ok()) {
    co_await keep_draft(visit, key);
    json::value problem = problem_view(done.error(), true);
    http::Response out = co_await thread_with(visit, std::move(written), std::move(problem), 422);
    co_return out;
  }
  co_await drop_draft(visit, key);
  const std::string fresh = text_in(object_of(*done), "id");
  co_return see_other(*visit, "/t/" + fresh + "#" + fresh);
}

http::Task<http::Response> watch(Shared visit) {
  const std::string id = visit->part("id");
  json::object arguments{{"what", id}, {"level", visit->field("level").value_or("")}};
  auto done = co_await visit->run("watch", std::move(arguments));
  if (!done.ok()) co_return failure(*visit, done.error());
  tell_next(*visit, "success", "saved");
  co_return see_other(*visit, "/t/" + url_part(id));
}

http::Task<http::Response> mark_read(Shared visit) {
  const std::string id = visit->part("id");
  json::object arguments{{"what", id}};
  auto done = co_await visit->run("read", std::move(arguments));
  if (!done.ok()) co_return failure(*visit, done.error());
  // A script asks in passing and wants no page.
  if (visit->request.fields.find("X-CSRF-Token")) co_return http::Response{.status = 204};
  co_return see_other(*visit, "/t/" + url_part(id));
}

http::Task<http::Response> any_entry(Shared visit) {
  json::object arguments{{"id", visit->part("id")}};
  COMITY_ASK(row, "show", arguments);
  co_return see_other(*visit, entry_path(row));
}

}  // namespace

void add_thread_pages(Router& router) {
  router.get("/t/{id}", Access::kPerson, thread);
  router.get("/e/{id}", Access::kPerson, any_entry);
  router.post("/t/{id}/reply", Access::kPerson, reply, Sending::kOnce);
  router.post("/t/{id}/watch", Access::kPerson, watch);
  router.post("/t/{id}/read", Access::kPerson, mark_read);
}

}  // namespace comity::web
