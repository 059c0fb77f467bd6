// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>

#include "node/federation/sync/heads.h"
#include "node/federation/sync/intake.h"
#include "node/federation/sync/link.h"
#include "node/federation/sync/quotas.h"
#include "node/federation/sync/receipts.h"

namespace comity::federation {

/// Answered by community through the owner: what we know of a space when a feed of it comes in. An unknown
/// space is admitted within the agreement, which is how offers arrive.
struct SpaceDoor {
  struct Answer {
    bool allowed = false;
    policy::Label ceiling{};  ///< the space's, within our agreement with the author
  };
  std::function<Answer(const AgencyId& author, const SpaceId& space)> admit{};
};

/// What sync tells its owner. Every call comes on the owner thread, may call Sync's const functions, and does
/// nothing else with it before it has returned.
class SyncEvents {
 public:
  SyncEvents() = default;
  SyncEvents(const SyncEvents&) = delete;
  SyncEvents& operator=(const SyncEvents&) = delete;
  virtual ~SyncEvents() = default;

  /// Entries of others, on disk for the first time, and our own that came back.
  virtual void stored(std::span<const feed::Appended>) {}
  /// For FeedWriter::merge_clock().
  virtual void clock(Hlc) {}
  /// What a member holds of a feed of ours: StartFacts::told.
  virtual void own_head(const AgencyId& /*peer*/, const v1::FeedHead&) {}
  /// A member has shown entries of a feed of ours that we do not hold: a new incarnation has to be opened.
  /// Once the old feed is retired, and own_retired() was called, they are fetched.
  virtual void own_ahead(const AgencyId& /*peer*/, const v1::FeedHead&) {}
  /// Somebody proves that we wrote two entries at one place.
  virtual void own_forked(const FeedId&, const v1::ForkProof&) {}
  /// The author of the feed wrote two entries at one place; the feed is frozen, the proof is stored.
  virtual void forked(const FeedId&) {}
  /// The feed was frozen because its author signed what breaks the rules.
  virtual void frozen(const FeedId&, const Error&) {}
  /// A batch was not taken to its end, for a reason that is nobody's violation.
  virtual void not_taken(const AgencyId& /*peer*/, const FeedId&, const Error&) {}
  /// The peer refuses something.
  virtual void refused(const AgencyId& /*peer*/, const v1::Refusal&) {}
  /// The peer holds less than it had acknowledged: it was restored, perhaps.
  virtual void went_back(const AgencyId& /*peer*/, const FeedId&, Seq /*had*/, Seq /*has*/) {}
  /// A signature names a key of `author` that is not held: fetch its KeyDocs from `peer` (version `keydoc`
  /// or a later one) and call keys_changed().
  virtual void keys_wanted(const AgencyId& /*peer*/, const AgencyId& /*author*/, std::uint32_t /*keydoc*/) {}
  /// Our history of the feed begins later than its author granted: whoever brought it held back the rest.
  virtual void history_cut(const FeedId&) {}
  /// A WITHDRAW entry of another agency is answered: feed::receipt_draft() into our feed of that space.
  virtual void receipt(const ReceiptDue&) {}
  /// The peer broke a rule; its session ends.
  virtual void violation(const AgencyId& /*peer*/, const Error&) {}
};

struct SyncSetup {
  storage::Store& store;
  feed::Ingester& ingester;
  AgencyId self;
  const crypto::Key32& storage_key;
  std::function<WallTime()> now{};
  SpaceDoor door{};
  std::function<std::shared_ptr<const feed::Signers>()> signers{};
  std::function<feed::SigningKey()> signing{};
  Offload offload{};
  std::shared_ptr<feed::Recent> recent{};  ///< may be nothing
  MayModerate may_moderate{};
  /// What an agency may bring, and write, in a day; empty: no limits but kNewFeedsADay.
  std::function<DailyLimits(const AgencyId&)> limits{};
  SyncEvents& events;
};

/// Bytes of batches on their way to the disk, of all peers together, above which no credit is given back.
inline constexpr std::size_t kMostIntake = 32U * 1024 * 1024;
/// Gaps in a row that a session survives.
inline constexpr unsigned kMostMisses = 3;
/// Batches that may still arrive of a request that another one has replaced.
inline constexpr unsigned kMostStray = 256;
/// With more entries missing the back-fill lane is asked for.
inline constexpr std::uint64_t kBackfillFrom = 64;
/// After this long without progress another peer that holds more is asked.
inline constexpr std::chrono::seconds kStall{5};
/// How often every offer is looked at again, whether there is news of it or not: a day that turns, and what
/// time alone makes possible, bring no message.
inline constexpr std::chrono::seconds kLookAgain{60};
/// When a feed is asked for again that the store could not take.
inline constexpr std::chrono::seconds kStoreRetry{30};

/// How far a reader of one of our feeds is behind.
struct Lag {
  FeedId feed;
  Seq head{};
  Seq acked{};
};

/// A feed that a peer holds too, as far as it has said.
struct CommonFeed {
  FeedId feed;
  bool compared = false;  ///< it named an entry that we hold at the same place
  bool differs = false;   ///< and it is another one, or the author wrote two
};

/// Keeps the feeds that several agencies share the same everywhere (DESIGN 5.6, 5.7, 5.9, 5.10;
/// research/protocol.md 6). Vectors tell what each side holds, Wants pull, batches flow within credits, acks
/// follow the receiver's fsync. Bytes, time and sessions are handed in; it opens nothing and never waits.
/// Owner thread.
class Sync {
 public:
  explicit Sync(SyncSetup setup);
  Sync(const Sync&) = delete;
  Sync& operator=(const Sync&) = delete;
  ~Sync() = default;

