// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "node/feed/chain_builder.h"
#include "storage/store.h"

namespace comity::feed {

/// What a FeedWriter works with. References outlive it.
struct WriterSetup {
  storage::Store& store;
  crypto::Random& random;
  AgencyId self;
  SigningKey signing;
  const crypto::Key32& storage_key;
  GrantMaker& grants;
  Projections projections{};
  std::function<WallTime()> now{};
  /// Runs a function on the owner thread, later; called on the committer's thread.
  std::function<void(std::function<void()>)> to_owner{};
  /// Told of entries once they are on disk, before those who queued them hear of it. May be empty; owner
  /// thread.
  std::function<void(std::span<const Appended>)> stored{};
  /// An entry waits for a feed that is held; told once for each hold. May be empty; owner thread, later.
  std::function<void(const FeedId&)> waits{};
  /// The feed's clock lies more than five minutes ahead of ours: it is held, and a new incarnation has to be
  /// opened. Empty: what waits is answered with kFeedClockAhead. Owner thread, later.
  std::function<void(const FeedId&)> clock_ahead{};
  std::shared_ptr<Recent> recent{};  ///< where new entries stay for a while; may be nothing
};

/// A feed to be opened.
struct OpenFeed {
  SpaceId space;
  bool inside = false;
  policy::Label ceiling{};  ///< of the space
  v1::FeedOpenReason reason = v1::FEED_OPEN_REASON_FIRST;
  std::vector<v1::FeedHead> earlier{};  ///< last known heads of our earlier feeds there, oldest first
};

/// Appends to the agency's own feeds: the only writer of them. Drafts wait in memory, and whatever waits when
/// a batch leaves shares its runs and its fsync; at most kInFlight batches of a feed are under way, so load
/// makes batches grow. Every callback comes after fsync. Owner thread only; does no input or output but that
/// of the Store.
class FeedWriter {
 public:
  static constexpr std::size_t kInFlight = 2;
  static constexpr std::size_t kMostWaiting = 16U * 1024 * 1024;  ///< bytes of drafts, all feeds together

  explicit FeedWriter(WriterSetup setup);
  FeedWriter(const FeedWriter&) = delete;
  FeedWriter& operator=(const FeedWriter&) = delete;
  /// Callbacks of what is still under way are not called.
  ~FeedWriter();

  /// Opens a new feed with a random incarnation: FEED_OPEN, its first entry, waits like any other. The answer
  /// is its FeedId. Errors: kFeedBusy.
  Result<FeedId> open(const OpenFeed& what, OnAppended done);

  /// Queues an entry for one of our feeds. Every failure comes through `draft.done`: those of build_batch();
  /// kFeedUnknown, kFeedNotOwn, kFeedFrozen, kFeedClosed (also of a feed that is retired); kFeedBusy when too
  /// much waits; kFeedClockAhead when the feed's clock lies more than five minutes ahead of ours, so that a
  /// new incarnation has to be opened; those of Store::submit().
  void append(const FeedId& feed, Draft draft);

  /// Queues an AUDIENCE entry; what is queued after it is released to the new audience, under a new key
  /// epoch.
  void set_audience(const FeedId& feed, const v1::Audience& audience, OnAppended done);

  /// Queues a KEY_GRANT of an epoch that exists already, for agencies that had no usable key, or that were
  /// given history. Errors: kFeedNoKey, kFeedNoGrant when none of them can be served.
  Status grant(const FeedId& feed, KeyEpoch epoch, std::span<const AgencyId> recipients, OnAppended done);

  /// The entries that follow are labelled with this ceiling where they are not content, and are refused no
  /// more: the space's manifest changed it.
  Status set_ceiling(const FeedId& feed, const policy::Label& ceiling);

  /// Entries from the next batch on are signed by this key.
  void set_signing(const SigningKey& signing);

  /// Nothing of the feed leaves until resume() or retire(): whether it may go on is in doubt.
  void hold(const FeedId& feed);
  void resume(const FeedId& feed);

  /// Ends the feed for ever without an entry, on disk before `done`: another incarnation will follow it.
  /// Content, withdrawals, receipts and audit events that wait, and that come, are kept for move_on(); what
  /// belongs to this one feed (audiences, grants, manifests) is answered with kFeedClosed. Errors: those of
  /// load, and of the store; then what was kept is answered with them.
  void retire(const FeedId& feed, std::function<void(Status)> done);
  /// What was kept of a retired feed is appended to another one.
  void move_on(const FeedId& retired, const FeedId& to);
  /// No other one follows: what was kept is answered with the error, what comes with kFeedClosed.
  void give_up(const FeedId& retired, const Error& error);

  /// Nothing but audit events is taken, for this reason; nothing: everything is again.
  void refuse(std::optional<Error> why) { refusal_ = std::move(why); }

  /// What follows is later than this value of another agency: a reply sorts behind what it answers. False
  /// when it is ahead() and was not merged.
  bool merge_clock(Hlc other);

  /// Sends what waits. Called by the owner after it has queued what arrived together, and by completions.
  void flush();

  [[nodiscard]] std::size_t waiting_bytes() const noexcept { return waiting_bytes_; }
  /// Nothing waits and nothing is under way.
  [[nodiscard]] bool idle() const noexcept;

 private:
  struct Live;
  Result<Live*> load(const FeedId& feed);
  void enqueue(Live& live, Draft draft);
  void flush_one(Live& live);
  void submit(Live& live, BuiltBatch built);
  void finished(const FeedId& feed, std::vector<BuiltBatch::Answer>& answers,
                const Result<storage::Version>& result);
  void fail_all(Live& live, const Error& error);
  void park(const FeedId& feed, Draft draft);
  void retired(const FeedId& feed, const Status& stored, const std::function<void(Status)>& done);

  /// A feed that takes no entries now.
  struct Pause {
    bool retired = false;
    bool told = false;           ///< that something waits
    bool keeps = true;           ///< of one that is retired: for its successor
    std::deque<Draft> parked{};  ///< of one that is retired
  };

  WriterSetup setup_;
  std::map<FeedId, Pause> pauses_;
  std::optional<Error> refusal_;
  HlcClock clock_;
  std::map<FeedId, std::unique_ptr<Live>> feeds_;
  std::size_t waiting_bytes_ = 0;
  std::shared_ptr<FeedWriter*> self_;  // lets completions find out whether the writer is still there
};

}  // namespace comity::feed
