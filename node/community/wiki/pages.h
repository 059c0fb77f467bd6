// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <memory>

#include "node/community/posts/post_reader.h"
#include "node/community/wiki/shown.h"
#include "node/community/wiki/wiki_rows.h"

/// Wiki pages as one reader sees them.
namespace comity::community::wiki {

/// A page with at least one revision that the reader may use.
struct Page {
  SpaceId space;
  EntryRef ref;  ///< of its first revision, by which all of them name it
  std::string path{};
  std::string title{};              ///< of the newest head; the path where it has none
  AgencyId begun_by;                ///< who wrote the oldest revision that the reader knows
  std::pair<Hlc, EntryId> age{};    ///< of that revision: the older page keeps a path
  std::vector<RevisionRow> rows{};  ///< by (hlc, id) ascending
  std::shared_ptr<const RevisionGraph> graph{};
  std::vector<EntryId> heads{};  ///< by (hlc, id) ascending; never empty

  [[nodiscard]] const RevisionRow* row(const EntryId& revision) const;
};

/// All that the shown text is made of, taken from the store, so that it can be folded on another thread.
struct Sources {
  std::shared_ptr<const RevisionGraph> graph{};
  std::map<EntryId, bool> usable{};
  std::map<EntryId, std::string> texts{};
};
/// The shown text. Pure; may take long for long texts that differ much, so it belongs on the pool. Errors:
/// those of show().
[[nodiscard]] Result<Shown> fold_sources(const Sources& sources);

/// What an agency said of a revision, in its last word.
struct StampView {
  std::string id{};      ///< of the stamp
  std::string agency{};  ///< short name
  std::string agency_id{};
  std::string person{};  ///< who gave it, "jo@finance"
  std::string kind{};    ///< "agreed", "objected", or the number of a kind unknown to this version
  std::string note{};
  std::string time{};
};

struct RevisionView {
  PostView post{};                     ///< without its text
  std::vector<std::string> parents{};  ///< ids of those that the reader knows
  std::vector<std::string> unseen{};   ///< refs of those that are not here (yet), or not for the reader
  bool head = false;
  std::vector<StampView> stamps{};  ///< void unless it is the only head
};
struct RevisionPage {
  std::vector<RevisionView> revisions{};
  std::string next{};
};

struct PageRow {
  std::string id{};  ///< EntryID of the first revision, or its ref while that is not here
  std::string path{};
  std::string address{};  ///< by which the reader reaches it within the space
  std::string title{};
  std::size_t heads = 0;
  std::string revision{};  ///< the newest head
  PostView newest{};       ///< that head, without its text
};
struct PageList {
  std::vector<PageRow> pages{};
  std::string next{};
};

/// Reads wiki pages as they were at one moment, for one reader: each revision passes admit(), and what the
/// reader may not see looks like what is not there. The rows come from the follower Conversations. One thread
/// at a time; view, sights and posts outlive it.
class Pages {
 public:
  /// Newest revisions of one page that count; older ones are found by their ids alone.
  static constexpr std::size_t kMostRevisions = 10'000;
  /// Pages that one answer looks at.
  static constexpr std::size_t kMostLooked = 1000;

  Pages(const storage::View& view, const Sights& sights, PostReader& posts)
      : view_(view), sights_(sights), posts_(posts) {}

  /// A page by its path, by `path@agency` where an older page has that path (agency: who began it), by a path
  /// that it had before, or by the id of any of its revisions. Of several that had a path before it is the
  /// oldest. Errors: kSpaceUnknown, kPageUnknown, and those of the store.
  [[nodiscard]] Result<std::shared_ptr<const Page>> find(const SpaceId& space, std::string_view address);
  /// By its ref; nothing when the reader may use no revision of it.
  [[nodiscard]] Result<std::shared_ptr<const Page>> load(const SpaceId& space, const EntryRef& page);
  /// The pages that stand at a path now, the oldest first.
  [[nodiscard]] Result<std::vector<std::shared_ptr<const Page>>> at_path(const SpaceId& space,
                                                                         std::string_view path);
  /// How the reader reaches the page: its path, or `path@agency`, or an id where neither leads there.
  [[nodiscard]] Result<std::string> address(const Page& page);

  [[nodiscard]] Result<Sources> sources(const Page& page);
  /// One revision of the page. Errors: kRevisionUnknown, kPostWithdrawn, and those of the store.
  [[nodiscard]] Result<PostReader::Opened> revision(const Page& page, const EntryId& id);
  [[nodiscard]] Result<RevisionView> revision_view(const Page& page, const EntryId& id);

  /// The history, newest first. Errors: kIdRule for a cursor that is none, kStoreBounds for a limit.
  [[nodiscard]] Result<RevisionPage> log(const Page& page, const std::string& after, std::size_t limit);
  /// The last words of agencies on a revision.
  [[nodiscard]] Result<std::vector<StampView>> stamps(const Page& page, const EntryId& revision);
  /// The pages of a space by path. Errors: as log(), kSpaceUnknown.
  [[nodiscard]] Result<PageList> list(const SpaceId& space, const std::string& after, std::size_t limit);
  /// The pages whose newest text links here, by path; at most kMostLooked.
  [[nodiscard]] Result<std::vector<PageRow>> backlinks(const Page& page);

 private:
  using Held = std::shared_ptr<const Page>;
  Result<std::optional<PostReader::Opened>> open(const SpaceId& space, const EntryRef& page,
                                                 const EntryId& id);
  Result<bool> usable(const SpaceId& space, const EntryRef& page, const EntryId& id);
  Result<std::vector<Held>> ever_at(const SpaceId& space, std::string_view path);
  Result<PageRow> row_of(const Page& page);
  Result<std::string> id_of(const EntryRef& page);

  const storage::View& view_;
  const Sights& sights_;
  PostReader& posts_;
  std::map<std::pair<SpaceId, EntryRef>, Held> pages_{};
};

/// The text of a revision. Precondition: `content` is of type wiki. Error kFeedBodyRule.
[[nodiscard]] Result<v1::WikiEdit> edit_in(const v1::Content& content);

}  // namespace comity::community::wiki
