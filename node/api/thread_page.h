// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <memory>

#include "node/api/spaces.h"
#include "node/community/posts/post_reader.h"

namespace comity::api {

/// What a page about a discussion asks for.
struct ThreadPageQuery {
  std::string as;     ///< handle of the reader
  std::string entry;  ///< any entry of it
  std::string after;  ///< as in community::ThreadQuery
  std::size_t limit = 50;

  friend auto operator<=>(const ThreadPageQuery&, const ThreadPageQuery&) = default;
};

/// The answers of show, thread and watch, as one look at the store gives them, and not written down as JSON.
struct ThreadPage {
  community::PostView asked;  ///< what the address names
  community::PostView first;  ///< what begins the discussion; `asked` when that is not for the reader
  community::PostPage page;
  std::string_view level;  ///< of watching: "normal"
};

/// Everything in it has passed admit() for this reader. Owner thread. Errors: those of the three commands.
[[nodiscard]] proto::Result<ThreadPage> thread_page(const CommunityDesk& desk, const ThreadPageQuery& query);

/// The pages that people asked for since the store last changed. What somebody may read is a function of the
/// store, of Sights, and of who asks: while all three stay the same, so does the answer. The first commit of
/// whatever kind, or another Sights, drops everything. Owner thread.
class ThreadPages {
 public:
  using Page = std::shared_ptr<const ThreadPage>;

  /// Keeps about `most` bytes of text; beyond that it begins anew.
  explicit ThreadPages(std::size_t most) : most_(most) {}

  /// What thread_page() gives for the store as it is now.
  [[nodiscard]] proto::Result<Page> read(const CommunityDesk& desk, const ThreadPageQuery& query);

  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::size_t pages() const noexcept { return pages_.size(); }

 private:
  void clear();

  std::size_t most_;
  storage::Version version_{};
  std::shared_ptr<const community::Sights> sights_{};
  std::map<ThreadPageQuery, Page> pages_{};
  std::size_t bytes_ = 0;
};

}  // namespace comity::api
