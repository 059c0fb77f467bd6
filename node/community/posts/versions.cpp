// SPDX-License-Identifier: EUPL-1.2
// What was said of an entry after it was written: its later versions, the reactions to it, and which reply
// its asker took as the answer. All of it is folded when it is read, so the order in which entries come does
// not matter.
#include <algorithm>
#include <map>

#include "node/community/ids.h"
#include "node/community/posts/cursor.h"
#include "node/community/posts/post_reader.h"
#include "node/community/tables.h"
#include "node/feed/hlc.h"
#include "node/feed/pack.h"
#include "proto/bounds.h"
#include "proto/decode.h"

namespace comity::community {
namespace {

// Rows that one page of a tag looks at, and those of them that have the tag.
constexpr std::size_t kMostLooked = 20'000;
constexpr std::size_t kMostFound = 500;

EntryVersion first_version(const PostReader::Opened& opened) {
  const feed::Header& header = opened.stored.header;
  EntryVersion out{.entry = header.id, .hlc = header.hlc};
  const ByteView data = proto::as_bytes(opened.content->data());
  switch (content_type(opened.content->type())) {
    case ContentType::kPost:
      if (const auto post = proto::decode<v1::Post>(data, feed::kMostContentBytes); post.ok()) {
        out.title = post->title();
        out.text = post->text();
        out.tags.assign(post->tag().begin(), post->tag().end());
      }
      break;
    case ContentType::kReply:
      if (const auto reply = proto::decode<v1::Reply>(data, feed::kMostContentBytes); reply.ok())
        out.text = reply->text();
      break;
    case ContentType::kUpdate:
      if (const auto update = proto::decode<v1::Update>(data, feed::kMostContentBytes); update.ok())
        out.text = update->text();
      break;
    default:
      break;
  }
  return out;
}

std::optional<EntryVersion> edited_version(const PostReader::Opened& edit) {
  const auto message =
      proto::decode<v1::Edit>(proto::as_bytes(edit.content->data()), feed::kMostContentBytes);
  if (!message.ok()) return std::nullopt;
  return EntryVersion{.entry = edit.stored.header.id,
                      .title = message->title(),
                      .text = message->text(),
                      .tags = {message->tag().begin(), message->tag().end()},
                      .summary = message->summary(),
                      .hlc = edit.stored.header.hlc};
}

std::vector<AboutRow> of_type(std::span<const AboutRow> rows, ContentType type) {
  std::vector<AboutRow> out;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(out),
               [&](const AboutRow& row) { return row.type == type; });
  return out;
}

}  // namespace

bool is_editable(ContentType type) noexcept {
  return type == ContentType::kPost || type == ContentType::kReply || type == ContentType::kUpdate;
}

Result<std::optional<PostReader::Opened>> PostReader::counts(const AboutRow& row) {
  auto opened = open(ref_of(row.entry));
  if (!opened.ok() && opened.error().code == Code::kPostUnknown) return std::optional<Opened>();
  if (!opened.ok()) return opened.error();
  if (opened->withdrawn || opened->writer != row.writer) return std::optional<Opened>();
  return std::optional<Opened>(*std::move(opened));
}

Result<std::vector<EntryVersion>> PostReader::versions(const Opened& opened, std::span<const AboutRow> rows,
                                                       std::size_t most) {
  std::vector<EntryVersion> out;
  const EntryRef target = ref_of(opened.stored.header.id);
  // The newest first. Whoever is not the author has no say in what their words are.
  for (auto row = rows.rbegin(); row != rows.rend() && out.size() < most; ++row) {
    if (row->type != ContentType::kEdit || row->writer != opened.writer) continue;
    COMITY_TRY(const auto edit, counts(*row));
    if (!edit || edit->space != opened.space) continue;
    auto version = edited_version(*edit);
    if (!version) continue;
    const auto message =
        proto::decode<v1::Edit>(proto::as_bytes(edit->content->data()), feed::kMostContentBytes);
    if (message.ok() && id_in<EntryRef>(message->target()) == target) out.push_back(*std::move(version));
  }
  if (out.size() < most) out.push_back(first_version(opened));
  return out;
}

Result<EntryVersion> PostReader::version_of(const Opened& opened) {
  COMITY_TRY(const auto rows,
             about(view_, opened.space->id, ref_of(opened.stored.header.id), ContentType::kEdit));
  COMITY_TRY(auto newest, versions(opened, rows, 1));
  return std::move(newest.front());
}

