// SPDX-License-Identifier: EUPL-1.2
// wiki/get, list, log, diff, backlinks, toc: reading pages. Folding and comparing long texts runs on the
// pool.
#include "node/api/wiki.h"

#include <boost/json/array.hpp>

#include "node/api/answer.h"
#include "node/api/arguments.h"
#include "node/api/post_rows.h"
#include "node/community/ids.h"
#include "node/community/wiki/page_text.h"

namespace comity::api {
namespace {

namespace json = boost::json;
namespace wiki = community::wiki;
using community::id_text;
using proto::Code;
using proto::Error;
using proto::Result;

using Task = http::Task<Result<json::value>>;

json::array texts_json(const std::vector<std::string>& texts) {
  json::array out;
  for (const std::string& text : texts)
    out.push_back(json::value(text));
  return out;
}

json::array ids_json(const std::vector<proto::EntryId>& ids) {
  json::array out;
  for (const proto::EntryId& id : ids)
    out.push_back(json::value(id_text(id)));
  return out;
}

json::array stamps_json(const std::vector<wiki::StampView>& stamps, bool valid) {
  json::array out;
  for (const wiki::StampView& stamp : stamps) {
    out.push_back(json::object{{"id", stamp.id},
                               {"agency", stamp.agency},
                               {"agency_id", stamp.agency_id},
                               {"person", stamp.person},
                               {"kind", stamp.kind},
                               {"note", stamp.note},
                               {"time", stamp.time},
                               {"valid", valid}});
  }
  return out;
}

json::array blocks_json(const wiki::Merged& merged) {
  json::array out;
  for (const wiki::Block& block : merged.blocks) {
    if (!block.conflict()) {
      out.push_back(json::object{{"text", block.text}});
      continue;
    }
    json::array sides;
    for (const wiki::Side& side : block.sides)
      sides.push_back(json::object{{"revisions", ids_json(side.heads)}, {"text", side.text}});
    out.push_back(json::object{{"conflict", std::move(sides)}});
  }
  return out;
}

json::object page_row_json(const wiki::PageRow& row) {
  return {{"id", row.id},
          {"path", row.path},
          {"address", row.address},
          {"title", row.title},
          {"revision", row.revision},
          {"heads", row.heads},
          {"author", row.newest.author},
          {"agency", row.newest.agency},
          {"time", row.newest.time},
          {"label", row.newest.label}};
}

json::object revision_json(const wiki::RevisionView& view, bool only_head) {
  json::object out = post_json(view.post);
  out.erase("text");
  out["parents"] = texts_json(view.parents);
  out["unseen_parents"] = texts_json(view.unseen);
  out["head"] = view.head;
  out["stamps"] = stamps_json(view.stamps, view.head && only_head);
  return out;
}

Result<json::object> page_json(PageAt& at) {
  const wiki::Page& page = *at.page;
  json::object out;
  COMITY_TRY(const std::string address, at.pages.address(page));
  COMITY_TRY(const auto newest, at.pages.revision_view(page, page.heads.back()));
  const bool alone = page.heads.size() == 1;
  out = {{"id", id_text(page.ref)},
         {"space", newest.post.space},
         {"space_id", newest.post.space_id},
         {"path", page.path},
         {"address", address},
         {"asked", at.asked},
         {"title", page.title},
         {"revision", newest.post.id},
         {"heads", ids_json(page.heads)},
         {"author", newest.post.author},
         {"agency", newest.post.agency},
         {"time", newest.post.time},
         {"label", newest.post.label},
         {"summary", newest.post.summary},
         {"unseen_parents", texts_json(newest.unseen)},
         {"stamps", stamps_json(newest.stamps, alone)}};
  if (!alone) {
    // Whose versions they are that contradict each other.
    json::array versions;
    for (const auto& head : page.heads) {
      COMITY_TRY(const auto version, at.pages.revision_view(page, head));
      versions.push_back(json::object{{"id", version.post.id},
                                      {"author", version.post.author},
                                      {"agency", version.post.agency},
                                      {"time", version.post.time}});
    }
    out["versions"] = std::move(versions);
  }
  if (const auto first = at.posts.open(page.ref); first.ok()) out["id"] = id_text(first->stored.header.id);
  return out;
}

Task shown(CommunityDesk desk, Call call) {
  auto found = PageAt::find(desk, call.arguments);
  if (!found.ok()) co_return found.error();
  auto plan = page_json(**found);
  if (!plan.ok()) co_return plan.error();
  auto sources = (*found)->pages.sources(*(*found)->page);
  if (!sources.ok()) co_return sources.error();
  auto work = [from = *std::move(sources)] { return wiki::fold_sources(from); };
  const auto folded = co_await desk.pool.run(std::move(work));
  if (!folded.ok()) co_return folded.error();
  json::object out = *std::move(plan);
  out["text"] = wiki::plain_text(folded->merged);
  out["needs_merge"] = folded->needs_merge();
  out["left_out"] = folded->left_out;
  out["blocks"] = blocks_json(folded->merged);
  co_return json::value(std::move(out));
}

Result<json::value> revision_alone(const CommunityDesk& desk, const json::object& arguments) {
  COMITY_TRY(const auto at, PageAt::find(desk, arguments));
  COMITY_TRY(const proto::EntryId id, at->revision(arguments, "rev"));
  COMITY_TRY(const auto opened, at->pages.revision(*at->page, id));
  COMITY_TRY(const auto edit, wiki::edit_in(*opened.content));
  COMITY_TRY(const auto view, at->pages.revision_view(*at->page, id));
  json::object out = revision_json(view, at->page->heads.size() == 1);
  COMITY_TRY(out["address"], at->pages.address(*at->page));
  out["asked"] = at->asked;
  out["revision"] = view.post.id;
  out["text"] = edit.text();
  out["needs_merge"] = false;
  return json::value(std::move(out));
}

Task get(CommunityDesk desk, Call call) {
  if (call.arguments.contains("rev")) return answer(revision_alone(desk, call.arguments));
  return shown(desk, std::move(call));
}

Task toc(CommunityDesk desk, Call call) {
  auto value = co_await shown(desk, std::move(call));
  if (!value.ok()) co_return value.error();
  json::array rows;
  for (const wiki::Heading& heading : wiki::headings_in(value->at("text").as_string()))
    rows.push_back(
        json::object{{"level", heading.level}, {"title", heading.title}, {"anchor", heading.anchor}});
  co_return json::value(json::object{{"headings", std::move(rows)}, {"next", ""}});
}

struct Compared {
  std::string before{};
  std::string after{};
  json::object out{};
};

Result<Compared> to_compare(const CommunityDesk& desk, const json::object& arguments) {
  COMITY_TRY(const auto at, PageAt::find(desk, arguments));
  Compared compared;
  for (const auto& [name, into] : {std::pair("a", &compared.before), std::pair("b", &compared.after)}) {
    COMITY_TRY(const proto::EntryId id, at->revision(arguments, name));
    COMITY_TRY(const auto opened, at->pages.revision(*at->page, id));
    COMITY_TRY(auto edit, wiki::edit_in(*opened.content));
    *into = std::move(*edit.mutable_text());
    compared.out[name] = id_text(id);
  }
  return compared;
}

Task diff(CommunityDesk desk, Call call) {
  auto compared = to_compare(desk, call.arguments);
  if (!compared.ok()) co_return compared.error();
  auto work = [before = compared->before, after = compared->after] { return wiki::unified(before, after); };
  const auto hunks = co_await desk.pool.run(std::move(work));
  if (!hunks.ok()) co_return hunks.error();
  json::array rows;
  for (const wiki::DiffHunk& hunk : *hunks) {
    json::array lines;
    for (const wiki::DiffLine& line : hunk.lines)
      lines.push_back(json::value(line.mark + line.text));
    rows.push_back(json::object{{"old_line", hunk.old_line},
                                {"old_count", hunk.old_count},
                                {"new_line", hunk.new_line},
                                {"new_count", hunk.new_count},
                                {"lines", std::move(lines)}});
  }
  json::object out = std::move(compared->out);
  out["hunks"] = std::move(rows);
  co_return json::value(std::move(out));
}

Result<json::value> log(const CommunityDesk& desk, const json::object& arguments) {
  COMITY_TRY(const auto at, PageAt::find(desk, arguments));
  COMITY_TRY(const std::size_t limit, page_limit(arguments));
  COMITY_TRY(const auto after, text_argument(arguments, "after"));
  COMITY_TRY(const auto page, at->pages.log(*at->page, after.value_or(""), limit));
  json::array rows;
  for (const wiki::RevisionView& view : page.revisions)
    rows.push_back(revision_json(view, at->page->heads.size() == 1));
  return json::value(json::object{{"entries", std::move(rows)}, {"next", page.next}});
}

Result<json::value> list(const CommunityDesk& desk, const json::object& arguments) {
  COMITY_TRY(const std::string name, required_text(arguments, "space"));
  COMITY_TRY(const auto view, desk.store.snapshot());
  COMITY_TRY(const auto reader, reader_of(desk, *view, arguments));
  COMITY_TRY(const proto::SpaceId space, desk.spaces.resolve(name, reader));
  const auto sights = desk.spaces.sights();
  community::PostReader posts(*view, *sights, desk.storage_key, reader, desk.recent.get());
  wiki::Pages pages(*view, *sights, posts);
  COMITY_TRY(const std::size_t limit, page_limit(arguments));
  COMITY_TRY(const auto after, text_argument(arguments, "after"));
  COMITY_TRY(const auto page, pages.list(space, after.value_or(""), limit));
  json::array rows;
  for (const wiki::PageRow& row : page.pages)
    rows.push_back(page_row_json(row));
  return json::value(json::object{{"pages", std::move(rows)}, {"next", page.next}});
}

Result<json::value> backlinks(const CommunityDesk& desk, const json::object& arguments) {
  COMITY_TRY(const auto at, PageAt::find(desk, arguments));
  COMITY_TRY(const std::size_t limit, page_limit(arguments));
  COMITY_TRY(const auto after, text_argument(arguments, "after"));
  COMITY_TRY(const auto all, at->pages.backlinks(*at->page));
  json::array rows;
  std::string next;
  bool begun = !after || after->empty();
  for (const wiki::PageRow& row : all) {
    if (!begun) {
      begun = row.id == *after;
      continue;
    }
    if (rows.size() == limit) {
      next = std::string(rows.back().at("id").as_string());
      break;
    }
    rows.push_back(page_row_json(row));
  }
  return json::value(json::object{{"pages", std::move(rows)}, {"next", next}});
}

using Read = Result<json::value> (*)(const CommunityDesk& desk, const json::object& arguments);

void add_read(CommandTable& table, const CommunityDesk& desk, std::string name, Read read) {
  table.add(std::move(name), {.effect = Effect::kReads,
                              .run = [desk, read](Call call) { return answer(read(desk, call.arguments)); }});
}

}  // namespace

Result<std::unique_ptr<PageAt>> PageAt::find(const CommunityDesk& desk, const json::object& arguments,
                                             bool may_begin) {
  COMITY_TRY(const std::string whole, required_text(arguments, "page"));
  const std::size_t slash = whole.find('/');
  if (slash == std::string::npos) return Error{Code::kBadArguments, "page: SPACE/PAGE"};
  COMITY_TRY(auto view, desk.store.snapshot());
  COMITY_TRY(const auto reader, reader_of(desk, *view, arguments));
  auto out = std::make_unique<PageAt>(desk, std::move(view), reader);
  // Names of spaces may hold slashes too: the first that is one counts, and the rest is the page.
  Result<proto::SpaceId> space = Error{Code::kSpaceUnknown, {}};
  Error missing{Code::kSpaceUnknown, {}};
  for (std::size_t at = slash; at != std::string::npos; at = whole.find('/', at + 1)) {
    space = desk.spaces.resolve(whole.substr(0, at), reader);
    if (!space.ok()) {
      if (at == slash) missing = space.error();
      continue;
    }
    out->space = *space;
    out->asked = whole.substr(at + 1);
    auto page = out->pages.find(*space, out->asked);
    if (page.ok()) {
      out->page = *std::move(page);
      return out;
    }
    if (page.error().code != Code::kPageUnknown) return page.error();
    missing = page.error();
    break;
  }
  if (missing.code == Code::kPageUnknown && may_begin) return out;
  return missing;
}

Result<proto::EntryId> PageAt::revision(const json::object& arguments, std::string_view name) const {
  COMITY_TRY(const std::string text, required_text(arguments, name));
  return community::parse_entry_id(text);
}

void add_wiki_commands(CommandTable& table, CommunityDesk desk, std::function<http::Task<void>()> caught_up) {
  const auto add_task = [&](const std::string& name, Task (*run)(CommunityDesk, Call)) {
    table.add(name, {.effect = Effect::kReads,
                     .run = [desk, run](Call call) { return run(desk, std::move(call)); }});
  };
  add_task("wiki/get", get);
  add_task("wiki/toc", toc);
  add_task("wiki/diff", diff);
  add_read(table, desk, "wiki/log", log);
  add_read(table, desk, "wiki/list", list);
  add_read(table, desk, "wiki/backlinks", backlinks);
  add_wiki_writes(table, desk, std::move(caught_up));
}

}  // namespace comity::api
