// SPDX-License-Identifier: EUPL-1.2
#include "node/community/wiki/edits.h"

#include <algorithm>

#include "node/community/posts/compose.h"
#include "node/community/posts/content_type.h"
#include "node/community/text.h"
#include "node/community/wiki/page_text.h"
#include "proto/bounds.h"
#include "proto/decode.h"
#include "proto/utf8.h"

namespace comity::community::wiki {
namespace {

constexpr std::size_t kLineBytes = 512;
constexpr std::size_t kNoteBytes = 2048;

Status check_words(const NewRevision& what) {
  COMITY_CHECK(check_path(what.path));
  if (!what.title.empty()) COMITY_CHECK(check_title(what.title));
  COMITY_CHECK(check_text(what.text, proto::bounds::kTextBytes));
  if (what.summary.size() > kLineBytes || !proto::is_plain_line(proto::as_bytes(what.summary)))
    return Error{Code::kTextRule, "the summary"};
  if (what.base.size() > proto::bounds::kParents) return Error{Code::kRevisionUnknown, "at most 8 bases"};
  return {};
}

/// Those who could read all that the text was made of, and nobody else.
Result<Composed> addressed_like_all(Pages& pages, const Page& page, const std::vector<EntryId>& base,
                                    Composing& at) {
  Composed out{.space = page.space};
  std::optional<PostReader::Opened> strictest;
  for (const EntryId& id : base) {
    COMITY_TRY(auto opened, pages.revision(page, id));
    Composed one = addressed_like(opened, at);
    if (out.named.empty()) {
      out.named = one.named;
    } else if (!one.named.empty()) {
      std::erase_if(out.named, [&](const Person& person) {
        return std::find(one.named.begin(), one.named.end(), person) == one.named.end();
      });
      if (out.named.empty()) return Error{Code::kPageUnknown, "its versions are for different people"};
    }
    if (!strictest || strictest->stored.header.label.tlp < opened.stored.header.label.tlp)
      strictest = std::move(opened);
  }
  if (strictest) out.label = strictest->stored.header.label;
  return out;
}

/// Two pages would stand at the path once the agency is back, so one that is hidden meanwhile keeps it. The
/// writer learns of no page that its agency's return would not show.
Status check_hidden(const NewRevision& what, Composing& at) {
  const auto is_hidden = [](const auto& agency) { return agency.second.hidden; };
  if (std::none_of(at.sights().agencies.begin(), at.sights().agencies.end(), is_hidden)) return {};
  Sights all = at.sights();
  for (auto& [id, agency] : all.agencies)
    agency.hidden = false;
  PostReader posts(at.view(), all, at.storage_key(), at.reader().reader());
  Pages pages(at.view(), all, posts);
  COMITY_TRY(const auto there, pages.at_path(what.space, what.path));
  for (const auto& page : there) {
    if (page->ref != what.page)
      return Error{Code::kPageTaken,
                   what.path + " is hidden as long as the agency that wrote it is suspended or revoked"};
  }
  return {};
}

Status check_free(Pages& pages, const NewRevision& what, Composing& at) {
  COMITY_TRY(const auto there, pages.at_path(what.space, what.path));
  for (const auto& page : there) {
    if (page->ref != what.page) return Error{Code::kPageTaken, what.path};
  }
  return check_hidden(what, at);
}

Status add_base(Composed& out, const NewRevision& what, Composing& at) {
  Pages pages(at.view(), at.sights(), at.reader());
  if (what.imported_base) return {};
  if (what.page.is_zero()) return check_free(pages, what, at);
  COMITY_TRY(const auto page, pages.load(what.space, what.page));
  if (!page) return Error{Code::kPageUnknown, {}};
  if (page->path != what.path) COMITY_CHECK(check_free(pages, what, at));
  if (what.base.empty()) return Error{Code::kRevisionStale, "it names no revision that it builds on"};
  for (const EntryId& id : what.base) {
    COMITY_TRY(const auto known, pages.revision(*page, id));
    static_cast<void>(known);
    if (std::find(page->heads.begin(), page->heads.end(), id) == page->heads.end())
      return Error{Code::kRevisionStale, {}};
  }
  COMITY_TRY(out, addressed_like_all(pages, *page, what.base, at));
  if (what.label && out.label && what.label->tlp < out.label->tlp)
    return Error{Code::kBadLabel, "the page is under TLP:" + std::string(policy::tlp_text(out.label->tlp)) +
                                      ", so its next revision is too"};
  return {};
}

Result<Composed> revision(const NewRevision& what, Composing& at) {
  COMITY_CHECK(check_words(what));
  COMITY_CHECK(at.reader().enter(what.space));
  Composed out{.space = what.space};
  COMITY_CHECK(add_base(out, what, at));
  if (what.label) out.label = what.label;
  v1::WikiEdit edit;
  edit.set_path(what.path);
  edit.set_title(what.title);
  edit.set_text(what.text);
  edit.set_summary(what.summary);
  edit.set_merge_alg(kMergeAlgorithm);
  out.content.set_type(std::string(content_type_text(ContentType::kWiki)));
  for (const EntryId& id : what.base)
    out.content.add_parent(field(ref_of(id).view()));
  if (!what.page.is_zero()) out.content.set_thread(field(what.page.view()));
  out.content.set_data(field(proto::encode(edit)));
  put_origin(out.content, what.origin);
  return out;
}

Result<Composed> stamp(const NewStamp& what, Composing& at) {
  COMITY_CHECK(check_optional_text(what.note, kNoteBytes));
  Pages pages(at.view(), at.sights(), at.reader());
  COMITY_TRY(const auto page, pages.load(what.space, what.page));
  if (!page) return Error{Code::kPageUnknown, {}};
  COMITY_TRY(const auto opened, pages.revision(*page, what.revision));
  const bool alone = page->heads.size() == 1 && page->heads[0] == what.revision;
  if (!alone && what.kind != v1::STAMP_KIND_UNDONE) return Error{Code::kStampRule, {}};
  Composed out = addressed_like(opened, at);
  v1::Stamp stamp;
  stamp.set_revision(field(ref_of(what.revision).view()));
  stamp.set_kind(what.kind);
  stamp.set_note(what.note);
  out.content.set_type(std::string(content_type_text(ContentType::kStamp)));
  out.content.add_parent(field(ref_of(what.revision).view()));
  out.content.set_thread(field(what.page.view()));
  out.content.set_data(field(proto::encode(stamp)));
  return out;
}

}  // namespace

Compose compose_revision(NewRevision what) {
  what.text = with_line_feeds(what.text);
  return [what = std::move(what)](Composing& at) { return revision(what, at); };
}

Compose compose_stamp(NewStamp what) {
  what.note = with_line_feeds(what.note);
  return [what = std::move(what)](Composing& at) { return stamp(what, at); };
}

}  // namespace comity::community::wiki
