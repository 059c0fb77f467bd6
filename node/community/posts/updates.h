// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <vector>

#include "node/community/posts/posts.h"

namespace comity::community {

/// What Updates works with. References outlive it.
struct UpdatesSetup {
  Spaces& spaces;
  Posts& posts;
  AgencyId self;
  /// Told once when the space of all staff is opened. May be empty.
  std::function<void(const SpaceId&)> opened{};
};

/// Status updates. Those for inside go to one space of the agency, which is opened with the first of them
/// (docs/decisions/0027). Owner thread only.
class Updates {
 public:
  /// What the space of all staff is called, or kSpareSlug where that names a space of another kind.
  static constexpr std::string_view kSlug = "staff";
  static constexpr std::string_view kSpareSlug = "staff-inside";

  explicit Updates(UpdatesSetup setup);
  Updates(const Updates&) = delete;
  Updates& operator=(const Updates&) = delete;
  /// Callbacks of what is still under way are not called.
  ~Updates();

  /// The space of all staff; nothing before the first update for inside.
  [[nodiscard]] std::optional<SpaceId> inside() const;

  /// A zero space is inside. Errors: those of Posts::update(), and of Spaces::create() for the first one
  /// inside. The caller flushes the FeedWriter.
  void send(const NewUpdate& what, OnPosted done);

 private:
  struct Waiting {
    NewUpdate what;
    OnPosted done;
  };
  [[nodiscard]] std::string_view free_slug() const;
  void came(const Result<SpaceId>& space);

  UpdatesSetup setup_;
  std::vector<Waiting> waiting_{};  ///< for the space that is being opened
  std::shared_ptr<Updates*> self_;
};

}  // namespace comity::community
