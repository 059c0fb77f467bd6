// SPDX-License-Identifier: EUPL-1.2
#include "node/api/thread_page.h"

#include <algorithm>

#include "node/community/discussion/attention.h"
#include "node/community/ids.h"

namespace comity::api {
namespace {

using community::PostReader;
using community::PostView;
using community::WatchLevel;
using proto::Result;

Result<WatchLevel> level_of(const storage::View& view, const PostReader::Opened& opened,
                            const policy::Reader& reader) {
  const proto::UserId& user = reader.person.user;
  COMITY_TRY(WatchLevel level, community::watch_level(view, opened.space->id, opened.thread, user));
  if (level == WatchLevel::kNone) {
    COMITY_TRY(level, community::watch_level(view, opened.space->id, feed::EntryRef(), user));
  }
  return level == WatchLevel::kNone ? WatchLevel::kNormal : level;
}

/// What begins the discussion, from the page where it stands on it.
Result<PostView> first_of(PostReader& posts, const ThreadPage& page) {
  const std::string& id = page.asked.thread;
  if (id.empty() || id == page.asked.id) return page.asked;
  const auto& rows = page.page.posts;
  if (!rows.empty() && rows.front().id == id && !rows.front().unseen) return rows.front();
  const auto entry = community::parse_entry_id(id);
  if (!entry.ok()) return page.asked;
  auto first = posts.show(*entry);
  // It may not have come, or not be for the reader.
  if (!first.ok() && first.error().code == proto::Code::kPostUnknown) return page.asked;
  return first;
}

/// About what it holds in memory: the texts, and for each entry its other fields.
std::size_t size_of(const ThreadPage& page) {
  constexpr std::size_t kOthers = 2048;
  std::size_t bytes = 3 * kOthers + page.asked.text.size() + page.first.text.size();
  for (const PostView& post : page.page.posts)
    bytes += kOthers + post.text.size() + post.title.size();
  return bytes;
}

Result<ThreadPage> read_page(const CommunityDesk& desk, const storage::View& view,
                             const community::Sights& sights, const ThreadPageQuery& query) {
  COMITY_TRY(const auto entry, community::parse_entry_id(query.entry));
  COMITY_TRY(const auto person, community::acting_person(view, query.as));
  const policy::Reader reader = community::reader_of(desk.self, person);
  PostReader posts(view, sights, desk.storage_key, reader, desk.recent.get());
  ThreadPage out;
  COMITY_TRY(const auto opened, posts.open(entry));
  COMITY_TRY(out.page, posts.thread(entry, {.after = query.after, .limit = query.limit}));
  const auto held = std::ranges::find_if(
      out.page.posts, [&](const PostView& post) { return post.id == query.entry && !post.unseen; });
  if (held != out.page.posts.end()) {
    out.asked = *held;
  } else {
    COMITY_TRY(out.asked, posts.show(entry));
  }
  COMITY_TRY(out.first, first_of(posts, out));
  COMITY_TRY(const WatchLevel level, level_of(view, opened, reader));
  out.level = community::watch_level_text(level);
  return out;
}

}  // namespace

Result<ThreadPage> thread_page(const CommunityDesk& desk, const ThreadPageQuery& query) {
  COMITY_TRY(const auto view, desk.store.snapshot());
  const auto sights = desk.spaces.sights();
  return read_page(desk, *view, *sights, query);
}

void ThreadPages::clear() {
  pages_.clear();
  bytes_ = 0;
}

Result<ThreadPages::Page> ThreadPages::read(const CommunityDesk& desk, const ThreadPageQuery& query) {
  COMITY_TRY(const auto view, desk.store.snapshot());
  COMITY_TRY(const auto version, view->version());
  const auto sights = desk.spaces.sights();
  if (version != version_ || sights != sights_) {
    clear();
    version_ = version;
    sights_ = sights;
  }
  if (const auto known = pages_.find(query); known != pages_.end()) return known->second;
  // What went wrong is not kept.
  COMITY_TRY(auto read, read_page(desk, *view, *sights, query));
  const std::size_t size = size_of(read);
  auto page = std::make_shared<const ThreadPage>(std::move(read));
  if (bytes_ + size > most_) clear();
  if (size > most_) return page;
  bytes_ += size;
  pages_.emplace(query, page);
  return page;
}

}  // namespace comity::api
