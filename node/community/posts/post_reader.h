// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <optional>

#include "node/community/discussion/about.h"
#include "node/community/discussion/reading.h"
#include "node/community/people/people_reader.h"
#include "node/community/posts/conversations.h"
#include "node/community/posts/post_view.h"
#include "node/community/spaces/sights.h"
#include "node/feed/reader.h"
#include "node/feed/withdraw.h"
#include "storage/store.h"

namespace comity::community {

struct PostPage {
  std::vector<PostView> posts{};
  std::string next{};  ///< to be given back for the next page; empty: this was the last one
};

/// One version of an entry.
struct EntryVersion {
  EntryId entry;  ///< the edit, or the entry itself
  std::string title{};
  std::string text{};
  std::vector<std::string> tags{};
  std::string summary{};
  Hlc hlc{};
};

/// Whether an edit changes an entry of this type. A page of the wiki has revisions instead.
[[nodiscard]] bool is_editable(ContentType type) noexcept;

struct ListQuery {
  ContentType type = ContentType::kPost;  ///< one that begins a thread
  std::string tag{};                      ///< with this tag alone; empty: all
  std::string after{};                    ///< PostPage::next
  std::size_t limit = 50;                 ///< at most bounds::kListPage
};

struct ThreadQuery {
  std::string after{};  ///< PostPage::next
  std::size_t limit = 50;
};

/// Reads discussions as they were at one moment, for one reader: everything passes admit(), and what a reader
/// may not see looks like what is not there. The rows come from the follower Conversations. One thread at a
/// time; its view, sights and key outlive it.
class PostReader {
 public:
  /// Most rows of one thread that are put in order; a longer one is cut at its newest end.
  static constexpr std::size_t kMostInThread = 10'000;

  /// `recent` outlives it; it may be nothing.
  PostReader(const storage::View& view, const Sights& sights, const crypto::Key32& storage_key, Reader reader,
             feed::Recent* recent = nullptr)
      : view_(view),
        sights_(sights),
        feeds_(view, storage_key, recent),
        people_(view, sights, reader),
        reading_(view, sights, reader),
        reader_(std::move(reader)) {}

  [[nodiscard]] const Reader& reader() const noexcept { return reader_; }

  /// An entry that may be acted upon.
  struct Opened {
    feed::StoredHeader stored;
    const SpaceSight* space = nullptr;
    std::shared_ptr<const v1::Content> content{};  ///< never empty
    EntryRef thread;
    std::vector<Person> named{};
    Person writer{};  ///< zero user: the agency itself
    std::optional<feed::Withdrawn> withdrawn{};
  };
  /// Errors: kPostUnknown, for what the reader may not see too; kFeedDamaged and those of the store.
  [[nodiscard]] Result<Opened> open(const EntryId& entry) { return open(ref_of(entry)); }
  [[nodiscard]] Result<Opened> open(const EntryRef& ref);
  [[nodiscard]] Result<PostView> show(const EntryId& entry);
  /// The version that is shown. Errors: kFeedDamaged and those of the store.
  [[nodiscard]] Result<EntryVersion> version_of(const Opened& opened);
  /// All versions of an entry, the newest first; each view has the id of its version and the time of it.
  /// Errors: those of show(); kPostUnknown for what is not edited; kStoreBounds for a limit.
  [[nodiscard]] Result<PostPage> history(const EntryId& entry, const ThreadQuery& query);
  /// The reply that the asker of a discussion marked, given what begins it; nothing when there is none that
  /// the reader may see.
  [[nodiscard]] Result<std::optional<EntryRef>> answer_of(const Opened& first);

  /// Whether the reader may look into the space at all. Error kSpaceUnknown.
  [[nodiscard]] Result<const SpaceSight*> enter(const SpaceId& space) const;

  /// What began in a space, newest first. Errors: kSpaceUnknown, kIdRule for a cursor that is none,
  /// kStoreBounds for a limit, and those of the store.
  [[nodiscard]] Result<PostPage> list(const SpaceId& space, const ListQuery& query);

  /// The whole discussion that an entry belongs to: each reply below what it answers, siblings by clock,
  /// agency and seq. What is answered and not here has a placeholder; its own id finds the discussion too, as
  /// long as the reader sees an answer. Errors: those of show() and list().
  [[nodiscard]] Result<PostPage> thread(const EntryId& entry, const ThreadQuery& query);

