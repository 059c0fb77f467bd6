// SPDX-License-Identifier: EUPL-1.2
#include "node/web/pages/wiki_views.h"

#include <algorithm>
#include <charconv>

#include "node/web/look/look.h"
#include "node/web/look/markdown.h"
#include "node/web/look/sections.h"
#include "node/web/pages/entries.h"

namespace comity::web {
namespace {

namespace json = boost::json;

// Of a page that is all headings the links would be most of it.
constexpr std::size_t kMostSections = 100;

std::string page_title(const json::object& row, const WikiAt& at) {
  const std::string title = text_in(row, "title");
  return title.empty() ? at.path : title;
}

json::array stamp_views(const Lens& lens, const json::object& row) {
  json::array out;
  for (const json::value& value : list_in(row, "stamps")) {
    const json::object& stamp = value.as_object();
    const std::string kind = text_in(stamp, "kind");
    const std::string key = "stamp." + kind;
    std::string words(lens.words->has(key) ? lens.words->plain(key) : std::string_view(kind));
    if (!flag_in(stamp, "valid")) words += " " + std::string(lens.words->plain("stamp.void"));
    out.push_back(json::object{{"agency", capital(text_in(stamp, "agency"))},
                               {"kind", kind},
                               {"words", words},
                               {"icon", icon(lens.base, kind == "agreed" ? "verified" : "warning")},
                               {"note", text_in(stamp, "note")},
                               {"person", text_in(stamp, "person")},
                               {"when", when_view(lens, text_in(stamp, "time"))}});
  }
  return out;
}

/// "Version 1, by Maria Olsen (Health)": a side of a contradiction.
std::string side_words(const Lens& lens, const json::object& row, const json::object& side,
                       std::size_t number) {
  std::string who;
  for (const json::value& value : list_in(row, "versions")) {
    const json::object& version = value.as_object();
    const auto revisions = texts_in(side, "revisions");
    if (std::ranges::find(revisions, text_in(version, "id")) == revisions.end()) continue;
    who += (who.empty() ? "" : ", ") + text_in(person_view(lens, text_in(version, "author"), ""), "name");
  }
  if (who.empty()) return lens.words->say("merge.version", {std::to_string(number)});
  return lens.words->say("merge.version_by", {std::to_string(number), who});
}

/// Links to the forms of single sections.
json::array section_views(const Lens& lens, const WikiAt& at, const json::object& row) {
  json::array out;
  // Sections are those of one revision.
  if (list_in(row, "heads").size() != 1) return out;
  std::size_t number = 0;
  for (const Section& one : sections_of(text_in(row, "text"))) {
    if (++number > kMostSections) break;
    out.push_back(json::object{{"href", lens.to(at.href() + "?view=edit&section=" + std::to_string(number))},
                               {"title", one.title}});
  }
  return out;
}

void add_blocks(json::object& view, const Lens& lens, const WikiAt& at, const json::object& row) {
  const MarkdownPlace place{.base = lens.base, .space = at.space, .heading = 2, .anchors = true};
  json::array blocks;
  json::array toc;
  const auto add = [&](const std::string& text) {
    const Markdown made = markdown(text, place);
    for (const MarkdownHeading& heading : made.headings)
      toc.push_back(
          json::object{{"href", "#" + heading.anchor}, {"title", heading.title}, {"level", heading.level}});
    return made.html;
  };
  if (list_in(row, "blocks").empty()) blocks.push_back(json::object{{"html", add(text_in(row, "text"))}});
  for (const json::value& value : list_in(row, "blocks")) {
    const json::object& block = value.as_object();
    if (list_in(block, "conflict").empty()) {
      blocks.push_back(json::object{{"html", add(text_in(block, "text"))}});
      continue;
    }
    json::array sides;
    std::size_t number = 0;
    for (const json::value& one : list_in(block, "conflict")) {
      const MarkdownPlace plain{.base = lens.base, .space = at.space, .heading = 4};
      sides.push_back(json::object{{"by", side_words(lens, row, one.as_object(), ++number)},
                                   {"html", markdown(text_in(one.as_object(), "text"), plain).html}});
    }
    blocks.push_back(json::object{{"sides", std::move(sides)}});
  }
  view["blocks"] = std::move(blocks);
  if (toc.size() > 2) view["toc"] = std::move(toc);
}

}  // namespace

void add_wiki_head(json::object& view, const Lens& lens, const WikiAt& at, const SeenSpace& space,
                   const json::object& row, std::string_view tab) {
  const Words& words = *lens.words;
  view["title"] = row.empty() ? std::string(words.plain("wiki.new")) + ": " + at.path : page_title(row, at);
  view["space_href"] = lens.to("/s/" + url_part(at.space));
  view["space_title"] = space.title;
  view["list_href"] = lens.to("/s/" + url_part(at.space) + "/wiki");
  view["boundary"] = boundary_view(lens, space);
  if (!text_in(row, "label").empty())
    view["label"] = label_view(lens, text_in(row, "label"), space.kind == "inside");
  json::array tabs;
  for (const auto& [key, query] :
       {std::pair("read", ""), std::pair("edit", "?view=edit"), std::pair("history", "?view=history")}) {
    if (row.empty() && std::string_view(key) != "edit") continue;
    tabs.push_back(json::object{{"href", lens.to(at.href() + query)},
                                {"words", words.plain(std::string("wiki.tab.") + key)},
                                {"key", std::string_view(key) == "edit" ? "e" : ""},
                                {"current", tab == key}});
  }
  view["tabs"] = std::move(tabs);
}

json::object wiki_view(json::object view, const Lens& lens, const WikiAt& at, const SeenSpace& space,
                       const json::object& row, const json::array& backlinks, const std::string& revision) {
  const Words& words = *lens.words;
  add_wiki_head(view, lens, at, space, row, "read");
  add_blocks(view, lens, at, row);
  const json::object by = person_view(lens, text_in(row, "author"), text_in(row, "author_name"));
  view["by"] = text_in(by, "name");
  view["when"] = when_view(lens, text_in(row, "time"));
  view["summary"] = text_in(row, "summary");
  view["stamps"] = stamp_views(lens, row);
  if (!revision.empty()) {
    const json::value when = when_view(lens, text_in(row, "time"));
    const std::string absolute = when.is_object() ? text_in(when.get_object(), "absolute") : "";
    view["old"] = json::object{{"words", words.say("wiki.version_of", {absolute, text_in(by, "name")})},
                               {"href", lens.to(at.href())}};
    return view;
  }
  if (flag_in(row, "needs_merge"))
    view["merge_href"] = lens.to(at.href() + "?view=merge");
  else
    view["stamp"] =
        json::object{{"action", lens.to(at.href())}, {"rev", text_in(row, "revision")}, {"undo", true}};
  json::array links;
  for (const json::value& value : backlinks) {
    const json::object& page = value.as_object();
    const std::string title = text_in(page, "title");
    links.push_back(json::object{{"title", title.empty() ? text_in(page, "path") : title},
                                 {"href", lens.to(wiki_path(at.space, text_in(page, "address")))}});
  }
  view["backlinks"] = std::move(links);
  view["rename_href"] = lens.to(at.href() + "?view=rename");
  view["sections"] = section_views(lens, at, row);
  return view;
}

json::object history_view(json::object view, const Lens& lens, const WikiAt& at, const SeenSpace& space,
                          const json::object& row, const json::object& log, bool later) {
  const Words& words = *lens.words;
  add_wiki_head(view, lens, at, space, row, "history");
  view["action"] = lens.to(at.href());
  json::array entries;
  std::size_t number = 0;
  for (const json::value& value : list_in(log, "entries")) {
    const json::object& one = value.as_object();
    const json::value when = when_view(lens, text_in(one, "time"));
    const std::string absolute = when.is_object() ? text_in(when.get_object(), "absolute") : "";
    json::array stamps;
    for (const json::value& stamp : stamp_views(lens, one))
      stamps.push_back(
          json::value(text_in(stamp.as_object(), "agency") + " " + text_in(stamp.as_object(), "words")));
    const std::string id = text_in(one, "id");
    const json::object by = person_view(lens, text_in(one, "author"), text_in(one, "author_name"));
    entries.push_back(json::object{{"id", id},
                                   {"href", lens.to(at.href() + "?rev=" + url_part(id))},
                                   {"summary", text_in(one, "summary")},
                                   {"author", text_in(by, "name") + " (" + text_in(by, "agency") + ")"},
                                   {"when", when},
                                   {"head", flag_in(one, "head")},
                                   {"withdrawn", flag_in(one, "withdrawn")},
                                   {"from_words", words.say("wiki.from", {absolute})},
                                   {"to_words", words.say("wiki.to", {absolute})},
                                   {"stamps", std::move(stamps)},
                                   {"first_pick", number == 1},
                                   {"second_pick", number == 0}});
    ++number;
  }
  if (number == 1) entries[0].as_object()["first_pick"] = true;
  view["entries"] = std::move(entries);
  view["pager"] = pager_view(lens, at.href() + "?view=history", text_in(log, "next"), later);
  return view;
}

json::array hunk_views(const Lens& lens, const json::object& diff) {
  const Words& words = *lens.words;
  json::array out;
  for (const json::value& value : list_in(diff, "hunks")) {
    const json::object& hunk = value.as_object();
    json::array lines;
    for (const std::string& line : texts_in(hunk, "lines")) {
      const char mark = line.empty() ? ' ' : line[0];
      const std::string_view kind = mark == '+' ? "added" : mark == '-' ? "removed" : "same";
      std::string text = line.empty() ? "" : line.substr(1);
      while (text.ends_with('\n') || text.ends_with('\r'))
        text.pop_back();
      lines.push_back(json::object{{"kind", kind},
                                   {"sign", mark == '+'   ? "+"
                                            : mark == '-' ? "−"
                                                          : ""},
                                   {"sign_words", words.plain("diff." + std::string(kind))},
                                   {"text", text}});
    }
    const std::uint64_t from = number_in(hunk, "new_line");
    const std::uint64_t to = from + std::max<std::uint64_t>(number_in(hunk, "new_count"), 1) - 1;
    out.push_back(json::object{{"where", words.say("diff.where", {std::to_string(from), std::to_string(to)})},
                               {"lines", std::move(lines)}});
  }
  return out;
}

Merging merging_of(const Lens& lens, const json::object& row, const Written& chosen) {
  const Words& words = *lens.words;
  Merging out;
  std::size_t part = 0;
  for (const json::value& value : list_in(row, "blocks")) {
    const json::object& block = value.as_object();
    const json::array& sides = list_in(block, "conflict");
    if (sides.empty()) {
      out.text += text_in(block, "text");
      continue;
    }
    const std::string choice = "choice-" + std::to_string(++part);
    const std::string wanted = chosen.at(choice);
    std::size_t taken = 0;
    std::from_chars(wanted.data(), wanted.data() + wanted.size(), taken);
    if (taken >= sides.size()) taken = 0;
    json::array views;
    for (std::size_t at = 0; at < sides.size(); ++at) {
      const std::string number = std::to_string(at);
      views.push_back(json::object{{"key", choice + "-" + number},
                                   {"choice", choice},
                                   {"at", number},
                                   {"chosen", at == taken},
                                   {"by", side_words(lens, row, sides[at].as_object(), at + 1)},
                                   {"text", text_in(sides[at].as_object(), "text")}});
    }
    out.text += text_in(sides[taken].as_object(), "text");
    out.conflicts.push_back(json::object{{"heading", words.say("merge.part", {std::to_string(part)})},
                                         {"sides", std::move(views)}});
  }
  return out;
}

}  // namespace comity::web
