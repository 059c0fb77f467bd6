// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>
#include <optional>
#include <set>

#include "node/community/people/directory.h"
#include "node/community/posts/messages.h"
#include "node/community/posts/posts.h"
#include "node/community/spaces/spaces.h"
#include "node/daemon/continuation.h"
#include "node/daemon/feeds.h"
#include "node/federation/federation.h"

namespace comity::daemon {

/// The node among others: joins federation and community, which do not know each other. Owner thread.
class World final : private federation::FederationEvents {
 public:
  /// All references outlive it.
  World(runtime::Loop& loop, runtime::Clock& clock, runtime::Net& net, runtime::Pool& pool,
        crypto::Random& random, Log& log, const Started& started, Feeds& feeds);
  ~World() override;

  /// Reads spaces and what sync holds. Blocks on the disk. Errors: those of Spaces::open() and
  /// Federation::load().
  [[nodiscard]] proto::Status begin();
  /// Opens the door for peers and begins to dial. Errors: those of runtime::Net::listen().
  [[nodiscard]] proto::Status start();
  /// Says goodbye to the peers and ends every session.
  [[nodiscard]] runtime::Task<void> close(runtime::Duration grace);

  [[nodiscard]] federation::Federation& federation() noexcept { return *federation_; }
  [[nodiscard]] community::Spaces& spaces() noexcept { return *spaces_; }
  [[nodiscard]] community::Posts& posts() noexcept { return *posts_; }
  [[nodiscard]] community::Messages& messages() noexcept { return *messages_; }
  [[nodiscard]] community::Directory& directory() noexcept { return *directory_; }
  /// Our name for an agency; its short name for our own; empty when it has none here.
  [[nodiscard]] std::string name_of(const proto::AgencyId& agency) const;

  /// A body has left quarantine: it counts from now on.
  void released(const feed::Appended& entry);
  /// Told when key documents have changed.
  void on_keys(std::function<void()> changed) { on_keys_ = std::move(changed); }
  /// As which instance we speak, and why we take no posts although the store would: peers keep to another
  /// live node of ours.
  [[nodiscard]] const proto::InstanceId& instance() const noexcept { return instance_; }
  [[nodiscard]] std::optional<proto::Error> clone_here() const;

  /// Told whenever entries of anybody are on disk.
  void on_stored(std::function<void(std::size_t entries)> stored) { on_stored_ = std::move(stored); }

 private:
  void stored(std::span<const feed::Appended> entries) override;
  void peers_changed() override;
  void own_head(const proto::FeedId& feed, const v1::FeedHead& head) override;
  void own_ahead(const proto::FeedId& feed, const v1::FeedHead& head) override;
  void clone_here(const proto::AgencyId& peer) override;
  void went_back_here(const proto::AgencyId& peer) override;
  void accepted(const proto::AgencyId& peer) override;
  void receipt(const federation::ReceiptDue& due) override;
  void keys_changed() override;
  void trouble(const proto::AgencyId& agency, const proto::Error& error) override;

  void own_stored(std::span<const feed::Appended> entries);
  [[nodiscard]] federation::SpaceDoor::Answer admit(const proto::AgencyId& author,
                                                    const proto::SpaceId& space);
  [[nodiscard]] federation::FederationSetup federation_setup();
  [[nodiscard]] community::SpacesSetup spaces_setup();
  [[nodiscard]] ContinuationSetup continuation_setup();
  void clock_ahead(const proto::FeedId& feed);
  [[nodiscard]] static runtime::Task<void> wait(runtime::Clock* clock, std::chrono::milliseconds span,
                                                std::function<void()> then);
  [[nodiscard]] community::DirectorySetup directory_setup();
  [[nodiscard]] home::Moment now() const;

  runtime::Loop& loop_;
  runtime::Clock& clock_;
  runtime::Net& net_;
  runtime::Pool& pool_;
  crypto::Random& random_;
  Log& log_;
  const Started& started_;
  Feeds& feeds_;
  std::function<void(std::size_t)> on_stored_;
  std::function<void()> on_keys_;
  std::unique_ptr<federation::Federation> federation_;
  std::unique_ptr<community::Spaces> spaces_;
  std::unique_ptr<community::Posts> posts_;
  std::unique_ptr<community::Messages> messages_;
  std::unique_ptr<community::Directory> directory_;
  proto::InstanceId instance_;
  bool becoming_another_ = false;  ///< the next instance is on its way to the disk
  std::set<proto::AgencyId> clone_at_;  ///< peers that keep to another live node of our agency
  Continuation continuation_;
  runtime::Nursery timers_;
};

}  // namespace comity::daemon