  /// Reads what is stored; before anything else. Errors: kFeedDamaged and those of the store.
  [[nodiscard]] Status load();

  // --- sessions: of ACTIVE peers only, one for each agency ---

  /// What our Hello to the peer says as vector_digest; nothing: leave it out.
  [[nodiscard]] std::optional<Sha256Digest> hello_digest(const AgencyId& peer);
  /// Both Hellos are exchanged. `outlet` lives until closed() has returned.
  void opened(const AgencyId& peer, Outlet& outlet, const v1::Hello& theirs);
  /// A message of the peer. False: it is none of sync's (keys, agreements), and nothing happened.
  bool message(const AgencyId& peer, v1::Lane lane, v1::Wire&& wire, std::size_t bytes);
  /// Credit or backlog of a lane became better.
  void room(const AgencyId& peer);
  void closed(const AgencyId& peer);

  // --- the node ---

  /// Own entries are on disk: AUDIENCE entries among them count from now on.
  void entries_stored(std::span<const feed::Appended> entries);
  /// A feed of ours is retired, on disk: members are asked what they hold of it, and what we lack comes back.
  void own_retired(const FeedId& feed);
  /// KeyDocs of an agency arrived.
  void keys_changed(const AgencyId& author);
  /// What the door says has changed: agreements, spaces.
  void door_changed();
  /// Once a second.
  void tick();

  // --- questions ---

  [[nodiscard]] bool connected(const AgencyId& peer) const { return links_.contains(peer); }
  /// Of each feed of ours that the peer may read.
  [[nodiscard]] std::vector<Lag> lags(const AgencyId& peer) const;
  /// Of both sides, for a check of the peer: what it said last, in this session or an earlier one.
  [[nodiscard]] std::vector<CommonFeed> common(const AgencyId& peer) const;
  /// Asks the peer anew for its heads of those feeds; its answer is a Vector as any other. False: it is not
  /// connected.
  bool ask_heads(const AgencyId& peer);
  /// How far its author said that a feed reaches when it last told us what it holds, in this session or an
  /// earlier one; 0: it never did.
  [[nodiscard]] Seq claimed(const FeedId& feed) const;
  /// Errors: kFeedUnknown.
  [[nodiscard]] Result<Freshness> freshness(const FeedId& feed) const;
  /// Whether nothing more is taken of the agency before the next day (UTC).
  [[nodiscard]] bool quota_used(const AgencyId& agency) const {
    return quotas_.used_up(agency, setup_.now());
  }
  /// Whom a feed comes from now.
  [[nodiscard]] std::optional<AgencyId> source(const FeedId& feed) const;
  [[nodiscard]] const FeedBook& book() const noexcept { return book_; }

 private:
  /// A feed that another agency writes and that we want.
  struct Pursuit {
    AgencyId source;
    std::uint64_t link = 0;  ///< 0: nobody is asked
    Seq expected{1};         ///< behind the last entry that was taken in
    Seq claimed{};           ///< up to where the source said that it holds the feed
    bool learned = false;    ///< what its id is the hash of
    AgencyId author;         ///< once learned
    SpaceId space;
    bool introduced = false;  ///< FEED_OPEN came by itself: history begins later
    Seq first{1};
    bool discarding = false;  ///< until an entry comes that connects
    unsigned misses = 0;
    unsigned strays = 0;
    bool needs_keys = false;  ///< somebody sent entries by a key that is not known here
    bool probed = false;
    bool cut = false;  ///< history_cut() was said
    WallTime retry{};
    WallTime behind{};  ///< since when another peer holds more; zero: none does
  };