Result<std::vector<ReactionCount>> PostReader::reactions(std::span<const AboutRow> rows) {
  // The last word of each person on each kind.
  std::map<std::pair<std::string, Person>, bool> given;
  for (const AboutRow& row : rows) {
    if (row.type != ContentType::kReaction || sights_.hidden(row.writer.agency)) continue;
    COMITY_TRY(const auto withheld, feeds_.withheld(row.feed, row.seq));
    if (row.names || withheld.why != feed::Withholding::kNone) {
      COMITY_TRY(const auto readable, counts(row));
      if (!readable) continue;
    }
    given[{row.kind, row.writer}] = !row.undone;
  }
  std::vector<ReactionCount> out;
  for (const std::string_view kind : kReactionKinds) {
    ReactionCount count{.kind = std::string(kind)};
    for (const auto& [whose, stands] : given) {
      if (whose.first != kind || !stands) continue;
      ++count.count;
      count.own = count.own || (reader_.kind == Reader::Kind::kPerson && whose.second == reader_.person);
    }
    if (count.count > 0) out.push_back(std::move(count));
  }
  return out;
}

Result<std::optional<EntryRef>> PostReader::answer_of(const Opened& first) {
  const EntryRef thread = ref_of(first.stored.header.id);
  if (const auto known = answers_.find(thread); known != answers_.end()) return known->second;
  std::optional<EntryRef> marked;
  COMITY_TRY(const auto rows, about(view_, first.space->id, thread, ContentType::kAccept));
  for (const AboutRow& row : rows) {
    if (row.writer != first.writer || first.writer.user.is_zero()) continue;
    COMITY_TRY(const auto mark, counts(row));
    if (!mark || mark->space != first.space) continue;
    if (!row.undone) {
      marked = row.answer;
    } else if (marked == row.answer) {
      marked.reset();
    }
  }
  if (marked) {
    const auto answer = open(*marked);
    if (!answer.ok() && answer.error().code != Code::kPostUnknown) return answer.error();
    const bool fits = answer.ok() && answer->thread == thread && answer->space == first.space &&
                      !answer->withdrawn && content_type(answer->content->type()) == ContentType::kReply;
    if (!fits) marked.reset();
  }
  return answers_[thread] = marked;
}

Result<std::optional<EntryRef>> PostReader::answer_in(const SpaceId& space, const EntryRef& thread) {
  if (const auto known = answers_.find(thread); known != answers_.end()) return known->second;
  // Most discussions have no mark, and then nothing of them has to be opened.
  COMITY_TRY(const auto rows, about(view_, space, thread, ContentType::kAccept));
  if (rows.empty()) return answers_[thread] = std::nullopt;
  const auto first = open(thread);
  if (!first.ok() && first.error().code != Code::kPostUnknown) return first.error();
  if (!first.ok() || first->space->id != space) return answers_[thread] = std::nullopt;
  return answer_of(*first);
}

Status PostReader::put_about(const Opened& opened, PostView& view) {
  const EntryRef ref = ref_of(opened.stored.header.id);
  const ContentType type = content_type(opened.content->type());
  COMITY_TRY(const auto rows, about(view_, opened.space->id, ref));
  COMITY_TRY(view.reactions, reactions(rows));
  const auto edits = of_type(rows, ContentType::kEdit);
  if (is_editable(type) && !edits.empty()) {
    COMITY_TRY(const auto newest, versions(opened, edits, 1));
    const EntryVersion& shown = newest.front();
    if (shown.entry != opened.stored.header.id) {
      view.edited = true;
      view.title = shown.title;
      view.text = shown.text;
      view.tags = shown.tags;
      view.edited_time = time_text(feed::hlc_time(shown.hlc));
      view.edit_summary = shown.summary;
    }
  }
  if (type == ContentType::kReply) {
    COMITY_TRY(const auto answer, answer_in(opened.space->id, opened.thread));
    view.is_answer = answer == ref;
  } else if (type == ContentType::kPost && !of_type(rows, ContentType::kAccept).empty()) {
    COMITY_TRY(const auto answer, answer_of(opened));
    if (answer) {
      COMITY_TRY(view.answer, ref_text(*answer));
    }
  }
  return {};
}

