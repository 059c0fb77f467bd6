// SPDX-License-Identifier: EUPL-1.2
#include "node/web/pages/wiki_forms.h"

#include <charconv>
#include <optional>

#include <boost/json/serialize.hpp>

#include "node/web/look/markdown.h"
#include "node/web/look/sections.h"
#include "node/web/pages/confirm.h"
#include "node/web/pages/space_views.h"

namespace comity::web {
namespace {

namespace json = boost::json;

/// The page as it stands; empty when it is yet to be written.
http::Task<proto::Result<json::object>> current(Shared visit, WikiAt at) {
  json::object arguments{{"page", at.name()}};
  auto answer = co_await visit->run("wiki/get", std::move(arguments));
  if (answer.ok()) co_return object_of(*answer);
  if (answer.error().code == proto::Code::kPageUnknown) co_return json::object();
  co_return answer.error();
}

/// What others changed since the version that a form began with.
http::Task<json::object> changed_since(Shared visit, WikiAt at, std::string base, std::string now) {
  json::object out;
  if (base.empty() || base == now) co_return out;
  json::object arguments{{"page", at.name()}, {"a", base}, {"b", now}};
  const auto answer = co_await visit->run("wiki/diff", std::move(arguments));
  if (answer.ok()) out = object_of(*answer);
  co_return out;
}

/// One section of the version that a form began with.
struct SectionText {
  std::string whole;  ///< text of that version
  Section section;
  [[nodiscard]] std::string text() const { return whole.substr(section.begin, section.end - section.begin); }
};

/// The section of that number; nothing when the version, or a section of that number in it, is not there.
http::Task<std::optional<SectionText>> section_of(Shared visit, WikiAt at, std::string base,
                                                  std::string number) {
  std::size_t wanted = 0;
  std::from_chars(number.data(), number.data() + number.size(), wanted);
  json::object arguments{{"page", at.name()}, {"rev", base}};
  const auto answer = co_await visit->run("wiki/get", std::move(arguments));
  if (!answer.ok()) co_return std::nullopt;
  std::function<std::optional<SectionText>()> work = [text = text_in(object_of(*answer), "text"),
                                                      wanted]() -> std::optional<SectionText> {
    const auto all = sections_of(text);
    if (wanted == 0 || wanted > all.size()) return std::nullopt;
    return SectionText{.whole = text, .section = all[wanted - 1]};
  };
  auto found = co_await pool_of(*visit).run(std::move(work));
  co_return found;
}

/// Puts the section that was sent into the page. Where the page has changed meanwhile, but that section not,
/// into the page as it is now; where the section has changed too, into the version that the form began with.
/// Nothing when that version has no such section.
http::Task<std::optional<Written>> put_together(Shared visit, WikiAt at, Written written) {
  const std::string base = written.at("base");
  const auto began = co_await section_of(visit, at, base, written.at("section"));
  if (!began) co_return std::nullopt;
  auto now = co_await current(visit, at);
  // What several newest versions show together is the text of none of them.
  const bool one_head = now.ok() && list_in(*now, "heads").size() == 1;
  const std::string newest = one_head ? text_in(*now, "revision") : std::string();
  std::function<std::pair<std::string, bool>()> work =
      [began = *began, text = written.at("text"), moved = newest != base && !newest.empty(),
       now = one_head ? text_in(*now, "text") : std::string()] {
        std::optional<Section> same;
        std::size_t times = 0;
        for (const Section& one : moved ? sections_of(now) : std::vector<Section>()) {
          if (now.compare(one.begin, one.end - one.begin, began.text()) != 0) continue;
          same = one;
          ++times;
        }
        if (times == 1) return std::pair(with_section(now, *same, text), true);
        return std::pair(with_section(began.whole, began.section, text), false);
      };
  auto made = co_await pool_of(*visit).run(std::move(work));
  written.fields["text"] = std::move(made.first);
  if (made.second) written.fields["base"] = newest;
  co_return written;
}

http::Task<void> keep_written(Shared visit, std::string key, Written written) {
  json::object fields;
  for (const auto& [name, value] : written.fields) {
    if (name != "do" && name != "how" && name != "section") fields[name] = value;
  }
  json::object arguments{{"key", key}, {"text", json::serialize(fields)}};
  (void)co_await visit->run("draft/put", std::move(arguments));
}

/// A command that needs nothing but its fields, and leads back to the page.
http::Task<http::Response> simply(Shared visit, WikiAt at, std::string command, json::object arguments) {
  arguments["page"] = at.name();
  auto done = co_await visit->run(command, std::move(arguments));
  if (!done.ok()) co_return failure(*visit, done.error());
  tell_next(*visit, "success", "saved");
  co_return see_other(*visit, at.href());
}

http::Task<http::Response> put(Shared visit, WikiAt at, std::shared_ptr<Lens> lens, SeenSpace space) {
  Written written = sent(*visit);
  const std::string section = written.at("section");
  const std::string key = at.draft_key(section);
  if (written.at("how") == "preview") {
    co_await keep_draft(visit, key);
    http::Response out = co_await wiki_edit(visit, at, lens, space, std::move(written), nullptr, 200);
    co_return out;
  }
  auto stands = co_await current(visit, at);
  if (!stands.ok()) co_return failure(*visit, stands.error());
  const std::string usual = stands->empty() ? usual_label(space) : text_in(*stands, "label");
  const auto wider = is_sure(*visit) ? std::nullopt : wider_label(*lens, space, usual, written.at("label"));
  if (wider) {
    co_await keep_draft(visit, key);
    const std::string part = section.empty() ? "" : "&section=" + url_part(section);
    Question question{.title = lens->words->say("confirm.label_title", {written.at("label")}),
                      .points = {*wider},
                      .action = at.href(),
                      .send_words = lens->words->say("confirm.label_send", {written.at("label")}),
                      .back = at.href() + "?view=edit" + part,
                      .text = written.at("text"),
                      .space = space};
    http::Response out = co_await ask_first(visit, lens, std::move(question));
    co_return out;
  }
  Written whole = written;
  if (!section.empty()) {
    auto together = co_await put_together(visit, at, written);
    if (!together) {
      co_await keep_draft(visit, key);
      co_return failure(*visit, {proto::Code::kRevisionUnknown, "the section that was edited is not in it"});
    }
    whole = *std::move(together);
  }
  json::object arguments{{"page", at.name()}, {"text", whole.at("text")}, {"summary", written.at("summary")}};
  if (section.empty()) arguments["title"] = written.at("title");
  if (const std::string from = whole.at("base"); !from.empty()) arguments["base"] = words_of(from, ",");
  if (!written.at("label").empty()) arguments["label"] = written.at("label");
  auto done = co_await visit->run("wiki/put", std::move(arguments));
  if (!done.ok()) {
    const bool conflict = !section.empty() && done.error().code == proto::Code::kRevisionStale;
    if (conflict) {
      // Goes on as an edit of the whole page, which shows what others changed.
      whole.fields.erase("section");
      co_await keep_written(visit, at.draft_key(), whole);
      co_await drop_draft(visit, key);
      written = std::move(whole);
    } else {
      co_await keep_draft(visit, key);
    }
    json::value problem = problem_view(done.error(), true);
    http::Response out =
        co_await wiki_edit(visit, at, lens, space, std::move(written), std::move(problem), 409);
    co_return out;
  }
  co_await drop_draft(visit, key);
  tell_next(*visit, "success", "saved");
  co_return see_other(*visit, at.href());
}

http::Task<http::Response> merge(Shared visit, WikiAt at, std::shared_ptr<Lens> lens, SeenSpace space) {
  Written written = sent(*visit);
  const std::string key = "merge:" + at.name();
  if (written.at("how") != "send") {
    if (written.at("how") == "choose") written.fields["text"].clear();
    co_await keep_written(visit, key, written);
    http::Response out = co_await wiki_merge(visit, at, lens, space, std::move(written), nullptr, 200);
    co_return out;
  }
  json::object arguments{
      {"page", at.name()}, {"text", written.at("text")}, {"summary", written.at("summary")}};
  if (const std::string from = written.at("base"); !from.empty()) arguments["base"] = words_of(from, ",");
  auto done = co_await visit->run("wiki/merge", std::move(arguments));
  if (!done.ok()) {
    co_await keep_written(visit, key, written);
    json::value problem = problem_view(done.error(), true);
    http::Response out =
        co_await wiki_merge(visit, at, lens, space, std::move(written), std::move(problem), 422);
    co_return out;
  }
  co_await drop_draft(visit, key);
  tell_next(*visit, "success", "saved");
  co_return see_other(*visit, at.href());
}

http::Task<http::Response> rename(Shared visit, WikiAt at, std::shared_ptr<Lens> lens, SeenSpace space) {
  const std::string to = visit->field("to").value_or("");
  json::object arguments{{"page", at.name()}, {"to", to}};
  auto done = co_await visit->run("wiki/rename", std::move(arguments));
  if (!done.ok()) {
    json::value problem = problem_view(done.error(), false);
    http::Response out = co_await wiki_rename(visit, at, lens, space, std::move(problem), 422);
    co_return out;
  }
  co_return see_other(*visit, wiki_path(at.space, to));
}

}  // namespace

http::Task<http::Response> wiki_edit(Shared visit, WikiAt at, std::shared_ptr<Lens> lens, SeenSpace space,
                                     Written written, json::value problem, unsigned status) {
  auto found = co_await current(visit, at);
  if (!found.ok()) co_return failure(*visit, found.error());
  const json::object row = *found;
  if (flag_in(row, "needs_merge")) co_return see_other(*visit, at.href() + "?view=merge");
  const std::string newest = text_in(row, "revision");
  const std::string base = written.at("base").empty() ? newest : written.at("base");
  std::optional<SectionText> part;
  const bool wanted = !written.at("section").empty();
  if (wanted && (written.fields.contains("text") || list_in(row, "heads").size() == 1))
    part = co_await section_of(visit, at, base, written.at("section"));
  // Text of a section must not end up as that of the page; it stays in its draft.
  if (wanted && !part) written.fields.erase("text");
  const std::string section = part ? written.at("section") : std::string();
  if (part && !written.fields.contains("text")) written.fields["text"] = part->text();
  const json::object theirs = co_await changed_since(visit, at, base, newest);
  if (!written.fields.contains("text")) {
    written.fields["text"] = text_in(row, "text");
    written.fields["title"] = text_in(row, "title");
  }
  json::object view = co_await begin_view(visit, "wiki-edit", at.path);
  view["page"].as_object()["space_id"] = at.space;
  Make make = [view, lens, at, space, row, theirs, base, newest, part, section, written, problem]() mutable {
    add_wiki_head(view, *lens, at, space, row, "edit");
    view["problem"] = problem;
    if (!list_in(theirs, "hunks").empty())
      view["theirs"] = json::object{{"hunks", hunk_views(*lens, theirs)}};
    view["action"] = lens->to(at.href());
    view["draft_key"] = at.draft_key(section);
    // What was changed meanwhile is shown; saving again settles it. A section is one of the version that it
    // was taken from.
    view["base"] = part ? base : newest;
    if (part) {
      view["section"] = json::object{{"number", section},
                                     {"words", lens->words->say("wiki.only_section", {part->section.title})},
                                     {"whole_href", lens->to(at.href() + "?view=edit")}};
    } else {
      view["whole"] = json::object{{"field_title", written.at("title")}};
    }
    view["summary"] = written.at("summary");
    view["reach"] = reach_view(*lens, space);
    const std::string label = written.at("label").empty() ? text_in(row, "label") : written.at("label");
    view["labels"] = label_options(*lens, space, label);
    std::vector<std::string> others;
    if (space.agencies.size() > 1) others.assign(space.agencies.begin() + 1, space.agencies.end());
    if (!row.empty() && !others.empty())
      view["narrow_hint"] = lens->words->say("narrow_hint", {agencies_text(others)});
    view["back_href"] = lens->to(row.empty() ? "/s/" + url_part(at.space) + "/wiki" : at.href());
    add_text_box(view, *lens, lens->words->plain("write.text"), written, at.space, 18);
    return view;
  };
  http::Response out = co_await show(visit, "wiki-edit", std::move(make), status);
  co_return out;
}

http::Task<http::Response> wiki_merge(Shared visit, WikiAt at, std::shared_ptr<Lens> lens, SeenSpace space,
                                      Written written, json::value problem, unsigned status) {
  auto found = co_await current(visit, at);
  if (!found.ok()) co_return failure(*visit, found.error());
  const json::object row = *found;
  if (row.empty() || list_in(row, "heads").size() < 2) co_return see_other(*visit, at.href());
  json::object view = co_await begin_view(visit, "wiki-merge", at.path);
  view["page"].as_object()["space_id"] = at.space;
  Make make = [view, lens, at, space, row, written, problem]() mutable {
    add_wiki_head(view, *lens, at, space, row, "read");
    Merging merging = merging_of(*lens, row, written);
    view["problem"] = problem;
    view["conflicts"] = std::move(merging.conflicts);
    view["action"] = lens->to(at.href());
    view["draft_key"] = "merge:" + at.name();
    std::string heads;
    for (const std::string& head : texts_in(row, "heads"))
      heads += (heads.empty() ? "" : ",") + head;
    view["base"] = heads;
    const std::string began = written.at("base");
    view["moved"] = !began.empty() && began != heads && !written.at("text").empty();
    view["reach"] = reach_view(*lens, space);
    view["summary"] = written.at("summary");
    if (written.at("text").empty()) written.fields["text"] = merging.text;
    add_text_box(view, *lens, lens->words->plain("write.text"), written, at.space, 18);
    return view;
  };
  http::Response out = co_await show(visit, "wiki-merge", std::move(make), status);
  co_return out;
}

http::Task<http::Response> wiki_rename(Shared visit, WikiAt at, std::shared_ptr<Lens> lens, SeenSpace space,
                                       json::value problem, unsigned status) {
  auto found = co_await current(visit, at);
  if (!found.ok()) co_return failure(*visit, found.error());
  const json::object row = *found;
  if (row.empty()) co_return not_there(*visit);
  json::object view = co_await begin_view(visit, "wiki-rename", at.path);
  Make make = [view, lens, at, space, row, problem]() mutable {
    add_wiki_head(view, *lens, at, space, row, "read");
    view["problem"] = problem;
    view["action"] = lens->to(at.href());
    view["path"] = text_in(row, "path");
    view["back_href"] = lens->to(at.href());
    return view;
  };
  http::Response out = co_await show(visit, "wiki-rename", std::move(make), status);
  co_return out;
}

http::Task<http::Response> wiki_change(Shared visit, WikiAt at, std::shared_ptr<Lens> lens, SeenSpace space) {
  const std::string what = visit->field("do").value_or("");
  if (what == "put") {
    http::Response out = co_await put(visit, at, lens, space);
    co_return out;
  }
  if (what == "merge") {
    http::Response out = co_await merge(visit, at, lens, space);
    co_return out;
  }
  if (what == "rename") {
    http::Response out = co_await rename(visit, at, lens, space);
    co_return out;
  }
  json::object arguments;
  if (const auto revision = visit->field("rev"); revision && !revision->empty()) arguments["rev"] = *revision;
  if (what == "restore") {
    http::Response out = co_await simply(visit, at, "wiki/restore", std::move(arguments));
    co_return out;
  }
  if (what != "stamp") co_return not_there(*visit);
  const std::string how = visit->field("how").value_or("");
  if (how == "object") arguments["object"] = true;
  if (how == "undo") arguments["undo"] = true;
  if (const auto note = visit->field("note"); note && !note->empty()) arguments["note"] = *note;
  http::Response out = co_await simply(visit, at, "wiki/stamp", std::move(arguments));
  co_return out;
}

}  // namespace comity::web
