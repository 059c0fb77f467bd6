// SPDX-License-Identifier: EUPL-1.2
#include "node/web/pages/entries.h"

#include <algorithm>

#include "node/web/look/look.h"
#include "node/web/look/markdown.h"

namespace comity::web {
namespace {

namespace json = boost::json;

constexpr std::size_t kExcerpt = 240;
constexpr std::size_t kTitle = 90;
constexpr std::chrono::seconds kUnderWay{10};
constexpr std::uint64_t kMostIndent = 4;

struct Reaction {
  std::string_view kind;
  std::string_view icon;
};
constexpr Reaction kReactions[] = {{"like", "favorite_border"},
                                   {"thanks", "star_outline"},
                                   {"agree", "thumb_up_alt"},
                                   {"disagree", "thumb_down_alt"},
                                   {"celebrate", "emoji_events"}};

SeenSpace space_of(const Lens& lens, const json::object& row) {
  const SeenSpace* const known = lens.space(text_in(row, "space_id"));
  if (known != nullptr) return *known;
  return {.slug = text_in(row, "space"),
          .title = text_in(row, "space"),
          .kind = "shared",
          .agencies = {lens.agency}};
}

std::string origin_words(const Lens& lens, const json::object& row) {
  const json::object& origin = object_in(row, "origin");
  if (origin.empty()) return {};
  const std::string author = text_in(origin, "author");
  const std::string source = text_in(origin, "source");
  return author.empty() ? lens.words->say("card.origin", {source})
                        : lens.words->say("card.origin_by", {source, author});
}

/// What cards and entries have alike.
json::object common_view(const Lens& lens, const json::object& row, const SeenSpace& space) {
  const std::string author = text_in(row, "author");
  json::object out{{"id", text_in(row, "id")},
                   {"href", lens.to(entry_path(row))},
                   {"boundary", boundary_view(lens, space)},
                   {"label", label_view(lens, text_in(row, "label"), space.kind == "inside")},
                   {"by", person_view(lens, author, text_in(row, "author_name"))},
                   {"when", when_view(lens, text_in(row, "time"))},
                   {"unread", flag_in(row, "unread")},
                   {"withdrawn", flag_in(row, "withdrawn")},
                   {"own", author == lens.address},
                   {"delivery", delivery_words(lens, row)}};
  if (flag_in(row, "withdrawn")) out["withdrawn_words"] = withdrawn_words(lens, row);
  return out;
}

json::array reaction_views(const Lens& lens, const json::object& row) {
  json::array out;
  for (const Reaction& known : kReactions) {
    std::uint64_t count = 0;
    bool own = false;
    for (const json::value& value : list_in(row, "reactions")) {
      const json::object& one = value.as_object();
      if (text_in(one, "kind") != known.kind) continue;
      count = number_in(one, "count");
      own = flag_in(one, "own");
    }
    out.push_back(json::object{
        {"kind", known.kind},
        {"words", lens.words->plain("react." + std::string(known.kind))},
        {"icon", icon(lens.base, known.icon)},
        {"count", count},
        {"count_words", count == 0 ? std::string() : lens.words->count("react.count", count)},
        {"own", own},
        {"action", lens.to("/e/" + url_part(text_in(row, "id")) + (own ? "/react?undo=1" : "/react"))}});
  }
  return out;
}

}  // namespace

json::array tag_views(const Lens& lens, const SeenSpace& space, const json::object& row) {
  json::array out;
  for (const std::string& tag : texts_in(row, "tags"))
    out.push_back(json::object{{"name", tag},
                               {"href", lens.to("/s/" + url_part(space.slug) + "?tag=" + url_part(tag))}});
  return out;
}

std::string entry_title(const Lens& lens, const json::object& row) {
  std::string title = text_in(row, "title");
  if (title.empty()) title = plain_beginning(text_in(row, "text"), kTitle);
  if (title.empty() && !text_in(row, "path").empty()) title = text_in(row, "path");
  return title.empty() ? std::string(lens.words->plain("card.untitled")) : title;
}

std::string entry_path(const json::object& row) {
  const std::string id = text_in(row, "id");
  const std::string thread = text_in(row, "thread");
  if (text_in(row, "kind") == "wiki" && !text_in(row, "path").empty())
    return wiki_path(text_in(row, "space"), text_in(row, "path"));
  if (text_in(row, "kind") == "person") return "/people/" + url_part(text_in(row, "author"));
  if (thread.empty() || thread == id) return "/t/" + url_part(id);
  return "/t/" + url_part(id) + "#" + url_part(id);
}

std::string withdrawn_words(const Lens& lens, const json::object& row) {
  const std::string who = text_in(row, "withdrawn_by");
  const std::string why = text_in(row, "withdrawn_text");
  return why.empty() ? lens.words->say("card.withdrawn", {who})
                     : lens.words->say("card.withdrawn_because", {who, why});
}

std::string entry_html(const Lens& lens, const json::object& row, std::uint32_t heading) {
  const MarkdownPlace place{.base = lens.base, .space = text_in(row, "space"), .heading = heading};
  const std::string text = text_in(row, "text");
  return lens.rendered == nullptr ? markdown(text, place).html : lens.rendered->html(text, place);
}

std::string delivery_words(const Lens& lens, const json::object& row) {
  constexpr std::size_t kNamed = 4;
  const json::object& delivery = object_in(row, "delivery");
  const json::array& waiting = list_in(delivery, "waiting");
  if (waiting.empty()) return {};
  std::vector<std::string> names;
  for (const json::value& value : waiting) {
    const json::object& one = value.as_object();
    if (names.size() < kNamed) names.push_back(text_in(one, "agency"));
  }
  // What was sent a moment ago is under way, which is not worth a word.
  const auto sent = read_moment(text_in(row, "time"));
  if (sent && lens.now - *sent < kUnderWay) return {};
  const std::string have = std::to_string(number_in(delivery, "have"));
  const std::string of = std::to_string(number_in(delivery, "of"));
  const std::size_t more = waiting.size() - names.size();
  return more == 0
             ? lens.words->say("delivery.some", {have, of, agencies_text(names)})
             : lens.words->say("delivery.some_many", {have, of, agencies_text(names), std::to_string(more)});
}

json::object card_view(const Lens& lens, const json::object& row, bool where) {
  const Words& words = *lens.words;
  const SeenSpace space = space_of(lens, row);
  json::object out = common_view(lens, row, space);
  const std::string kind = text_in(row, "kind");
  const bool update = kind == "update";
  const bool untitled = text_in(row, "title").empty();
  out["title"] = entry_title(lens, row);
  if (kind == "reply" && !text_in(row, "thread_title").empty())
    out["title"] = words.say("card.reply_in", {text_in(row, "thread_title")});
  if (words.has("did." + kind)) out["did"] = words.plain("did." + kind);
  if (where && space.kind != "circle" && !space.title.empty())
    out["where"] =
        json::object{{"title", space.title}, {"href", lens.to(space_path(space, text_in(row, "space_id")))}};
  if (kind == "wiki") {
    out["excerpt"] = text_in(row, "summary");
  } else if (update) {
    out["body"] = entry_html(lens, row, 4);
  } else if (!untitled) {
    out["excerpt"] = plain_beginning(text_in(row, "text"), kExcerpt);
  }
  if (untitled && update) out["title"] = words.plain("kind.update");
  out["tags"] = tag_views(lens, space, row);
  out["answered"] = flag_in(row, "answered");
  out["open_question"] = flag_in(row, "question") && !flag_in(row, "answered");
  out["edited"] = flag_in(row, "edited");
  if (const std::uint64_t entries = number_in(row, "entries"); entries > 1)
    out["replies"] = words.count("card.replies", entries - 1);
  if (const std::uint64_t fresh = number_in(row, "unread_entries"); fresh > 0) {
    out["news"] = words.count("card.unread", fresh);
    out["unread"] = true;
    out["first_unread_href"] = lens.to(entry_path(row) + "#unread");
  }
  if (const std::string reason = text_in(row, "reason"); !reason.empty()) {
    const std::string key = "reason." + reason;
    out["reason"] = words.has(key) ? words.plain(key) : std::string_view(reason);
  }
  return out;
}

json::array card_views(const Lens& lens, const json::array& rows, bool where) {
  json::array out;
  for (const json::value& row : rows) {
    if (row.is_object()) out.push_back(card_view(lens, row.get_object(), where));
  }
  return out;
}

json::object entry_view(const Lens& lens, const json::object& row, const ThreadAt& at) {
  const Words& words = *lens.words;
  const SeenSpace space = space_of(lens, row);
  json::object out = common_view(lens, row, space);
  const std::string id = text_in(row, "id");
  const auto act = [&](std::string_view what) {
    return lens.to("/e/" + url_part(id) + "/" + std::string(what));
  };
  const bool unseen = flag_in(row, "unseen");
  const bool gone = unseen || flag_in(row, "withdrawn");
  out["unseen"] = unseen;
  out["indent"] = std::min(number_in(row, "depth"), kMostIndent);
  out["who"] = text_in(object_in(out, "by"), "name");
  out["differs"] = !at.label.empty() && text_in(row, "label") != at.label;
  out["is_answer"] = flag_in(row, "is_answer");
  if (!gone) out["body"] = entry_html(lens, row, 2);
  out["origin"] = origin_words(lens, row);
  if (const std::string url = text_in(row, "url"); safe_url(url) && !gone)
    out["url"] = json::object{{"href", url}, {"words", url}};
  if (flag_in(row, "edited")) {
    const json::value when = when_view(lens, text_in(row, "edited_time"));
    out["edited"] =
        words.say("thread.edited", {when.is_object() ? text_in(when.get_object(), "relative") : ""});
    out["history_href"] = act("history");
  }
  const std::string parent = text_in(row, "parent");
  const auto author = at.authors.find(parent);
  const bool nested = number_in(row, "depth") > 1;
  if (nested && author != at.authors.end())
    out["to"] = json::object{{"href", lens.to("/t/" + url_part(parent) + "#" + url_part(parent))},
                             {"words", words.say("thread.to", {author->second})}};
  out["may_react"] = !gone;
  if (gone) return out;
  const std::string thread = text_in(row, "thread").empty() ? id : text_in(row, "thread");
  out["reactions"] = reaction_views(lens, row);
  out["reply_href"] = lens.to("/t/" + url_part(thread) + "?reply=" + url_part(id) + "#reply");
  out["quote_href"] =
      lens.to("/t/" + url_part(thread) + "?reply=" + url_part(id) + "&quote=" + url_part(id) + "#reply");
  const bool answer = flag_in(row, "is_answer");
  if (at.asked && thread != id)
    out["mark_answer"] =
        json::object{{"action", act(answer ? "answered?undo=1" : "answered")},
                     {"words", words.plain(answer ? "thread.unmark_answer" : "thread.mark_answer")}};
  const bool own = text_in(row, "author") == lens.address;
  if (own) out["edit_href"] = act("edit");
  if (own || lens.moderates) out["withdraw_href"] = act("withdraw");
  return out;
}

}  // namespace comity::web