  /// A content by its place; nothing when the reader may not see it, or it is no content.
  [[nodiscard]] Result<std::optional<Opened>> opened_at(const FeedId& feed, Seq seq);
  /// The view of one entry by its place; nothing when the reader may not see it.
  [[nodiscard]] Result<std::optional<PostView>> at(const FeedId& feed, Seq seq);

 private:
  struct Node;
  /// Whether an edit or a mark counts for this reader: it can be read, is not withdrawn, and a person's word
  /// is that person's own. Nothing when it does not.
  Result<std::optional<Opened>> counts(const AboutRow& row);
  Result<std::vector<EntryVersion>> versions(const Opened& opened, std::span<const AboutRow> rows,
                                             std::size_t most);
  Result<std::vector<ReactionCount>> reactions(std::span<const AboutRow> rows);
  Result<std::optional<EntryRef>> answer_in(const SpaceId& space, const EntryRef& thread);
  Status put_counts(const SpaceId& space, PostView& view);
  Status put_about(const Opened& opened, PostView& view);
  Result<PostPage> list_tag(const SpaceId& space, const ListQuery& query);
  Result<bool> first_tagged(const TagRow& row, const Opened& target, const std::string& tag);
  Result<const SpaceSight*> space_of(const FeedId& feed);
  Result<std::optional<Opened>> try_open(feed::StoredHeader stored);
  /// Whether an edit is by the author of what it changes, and that can be read.
  Result<bool> is_own_edit(const Opened& edit);
  Result<PostView> view_of(const Opened& opened);
  Result<std::optional<PostView>> withdraw_view(const feed::StoredHeader& stored);
  Status name_author(const SpaceId& space, const Person& person, PostView& view);
  Status name_withdrawal(const Opened& opened, PostView& view);
  Result<std::string> author_text(const SpaceId& space, const Person& person, std::string& name);
  Result<PostView> placeholder(const SpaceSight& space, const EntryRef& ref, const EntryRef& thread);
  /// How people call what a ref names: by its EntryID when it is here, else by the ref itself.
  Result<std::string> ref_text(const EntryRef& ref);
  Result<std::vector<ThreadRow>> rows_of(const SpaceId& space, const EntryRef& thread);
  std::vector<Node> in_order(const std::vector<ThreadRow>& rows, const EntryRef& thread) const;

  const storage::View& view_;
  const Sights& sights_;
  feed::FeedReader feeds_;
  PeopleReader people_;
  Reading reading_;
  Reader reader_;
  struct Home {
    SpaceId space;
    AgencyId agency;
  };
  std::map<FeedId, Home> homes_{};
  std::map<EntryRef, std::string> named_{};
  std::map<EntryRef, std::optional<EntryRef>> answers_{};  ///< by discussion
  std::map<std::pair<SpaceId, Person>, std::pair<std::string, std::string>> authors_{};
};

/// What the stream of events is read from; the references outlive the call.
struct EventSource {
  storage::Store& store;
  const Sights& sights;
  const crypto::Key32& storage_key;
  std::uint64_t run = 0;           ///< differs with each opening of the store
  feed::Recent* recent = nullptr;  ///< may be nothing
};

/// Where somebody stands in the stream of what becomes readable.
struct EventPage {
  std::vector<PostView> events{};
  std::string next{};  ///< the cursor behind them
  bool more = false;   ///< more wait already
};

/// What became readable after `cursor`, in the order in which it did; of one space, or of all. Each entry is
/// on disk, the place that the projection gave it perhaps not yet: a cursor of an earlier run goes on from
/// what was durable when it was made. So events come once within a run and at least once over all of them; a
/// reindex shows everything again. Needs the follower Conversations to have followed. Blocks on the store.
/// Errors: kIdRule for a cursor that is none; kStoreChangesTruncated when it lies too far back, so that the
/// caller lists instead; those of the store.
[[nodiscard]] Result<EventPage> events_after(const EventSource& source, const Reader& reader,
                                             std::string_view cursor, const std::optional<SpaceId>& space);
/// The cursor of now: only what comes later follows it.
[[nodiscard]] Result<std::string> events_now(storage::Store& store, std::uint64_t run);

}  // namespace comity::community
