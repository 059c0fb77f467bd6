// SPDX-License-Identifier: EUPL-1.2
#include "node/web/pages/space_views.h"

#include <algorithm>

#include "node/web/look/inline_names.h"
#include "node/web/look/look.h"
#include "node/web/look/markdown.h"
#include "node/web/pages/entries.h"

namespace comity::web {
namespace {

namespace json = boost::json;

const SeenSpace& seen_of(const Lens& lens, const json::object& row) {
  static const SeenSpace nothing;
  const SeenSpace* const known = lens.space(text_in(row, "id"));
  return known == nullptr ? nothing : *known;
}

json::array member_views(const Lens& lens, const json::object& row) {
  const Words& words = *lens.words;
  json::array out;
  for (const json::value& value : list_in(row, "members")) {
    const json::object& member = value.as_object();
    const std::string state = text_in(member, "state");
    const bool partial = number_in(member, "have") < number_in(member, "total");
    json::array why;
    if (const std::string reason = text_in(member, "reason"); !reason.empty())
      why.push_back(json::value(reason));
    for (const json::value& other : list_in(member, "unreached")) {
      if (state != "self") why.push_back(json::value(text_in(other.as_object(), "reason")));
    }
    out.push_back(json::object{{"title", capital(text_in(member, "agency"))},
                               {"state", state == "not reached" ? "unreached"
                                         : partial              ? "partial"
                                                                : "whole"},
                               {"reached", words.plain(state == "self"      ? "member.reached_self"
                                                       : state == "reached" ? "member.reached"
                                                                            : "member.not_reached")},
                               {"completeness", completeness_words(lens, member)},
                               {"why", std::move(why)},
                               {"when", when_view(lens, text_in(member, "last_heard"))}});
  }
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

std::string slug_of(std::string_view title) {
  return anchor_text(title);
}

}  // namespace

std::string completeness_words(const Lens& lens, const json::object& member) {
  const Words& words = *lens.words;
  const std::uint64_t have = number_in(member, "have");
  if (text_in(member, "state") == "self") return words.say("member.self", {std::to_string(have)});
  const json::value* const total = member.if_contains("total");
  if (total == nullptr || !total->is_number()) return words.count("member.unknown", have);
  const std::uint64_t all = number_in(member, "total");
  if (all == 0) return std::string(words.plain("member.none"));
  if (have < all) return words.say("member.partial", {std::to_string(have), std::to_string(all)});
  return words.count("member.complete", have);
}

http::Task<bool> follows_space(Shared visit, std::string id) {
  json::object arguments{{"followed", true}};
  const auto answer = co_await visit->run("space/list", std::move(arguments));
  if (!answer.ok()) co_return false;
  const json::object all = object_of(*answer);
  const json::array& spaces = list_in(all, "spaces");
  co_return std::any_of(spaces.begin(), spaces.end(),
                        [&](const json::value& row) { return text_in(row.as_object(), "id") == id; });
}

json::object space_head_view(const Lens& lens, const json::object& row, std::string_view tab, bool followed) {
  const Words& words = *lens.words;
  const SeenSpace& space = seen_of(lens, row);
  const std::string path = space_path(space, text_in(row, "id"));
  const auto tab_view = [&](std::string_view key, const std::string& at) {
    return json::object{{"href", lens.to(at)},
                        {"words", words.plain("space.tab." + std::string(key))},
                        {"current", key == tab}};
  };
  return {{"title", space.title},
          {"description", text_in(row, "description")},
          {"boundary", boundary_view(lens, space)},
          {"label", nullptr},
          {"spaces_href", lens.to("/spaces")},
          {"new_href", lens.to(path + "/new")},
          {"new_words", words.plain("begin_discussion")},
          {"follow_href", lens.to(path + "/follow")},
          {"followed", followed},
          {"tabs", json::array{tab_view("discussions", path), tab_view("wiki", path + "/wiki"),
                               tab_view("about", path + "/about")}}};
}

json::object space_view(json::object view, const Lens& lens, const json::object& row,
                        const json::object& threads, const std::string& level, const std::string& tag,
                        const std::string& after, bool followed) {
  const Words& words = *lens.words;
  const SeenSpace& space = seen_of(lens, row);
  const std::string path = space_path(space, text_in(row, "id"));
  view["space"] = space_head_view(lens, row, "discussions", followed);
  view["reach"] = reach_view(lens, space);
  view["members"] = member_views(lens, row);
  view["entries"] = card_views(lens, list_in(threads, "entries"), false);
  view["about_href"] = lens.to(path + "/about");
  view["first_href"] = lens.to(path + "/new");
  if (!tag.empty()) {
    view["tag"] = true;
    view["tag_words"] = words.say("space.tag", {tag});
    view["untag_href"] = lens.to(path);
  }
  json::array pinned;
  for (const json::value& value : list_in(row, "pinned")) {
    const json::object& pin = value.as_object();
    const std::string page = text_in(pin, "page");
    const std::size_t slash = page.find('/');
    const std::string at = page.empty() ? "/t/" + url_part(text_in(pin, "id"))
                                        : wiki_path(page.substr(0, slash), page.substr(slash + 1));
    pinned.push_back(json::object{{"title", entry_title(lens, pin)}, {"href", lens.to(at)}});
  }
  if (tag.empty() && after.empty()) view["pinned"] = std::move(pinned);
  bool unread = false;
  for (const json::value& value : list_in(threads, "entries"))
    unread = unread || number_in(value.as_object(), "unread_entries") > 0;
  view["unread"] = unread;
  view["read_href"] = lens.to(path + "/read");
  view["watch"] =
      json::object{{"action", lens.to(path + "/watch")},
                   {"levels", options(lens, "level", {"muted", "mentions", "normal", "watching"}, level)}};
  view["pager"] = pager_view(lens, tag.empty() ? path : path + "?tag=" + url_part(tag),
                             text_in(threads, "next"), !after.empty());
  return view;
}

json::object about_view(json::object view, const Lens& lens, const json::object& row, bool followed) {
  const Words& words = *lens.words;
  const SeenSpace& space = seen_of(lens, row);
  view["space"] = space_head_view(lens, row, "about", followed);
  view["reach"] = reach_view(lens, space);
  view["readers_words"] = words.plain("readers." + text_in(row, "readers"));
  view["members"] = member_views(lens, row);
  const bool ours = lens.moderates && text_in(row, "steward") == lens.agency && space.kind == "shared";
  if (ours) view["members_href"] = lens.to("/s/" + url_part(space.slug) + "/members");
  view["steward"] = capital(text_in(row, "steward"));
  const json::object label = label_view(lens, space.ceiling, space.kind == "inside");
  view["ceiling"] = words.say("label.option", {space.ceiling, text_in(label, "meaning")});
  view["freshness"] = words.plain("freshness." + text_in(row, "steward_freshness"));
  std::vector<std::string> relays;
  for (const json::value& relay : list_in(row, "relays"))
    relays.push_back(text_in(relay.as_object(), "agency"));
  view["relays"] = agencies_text(relays);
  return view;
}

void add_text_box(json::object& view, const Lens& lens, std::string_view label, const Written& written,
                  const std::string& space, int rows) {
  view["text_label"] = label;
  view["text"] = written.at("text");
  view["rows"] = rows;
  view["draft_note"] = draft_words(lens, written);
  const bool preview = written.at("do") == "preview" || written.at("how") == "preview";
  if (preview) view["preview"] = markdown(written.at("text"), {.base = lens.base, .space = space}).html;
}

json::object post_form_view(json::object view, const Lens& lens, const json::object& row,
                            const Written& written, const json::value& problem) {
  const Words& words = *lens.words;
  const SeenSpace& space = seen_of(lens, row);
  const std::string path = space_path(space, text_in(row, "id"));
  view["problem"] = problem;
  view["space_href"] = lens.to(path);
  view["space_title"] = space.title;
  view["action"] = lens.to(path + "/posts");
  view["draft_key"] = "post:" + space.slug;
  view["reach"] = reach_view(lens, space);
  view["title"] = written.at("title");
  view["tags"] = written.at("tags");
  view["question"] = !written.at("question").empty();
  view["labels"] = label_options(lens, space, written.at("label"));
  view["send_words"] = words.say("write.send_to", {space.title});
  add_text_box(view, lens, words.plain("write.text"), written, space.slug, 10);
  return view;
}

json::object space_form_view(json::object view, const Lens& lens, const Written& written,
                             const json::array& similar, const json::value& problem,
                             const json::array& agencies, const std::vector<std::string>& chosen) {
  view["problem"] = problem;
  view["action"] = lens.to("/spaces");
  view["title"] = written.at("title");
  view["slug"] = written.at("slug").empty() && !written.at("title").empty() ? slug_of(written.at("title"))
                                                                            : written.at("slug");
  view["description"] = written.at("description");
  view["inside_words"] = lens.words->say("space.inside", {capital(lens.agency)});
  view["may_share"] = lens.moderates;
  view["shared"] = written.at("kind") == "shared";
  view["inside"] = written.at("kind") != "shared";
  json::array names;
  for (const json::value& value : agencies) {
    const std::string name(value.as_string());
    names.push_back(json::object{{"name", name},
                                 {"title", capital(name)},
                                 {"chosen", std::find(chosen.begin(), chosen.end(), name) != chosen.end()}});
  }
  view["agencies"] = std::move(names);
  json::array like;
  for (const json::value& value : similar) {
    const SeenSpace space = seen_space(value.as_object(), lens.agency);
    like.push_back(json::object{{"title", space.title},
                                {"href", lens.to(space_path(space, ""))},
                                {"words", text_in(value.as_object(), "description")}});
  }
  view["similar"] = std::move(like);
  return view;
}

bool sounds_like(std::string_view one, std::string_view other) {
  const std::string text = lower(one);
  const std::string words = lower(other);
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t end = std::min(words.find_first_of(" -_,.", at), words.size());
    const std::string word = words.substr(at, end - at);
    if (word.size() >= 4 && text.find(word) != std::string::npos) return true;
    at = end + 1;
  }
  return false;
}

}  // namespace comity::web
