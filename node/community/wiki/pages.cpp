// SPDX-License-Identifier: EUPL-1.2
#include "node/community/wiki/pages.h"

#include <algorithm>
#include <set>

#include "node/community/ids.h"
#include "node/community/posts/content_type.h"
#include "node/community/tables.h"
#include "node/community/wiki/page_text.h"
#include "node/feed/pack.h"
#include "proto/decode.h"

namespace comity::community::wiki {

const RevisionRow* Page::row(const EntryId& revision) const {
  const Revision* const known = graph->find(revision);
  if (known == nullptr) return nullptr;
  const auto at = std::lower_bound(
      rows.begin(), rows.end(), known->order(),
      [](const RevisionRow& row, const auto& order) { return std::pair(row.hlc, row.entry) < order; });
  return at != rows.end() && at->entry == revision ? &*at : nullptr;
}

Result<v1::WikiEdit> edit_in(const v1::Content& content) {
  auto edit = proto::decode<v1::WikiEdit>(proto::as_bytes(content.data()), feed::kMostContentBytes);
  if (!edit.ok()) return Error{Code::kFeedBodyRule, "data"};
  return edit;
}

Result<Shown> fold_sources(const Sources& sources) {
  return show(
      *sources.graph, [&](const EntryId& id) -> Result<bool> { return sources.usable.at(id); },
      [&](const EntryId& id) -> Result<std::string> { return sources.texts.at(id); });
}

Result<std::optional<PostReader::Opened>> Pages::open(const SpaceId& space, const EntryRef& page,
                                                      const EntryId& id) {
  std::optional<PostReader::Opened> nothing;
  auto opened = posts_.open(id);
  if (!opened.ok()) {
    if (opened.error().code == Code::kPostUnknown) return nothing;
    return opened.error();
  }
  const bool fits = opened->space->id == space && opened->thread == page &&
                    content_type(opened->content->type()) == ContentType::kWiki;
  if (!fits) return nothing;
  return std::optional(*std::move(opened));
}

Result<bool> Pages::usable(const SpaceId& space, const EntryRef& page, const EntryId& id) {
  COMITY_TRY(const auto opened, open(space, page, id));
  return opened && !opened->withdrawn;
}

Result<std::shared_ptr<const Page>> Pages::load(const SpaceId& space, const EntryRef& ref) {
  COMITY_CHECK(posts_.enter(space));
  if (const auto known = pages_.find({space, ref}); known != pages_.end()) return known->second;
  Page page{.space = space, .ref = ref};
  Status read;
  COMITY_CHECK(view_.walk(kWikiRevisions.range(space, ref), true, [&](ByteView key, ByteView value) {
    auto row = decode_revision_row(key, value);
    if (row.ok()) {
      page.rows.push_back(*std::move(row));
    } else {
      read = row.error();
    }
    return read.ok() && page.rows.size() < kMostRevisions;
  }));
  COMITY_CHECK(read);
  std::sort(page.rows.begin(), page.rows.end(), [](const RevisionRow& a, const RevisionRow& b) {
    return std::pair(a.hlc, a.entry) < std::pair(b.hlc, b.entry);
  });
  std::map<EntryRef, EntryId> named;
  for (const RevisionRow& row : page.rows)
    named.emplace(ref_of(row.entry), row.entry);
  std::vector<Revision> revisions;
  for (const RevisionRow& row : page.rows) {
    Revision revision{.id = row.entry, .hlc = row.hlc};
    for (const EntryRef& parent : row.parents) {
      // A parent that has not come is passed over until it does.
      if (const auto found = named.find(parent); found != named.end())
        revision.parents.push_back(found->second);
    }
    revisions.push_back(std::move(revision));
  }
  page.graph = std::make_shared<const RevisionGraph>(std::move(revisions));
  COMITY_TRY(page.heads, page.graph->heads([&](const EntryId& id) { return usable(space, ref, id); }));
  Held& held = pages_[{space, ref}];
  if (page.heads.empty()) return held;
  for (const RevisionRow& row : page.rows) {
    COMITY_TRY(const auto opened, open(space, ref, row.entry));
    if (!opened) continue;
    page.begun_by = opened->stored.header.agency;
    page.age = {row.hlc, row.entry};
    break;
  }
  const RevisionRow* const newest = page.row(page.heads.back());
  if (newest == nullptr) return Error{Code::kFeedDamaged, "wiki_revisions"};
  page.path = newest->path;
  COMITY_TRY(const auto opened, open(space, ref, newest->entry));
  if (opened) {
    COMITY_TRY(const auto edit, edit_in(*opened->content));
    page.title = edit.title();
  }
  if (page.title.empty()) page.title = page.path;
  held = std::make_shared<const Page>(std::move(page));
  return held;
}

Result<std::vector<Pages::Held>> Pages::ever_at(const SpaceId& space, std::string_view path) {
  std::vector<Held> out;
  const std::string text(path);
  storage::Range range = kWikiPaths.range(space, text);
  for (std::size_t looked = 0; looked < kMostLooked; ++looked) {
    std::optional<EntryRef> ref;
    COMITY_CHECK(view_.walk(range, false, [&](ByteView key, ByteView) {
      if (const auto place = kWikiPaths.parse(key); place.ok()) ref = std::get<2>(*place);
      return !ref;
    }));
    if (!ref) break;
    range.begin = kWikiPaths.range(space, text, *ref).end;
    COMITY_TRY(auto page, load(space, *ref));
    if (page) out.push_back(std::move(page));
  }
  std::sort(out.begin(), out.end(), [](const Held& a, const Held& b) { return a->age < b->age; });
  return out;
}

Result<std::vector<std::shared_ptr<const Page>>> Pages::at_path(const SpaceId& space, std::string_view path) {
  COMITY_TRY(auto pages, ever_at(space, path));
  std::erase_if(pages, [&](const Held& page) { return page->path != path; });
  return pages;
}

Result<std::shared_ptr<const Page>> Pages::find(const SpaceId& space, std::string_view address) {
  COMITY_CHECK(posts_.enter(space));
  const Error unknown{Code::kPageUnknown, {}};
  if (const auto id = parse_entry_id(address); id.ok()) {
    // A page whose first revision has not come is shown by its ref.
    COMITY_TRY(auto by_ref, load(space, EntryRef(id->bytes())));
    if (by_ref) return by_ref;
    const auto opened = posts_.open(*id);
    if (!opened.ok() && opened.error().code != Code::kPostUnknown) return opened.error();
    const bool fits = opened.ok() && opened->space->id == space &&
                      content_type(opened->content->type()) == ContentType::kWiki;
    if (!fits) return unknown;
    COMITY_TRY(auto page, load(space, opened->thread));
    if (!page) return unknown;
    return page;
  }
  const std::size_t at = address.rfind('@');
  const std::string_view path = address.substr(0, at);
  if (!check_path(path).ok()) return unknown;
  const std::string agency(at == std::string_view::npos ? std::string_view() : address.substr(at + 1));
  COMITY_TRY(auto pages, ever_at(space, path));
  if (at != std::string_view::npos)
    std::erase_if(pages, [&](const Held& page) { return sights_.name(page->begun_by) != agency; });
  for (const Held& page : pages) {
    if (page->path == path) return page;
  }
  for (const Held& page : pages) {
    // What only a revision says that the reader may not see is said by nobody.
    for (const RevisionRow& row : page->rows) {
      if (row.path != path) continue;
      COMITY_TRY(const bool known, usable(space, page->ref, row.entry));
      if (known) return page;
    }
  }
  return unknown;
}

Result<std::string> Pages::address(const Page& page) {
  COMITY_TRY(const auto pages, at_path(page.space, page.path));
  if (!pages.empty() && pages.front()->ref == page.ref) return page.path;
  for (const Held& other : pages) {
    if (other->begun_by != page.begun_by) continue;
    if (other->ref == page.ref) return page.path + "@" + sights_.name(page.begun_by);
    break;
  }
  return id_text(page.age.second);
}

Result<Sources> Pages::sources(const Page& page) {
  Sources out{.graph = page.graph};
  const Usable use = [&](const EntryId& id) -> Result<bool> {
    if (const auto known = out.usable.find(id); known != out.usable.end()) return known->second;
    COMITY_TRY(const bool value, usable(page.space, page.ref, id));
    out.usable[id] = value;
    return value;
  };
  const auto take = [&](const EntryId& id) -> Status {
    if (id.is_zero() || out.texts.contains(id)) return {};
    COMITY_TRY(const auto opened, revision(page, id));
    COMITY_TRY(auto edit, edit_in(*opened.content));
    out.texts[id] = std::move(*edit.mutable_text());
    return {};
  };
  // The same questions that show() asks.
  COMITY_TRY(auto heads, page.graph->heads(use));
  if (heads.size() > kMostFolded)
    heads.erase(heads.begin(), heads.end() - static_cast<std::ptrdiff_t>(kMostFolded));
  std::vector<EntryId> folded;
  for (const EntryId& head : heads) {
    COMITY_CHECK(take(head));
    if (!folded.empty()) {
      COMITY_TRY(const EntryId base, page.graph->base(folded, head, use));
      COMITY_CHECK(take(base));
    }
    folded.push_back(head);
  }
  return out;
}

Result<PostReader::Opened> Pages::revision(const Page& page, const EntryId& id) {
  COMITY_TRY(auto opened, open(page.space, page.ref, id));
  if (!opened) return Error{Code::kRevisionUnknown, {}};
  if (opened->withdrawn) return Error{Code::kPostWithdrawn, {}};
  return *std::move(opened);
}

Result<std::string> Pages::id_of(const EntryRef& page) {
  const auto opened = posts_.open(page);
  if (opened.ok()) return id_text(opened->stored.header.id);
  if (opened.error().code != Code::kPostUnknown) return opened.error();
  return id_text(page);
}

}  // namespace comity::community::wiki
