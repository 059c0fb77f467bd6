// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/community/discussion/notices.h"
#include "node/community/discussion/reading.h"
#include "node/community/posts/post_reader.h"

namespace comity::community {

/// What a person is told of.
struct Notice {
  NoticeReason reason = NoticeReason::kMention;
  bool unread = false;  ///< neither seen among the notifications nor read where it stands
  PostView entry{};
};
struct NoticePage {
  std::vector<Notice> notices{};
  std::string next{};  ///< to be given back for the next page; empty: this was the last one
};
struct NoticeQuery {
  bool unread = false;  ///< those alone
  std::string after{};  ///< NoticePage::next
  std::size_t limit = 50;
};

/// The notifications of the person with whose eyes `posts` reads, the newest first. Each passes admit() once
/// more: what they may not see any more, or what was withdrawn, is gone. Errors: kIdRule for a place that is
/// none, kStoreBounds for a limit, kFeedDamaged, those of the store.
[[nodiscard]] Result<NoticePage> notices(const storage::View& view, PostReader& posts, Reading& reading,
                                         const NoticeQuery& query);

/// When the newest one came, to be noted as seen; 0: there is none.
[[nodiscard]] Result<std::uint64_t> newest_notice(const storage::View& view, const UserId& user);

}  // namespace comity::community
