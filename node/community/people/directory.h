// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <deque>

#include "crypto/random.h"
#include "node/community/people/profile.h"
#include "node/community/spaces/spaces.h"

namespace comity::community {

/// What a Directory works with. References outlive it; functions are called on the owner thread.
struct DirectorySetup {
  storage::Store& store;
  feed::FeedWriter& writer;
  Spaces& spaces;
  AgencyId self;
  std::function<WallTime()> now{};
  /// As for Spaces.
  std::function<std::vector<policy::PeerStanding>(const SpaceId&, std::string_view slug)> standings{};
  /// The setting directory.publish.
  std::function<bool()> publish{};
  /// Told once when the directory is opened.
  std::function<void(const SpaceId&)> opened{};
  /// Told of what could not be done; the next refresh() tries again.
  std::function<void(const Error&)> trouble{};
};

/// Our own directory: one space whose members are the active peers whose agreement allows it, and in it the
/// newest card of each of our people who wants one released. Opened by itself when there is the first such
/// peer (docs/decisions/0022). Owner thread only.
class Directory {
 public:
  static constexpr std::string_view kSlug = "directory";
  /// Cards that are queued at a time.
  static constexpr std::size_t kBatch = 256;

  explicit Directory(DirectorySetup setup);
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  /// Callbacks of what is still under way are not called.
  ~Directory();

  /// Peers, agreements, people, their profiles or the setting may have changed: the space and its cards
  /// follow. Cheap when nothing has. The caller flushes the FeedWriter.
  void refresh();
  /// Nothing is under way.
  [[nodiscard]] bool idle() const noexcept { return !busy_; }

 private:
  struct Due;
  void step();
  void settle(const Status& status);
  [[nodiscard]] std::vector<AgencyId> readers(const SpaceId& space) const;
  void open(std::vector<AgencyId> readers);
  void publish(const Space& space);
  Result<std::optional<Due>> due(const storage::View& view, const Space& space,
                                 const PersonRow& person) const;
  Status queue(const storage::View& view, const Space& space, const policy::ReleaseDecision& decision,
               Due due);
  void one_done(const Status& status);

  DirectorySetup setup_;
  bool busy_ = false;
  bool again_ = false;
  std::string after_{};  ///< the people up to this one have been looked at
  bool more_ = false;
  std::size_t open_ = 0;  ///< entries that are not on disk yet
  Status failed_{};
  std::shared_ptr<Directory*> self_;
};

}  // namespace comity::community