Result<PostPage> PostReader::history(const EntryId& entry, const ThreadQuery& query) {
  if (query.limit == 0 || query.limit > proto::bounds::kListPage) return Error{Code::kStoreBounds, "limit"};
  COMITY_TRY(const auto opened, open(entry));
  if (!is_editable(content_type(opened.content->type())))
    return Error{Code::kPostUnknown, "this has no versions"};
  COMITY_TRY(const PostView now, view_of(opened));
  PostPage page;
  if (opened.withdrawn) {
    page.posts.push_back(now);
    return page;
  }
  COMITY_TRY(const auto rows, about(view_, opened.space->id, ref_of(entry), ContentType::kEdit));
  COMITY_TRY(const auto all, versions(opened, rows, kMostAbout));
  auto next = all.begin();
  if (!query.after.empty()) {
    const auto after = parse_entry_id(query.after);
    next = std::find_if(all.begin(), all.end(),
                        [&](const EntryVersion& one) { return after.ok() && one.entry == *after; });
    if (next == all.end()) return Error{Code::kIdRule, "this is not a version of the entry"};
    ++next;
  }
  for (; next != all.end() && page.posts.size() < query.limit; ++next) {
    PostView version = now;
    version.id = id_text(next->entry);
    version.title = next->title;
    version.text = next->text;
    version.tags = next->tags;
    version.edit_summary = next->summary;
    version.edited = next->entry != entry;
    version.edited_time = version.edited ? time_text(feed::hlc_time(next->hlc)) : std::string();
    version.reactions.clear();
    page.posts.push_back(std::move(version));
  }
  if (next != all.end()) page.next = page.posts.back().id;
  return page;
}

// A discussion stands where it was first given the tag.
Result<bool> PostReader::first_tagged(const TagRow& row, const Opened& target, const std::string& tag) {
  const auto has = [&](const EntryVersion& version) {
    return std::find(version.tags.begin(), version.tags.end(), tag) != version.tags.end();
  };
  COMITY_TRY(const auto rows, about(view_, target.space->id, row.target, ContentType::kEdit));
  COMITY_TRY(const auto all, versions(target, rows, kMostAbout));
  if (!has(all.front())) return false;
  const auto oldest = std::find_if(all.rbegin(), all.rend(), has);
  COMITY_TRY(const auto stored, feeds_.header(row.feed, row.seq));
  return stored.header.id == oldest->entry;
}

Result<PostPage> PostReader::list_tag(const SpaceId& space, const ListQuery& query) {
  storage::Range range = kTagged.range(space);
  if (!query.after.empty()) {
    COMITY_TRY(const PlaceCursor cursor, parse_place_cursor(query.after));
    range.end = kTagged.key(space, cursor.order, cursor.feed, cursor.seq);
  }
  std::vector<TagRow> found;
  std::optional<PlaceCursor> stopped;  // before the end of the rows
  std::size_t rows = 0;
  Status status;
  COMITY_CHECK(view_.walk(range, true, [&](ByteView key, ByteView value) {
    auto row = decode_tag_row(key, value);
    if (!row.ok()) {
      status = row.error();
      return false;
    }
    const PlaceCursor place{row->order, row->feed, row->seq};
    if (std::find(row->tags.begin(), row->tags.end(), query.tag) != row->tags.end())
      found.push_back(*std::move(row));
    if (++rows < kMostLooked && found.size() < kMostFound) return true;
    stopped = place;
    return false;
  }));
  COMITY_CHECK(status);
  PostPage page;
  std::size_t looked = 0;
  for (; looked < found.size() && page.posts.size() < query.limit; ++looked) {
    const auto target = open(found[looked].target);
    if (!target.ok() && target.error().code != Code::kPostUnknown) return target.error();
    const bool fits = target.ok() && target->space->id == space && !target->withdrawn &&
                      content_type(target->content->type()) == query.type;
    if (!fits) continue;
    COMITY_TRY(const bool first, first_tagged(found[looked], *target, query.tag));
    if (!first) continue;
    COMITY_TRY(auto view, view_of(*target));
    COMITY_CHECK(put_counts(space, view));
    page.posts.push_back(std::move(view));
  }
  if (looked < found.size()) {
    const TagRow& last = found[looked - 1];
    stopped = PlaceCursor{last.order, last.feed, last.seq};
  }
  if (stopped) page.next = place_cursor_text(*stopped);
  return page;
}

}  // namespace comity::community