  Link* find(const AgencyId& peer, std::uint64_t serial);
  [[nodiscard]] Status dispatch(Link& link, v1::Lane lane, v1::Wire& wire, std::size_t bytes);
  void violate(Link& link, const Error& error);
  void refuse(Link& link, const FeedId& feed, v1::Reason reason, std::uint32_t retry_after = 0);
  void pump_all();
  void changed(const BookFeed& known, const Link* from);

  // sync_rows.cpp: what each side holds
  void send_vector(Link& link);
  void send_rows(Link& link);
  void send_small(Link& link);
  [[nodiscard]] Status take_vector(Link& link, const v1::Vector& vector);
  void take_row(Link& link, const HeldRow& row);
  void take_own_row(Link& link, const BookFeed& known, const HeldRow& row);
  [[nodiscard]] Status take_heads_want(Link& link, const v1::HeadsWant& want);
  [[nodiscard]] Status take_ack(Link& link, const v1::Ack& ack);
  void ask_own(Link& link, const BookFeed& known, const HeldRow& row);
  [[nodiscard]] Status take_own_evidence(Link& link, const BookFeed& known, const v1::EntryBatch& batch);
  void note_held(Link& link, const FeedId& feed, const HeldRow& row);

  // sync_wants.cpp: asking
  void consider(const FeedId& feed);
  void consider_all();
  void ask(Link& link, const FeedId& feed, Pursuit& pursuit, Seq from);
  void stop(const FeedId& feed, Pursuit& pursuit);
  void probe(Link& link, const BookFeed& known, Seq seq);
  [[nodiscard]] Status miss(Link& link, const FeedId& feed, Pursuit& pursuit);
  void take_refusal(Link& link, const v1::Refusal& refusal);
  void check_stalls();
  [[nodiscard]] int score(const Link& link, const FeedId& feed, const BookFeed* known,
                          const Pursuit& pursuit) const;

  // sync_batches.cpp: taking
  [[nodiscard]] Status take_batch(Link& link, v1::Lane lane, v1::EntryBatch&& batch, std::size_t bytes);
  [[nodiscard]] Status take_known(Link& link, Pursuit& pursuit, Received received, Seq first);
  [[nodiscard]] Status learn(Link& link, Pursuit& pursuit, const FeedId& feed, const v1::Entry& entry);
  [[nodiscard]] SpaceDoor::Answer admit(const AgencyId& author, const SpaceId& space) const;
  [[nodiscard]] bool fit_quota(Link& link, const Pursuit& pursuit, Received& received, Seq first);
  void end_for_today(Link& link, const FeedId& feed, Pursuit& pursuit, std::string what);
  void uncount(const Taken& result);
  void give_back(Link* link, v1::Lane lane, std::uint32_t entries, std::uint64_t bytes);
  void taken(Taken result);
  void after_stored(Link* link, const Taken& result);
  void after_refusal(const Taken& result, const feed::Refusal& refusal);
  void check_arrival(Link& link, const FeedId& feed, Pursuit& pursuit);

  // sync_heads.cpp: heads, forks, receipts
  [[nodiscard]] Status take_head(Link& link, const v1::SignedHeadStatement& message);
  [[nodiscard]] Status take_fork(Link& link, const v1::ForkProof& proof);
  void send_head(Link& link, const FeedId& feed);
  void send_reached_head(const FeedId& feed, std::span<const feed::Appended> stored);
  void send_proofs(Link& link);
  void spread_proof(const FeedId& feed, const Link* from);
  void state_heads();
  void answer_withdraw(const EntryId& withdraw);

  SyncSetup setup_;
  FeedBook book_;
  Acks acks_;
  HeadBook heads_;
  std::map<AgencyId, std::unique_ptr<Link>> links_;
  std::map<FeedId, Pursuit> pursuits_;
  std::map<AgencyId, Sha256Digest> hello_digests_;
  Quotas quotas_;
  std::uint64_t next_link_ = 1;
  WallTime since_{};
  WallTime considered_{};  ///< when every offer was last looked at
  std::shared_ptr<Sync*> self_;
  Intake intake_;
};

}  // namespace comity::federation
