// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <deque>
#include <memory>
#include <set>
#include <unordered_map>

#include "node/federation/check/call_backs.h"
#include "node/federation/check/judge.h"
#include "node/federation/links/links.h"
#include "node/federation/peering/pair_session.h"
#include "node/federation/peering/peer_session.h"
#include "node/federation/session_outlet.h"
#include "node/federation/step_queue.h"
#include "node/federation/sync/sync.h"
#include "node/federation/trust.h"
#include "node/feed/writer.h"
#include "node/peer/door.h"
#include "node/runtime/condition.h"
#include "node/runtime/pool.h"

namespace comity::federation {

/// What the node's owner hears of its peers. Owner thread.
class FederationEvents {
 public:
  FederationEvents() = default;
  FederationEvents(const FederationEvents&) = delete;
  FederationEvents& operator=(const FederationEvents&) = delete;
  virtual ~FederationEvents() = default;

  /// Entries of others are on disk for the first time.
  virtual void stored(std::span<const feed::Appended> entries) = 0;
  /// Peers, agreements or keys have changed what may be sent to whom.
  virtual void peers_changed() = 0;
  /// What a member holds of our own feed.
  virtual void own_head(const FeedId& feed, const v1::FeedHead& head) = 0;
  /// A member holds more of our own feed than we do, or another entry at our head.
  virtual void own_ahead(const FeedId& feed, const v1::FeedHead& head) = 0;
  /// The peer keeps to another live node of our agency, or has seen this one start more often than it knows
  /// of: its directory was put back.
  virtual void clone_here(const AgencyId& peer) = 0;
  virtual void went_back_here(const AgencyId& peer) = 0;
  /// The peer talks with this node.
  virtual void accepted(const AgencyId& peer) = 0;
  /// A receipt is owed in our feed of that space.
  virtual void receipt(const ReceiptDue& due) = 0;
  /// Key documents have changed, ours or somebody's, and what revoked keys signed waits to be judged anew.
  virtual void keys_changed() {}
  /// For the log: something about a peer that an operator may want to know. `agency` may be zero.
  virtual void trouble(const AgencyId& agency, const Error& error) = 0;
};

/// What federation works with. References outlive it.
struct FederationSetup {
  runtime::Executor executor;
  runtime::Clock& clock;
  runtime::Net& net;
  runtime::Pool& pool;
  crypto::Random& random;
  storage::Store& store;
  Trust& trust;
  feed::FeedWriter& writer;
  feed::Ingester& ingester;
  const crypto::Key32& storage_key;
  std::shared_ptr<feed::Recent> recent{};  ///< may be nothing
  const crypto::X25519KeyPair& transport;
  /// The transport keys of ours that `transport` has followed, the newest first: peers who have not heard of
  /// it call these, and know us by them. May be empty.
  std::function<std::span<const crypto::X25519KeyPair>()> older_transport{};
  InstanceId instance;
  std::uint64_t boot_count = 1;
  std::string software{};
  SpaceDoor door{};
  MayModerate may_moderate{};
  /// What an agency may bring in a day as far as the agreement states nothing; may be empty.
  std::function<DailyLimits()> default_limits{};
  Commit commit{};
  FederationEvents& events;
};

/// What is known of the traffic with one peer.
struct PeerTraffic {
  bool connected = false;
  std::uint64_t lag_entries = 0;         ///< that its feeds hold by its own word and we do not
  std::uint64_t outbox_entries = 0;      ///< of ours that it has not acknowledged
  std::optional<Error> lag_reason{};     ///< why we take nothing, where that is known
  std::optional<Error> outbox_reason{};  ///< why it takes nothing, as it said
};

/// How fresh the feeds of one author in one space are here, by its own statements.
struct AuthorFreshness {
  std::optional<WallTime> heard{};  ///< when the newest statement came
  bool possibly_stale = false;      ///< nothing was heard for three intervals: entries may be hidden from us
  bool behind = false;              ///< it speaks of entries that we do not hold
};

/// The node among its peers: joins links, handshakes, peering and sync. Owner thread.
class Federation final : private peer::SessionHandler,
                         private peer::Acquaintances,
                         private LinkOwner,
                         private SyncEvents {
 public:
  explicit Federation(FederationSetup setup);
  ~Federation() override;

  /// Reads what sync holds; before the rest. Errors: those of Sync::load().
  [[nodiscard]] Status load() { return sync_.load(); }
  /// Opens the door and begins to dial. `listener` may be nothing: this node only dials out.
  void start(std::unique_ptr<runtime::Listener> listener);
  /// Says goodbye to everybody and ends every task.
  [[nodiscard]] runtime::Task<void> close(v1::Reason why, runtime::Duration grace);

  /// Puts a decision on record and carries it out; `done` gets its failure, or that of the store.
  void decide(std::string_view peer, Step step, std::function<void(Status)> done);
  /// Dials the peer now, whatever was before.
  void retry(std::string_view peer);
  /// Speaks as another instance from the next session on, and dials everybody at once.
  void set_instance(const InstanceId& instance);
  /// Sync::own_retired().
  void own_retired(const FeedId& feed) { sync_.own_retired(feed); }

  /// Our chain has grown: puts on record what was decided, and tells every peer that is connected. `before`
  /// is the version that was the newest until now; `fresh_enc`: a new encryption key goes with it. The chain
  /// is in Trust already. `done` gets the failure of the store.
  void own_keys_changed(std::uint32_t before, bool fresh_enc, v1::LocalAudit event, Rows rows,
                        std::function<void(Status)> done);
  /// Own entries are on disk.
  void entries_stored(std::span<const feed::Appended> entries) { sync_.entries_stored(entries); }
  /// What the door says has changed: spaces were joined or left.
  void door_changed() { sync_.door_changed(); }

  /// Looks at one peer from all sides (comity peer check): its addresses are dialled beside whatever session
  /// there is, and a connected peer is asked to dial back. Takes up to a minute. Error kPeerUnknown. The
  /// caller's task may be cancelled; `federation` outlives it.
  [[nodiscard]] static runtime::Task<Result<std::vector<Finding>>> check(Federation* federation,
                                                                         std::string name);
  /// How long each agreement lasts: one finding a peer.
  [[nodiscard]] std::vector<Finding> check_ends() const;

  [[nodiscard]] PeerTraffic traffic(const AgencyId& agency) const;
  /// How many entries the author says it wrote in its feeds of that space, by its signed statements and by
  /// what it told us itself that it holds, without those that come before what we are given; nothing when it
  /// has not spoken.
  [[nodiscard]] std::optional<std::uint64_t> stated(const SpaceId& space, const AgencyId& author) const;
  /// When the newest statement about a feed of the author in the space came.
  [[nodiscard]] std::optional<WallTime> heard(const SpaceId& space, const AgencyId& author) const;
  [[nodiscard]] AuthorFreshness freshness(const SpaceId& space, const AgencyId& author) const;
  [[nodiscard]] const peer::Door* front_door() const noexcept { return front_door_.get(); }
  [[nodiscard]] std::size_t sessions() const noexcept { return talks_.size(); }

 private:
  /// One session and what is said in it.
  struct Talk {
    Talk(peer::Session& of, std::uint64_t number, const AgencyId& with)
        : session(of), serial(number), agency(with), outlet(of) {}

    peer::Session& session;
    std::uint64_t serial;
    AgencyId agency;
    SessionOutlet outlet;
    std::unique_ptr<PairSession> pair{};
    std::unique_ptr<PeerSession> peer{};
    bool syncing = false;
    bool stopped = false;        ///< it was, until the agreement ended
    bool ending = false;         ///< our Bye is said
    runtime::Mono since{};       ///< of a pairing: when it began,
    runtime::Mono progressed{};  ///< when it last came further,
    unsigned steps = 0;          ///< and PairSession::steps() then
    bool accepted = false;       ///< it has said more than Hello and Bye
    struct Early {
      v1::Lane lane = v1::LANE_CONTROL;
      v1::Wire wire{};
      std::size_t bytes = 0;
    };
    std::deque<Early> early{};  ///< for sync, before this side was ready
    std::size_t early_bytes = 0;
    /// CallBackWants that have no answer yet, and about how many addresses they are.
    std::map<std::uint64_t, std::size_t> awaited{};
  };
  struct Looking;

  // federation_check.cpp
  [[nodiscard]] static runtime::Task<void> look_at_addresses(Looking* looking);
  [[nodiscard]] static runtime::Task<void> look_at(Looking* looking, AddressSeen* seen);
  [[nodiscard]] static runtime::Task<void> ask_call_back(Looking* looking);
  void look_at_books(Looking& looking);
  void call_back_wanted(Talk& talk, const v1::CallBackWant& want);
  void call_back_answered(Talk& talk, const v1::CallBackResult& result);
  [[nodiscard]] static runtime::Task<void> call_back(Federation* federation, std::uint64_t serial,
                                                     std::uint64_t token, AgencyId agency,
                                                     std::vector<runtime::Endpoint> targets);
  void answer_call_back(std::uint64_t serial, const v1::CallBackResult& result);
  /// Whether it is worth a line in the log: not the same again within seconds.
  bool note_refusal(const AgencyId& peer, v1::Reason reason, const Error& error);

  // federation_sessions.cpp
  void opened(peer::Session& session) override;
  void message(peer::Session& session, v1::Lane lane, v1::Wire&& wire, std::size_t bytes) override;
  void room(peer::Session& session, v1::Lane lane) override;
  void closed(peer::Session& session, const Error& why, const std::optional<v1::Bye>& theirs) override;
  void open_pair(Talk& talk);
  void open_peer(Talk& talk);
  void pair_message(Talk& talk, const v1::Wire& wire);
  void peer_message(Talk& talk, v1::Lane lane, v1::Wire&& wire, std::size_t bytes);
  /// The chain of an agency before a message about it.
  struct ChainMark {
    AgencyId author;
    std::uint32_t version = 0;
    Sha256Digest hash;
  };
  [[nodiscard]] ChainMark chain_mark(const v1::Wire& wire) const;
  void chain_changed(const ChainMark& before, std::uint64_t from);
  void ask_for_chains(Talk& talk);
  [[nodiscard]] std::set<AgencyId> authors_known_to(const AgencyId& agency) const;
  void begin_sync(Talk& talk);
  void follow_agreements();
  [[nodiscard]] bool flows(const AgencyId& agency) const;
  void run_in(Talk& talk, Step step);
  void carry_out(std::uint64_t serial, Step step, const Status& stored);
  void end_talk(Talk& talk, const Error& error);
  void part(Talk& talk, const v1::Bye& bye);
  void hear_doubt(const AgencyId& agency, const v1::Bye& bye);
  [[nodiscard]] Talk* talk(std::uint64_t serial);
  [[nodiscard]] Talk* talk_in(const peer::Session& session);
  [[nodiscard]] Talk* talk_with(const AgencyId& agency);

  // federation_dial.cpp
  [[nodiscard]] std::vector<crypto::X25519KeyPair> statics() const override;
  [[nodiscard]] bool invite_open(const InviteId& invite) const override;
  [[nodiscard]] std::optional<crypto::Key32> psk(peer::Purpose purpose, const InviteId& invite,
                                                 const crypto::X25519PublicKey& claimed) const override;
  [[nodiscard]] bool owns(const crypto::X25519PublicKey& proven, const AgencyId& agency) const override;
  [[nodiscard]] std::vector<runtime::Endpoint> endpoints(const AgencyId& agency) const override;
  [[nodiscard]] Result<peer::Call> call(const AgencyId& agency) override;
  [[nodiscard]] std::optional<InstanceId> pinned(const AgencyId& agency) const override;
  void dial_failed(const AgencyId& agency, const runtime::Endpoint& endpoint, const Error& why) override;
  void clone_met(const AgencyId& agency, const InstanceId& refused) override;
  [[nodiscard]] Result<v1::Hello> hello(const peer::Contact& contact);
  [[nodiscard]] Result<peer::Call> call_by(const DialPlan& plan) const;
  [[nodiscard]] const crypto::X25519KeyPair& static_for(const DialPlan& plan) const;
  void dial_pairings();
  void pairing_failed(std::string_view name, const Error& why, const std::string& where);
  [[nodiscard]] static runtime::Task<void> dial_pairing(Federation* federation, std::string name);

  // SyncEvents
  void stored(std::span<const feed::Appended> entries) override;
  void clock(Hlc hlc) override;
  void own_head(const AgencyId& peer, const v1::FeedHead& head) override;
  void own_ahead(const AgencyId& peer, const v1::FeedHead& head) override;
  void own_forked(const FeedId& feed, const v1::ForkProof& proof) override;
  void forked(const FeedId& feed) override;
  void frozen(const FeedId& feed, const Error& error) override;
  void not_taken(const AgencyId& peer, const FeedId& feed, const Error& error) override;
  void refused(const AgencyId& peer, const v1::Refusal& refusal) override;
  void went_back(const AgencyId& peer, const FeedId& feed, Seq had, Seq has) override;
  void keys_wanted(const AgencyId& peer, const AgencyId& author, std::uint32_t keydoc) override;
  void history_cut(const FeedId& feed) override;
  void receipt(const ReceiptDue& due) override;
  void violation(const AgencyId& peer, const Error& error) override;

  [[nodiscard]] SyncSetup sync_setup();
  [[nodiscard]] DailyLimits limits_of(const AgencyId& agency) const;
  void offload(std::function<void()> job, std::function<void()> then);
  [[nodiscard]] static runtime::Task<void> offloaded(Federation* federation, std::function<void()> job,
                                                     std::function<void()> then);
  [[nodiscard]] static runtime::Task<void> tick(Federation* federation);
  void each_minute();
  void take_up_grants();
  void announce();
  void refresh_links();
  void poll_pairings();
  void end_overdue();
  void changed();

  FederationSetup setup_;
  Trust& trust_;
  StepQueue steps_;
  Sync sync_;
  Links links_;
  peer::Local local_;
  std::unique_ptr<peer::Door> front_door_;
  std::map<std::uint64_t, std::unique_ptr<Talk>> talks_;  ///< by serial: in the order of their beginning
  std::unordered_map<const peer::Session*, std::uint64_t> serials_;  ///< to find them by, in no order
  std::uint64_t next_serial_ = 1;
  std::set<AgencyId> other_static_;   ///< agencies to be dialled with the other one of our transport keys
  std::set<AgencyId> wanted_chains_;  ///< of agencies that are no peers: asked for by sync
  std::map<std::string, std::pair<unsigned, runtime::Mono>> pair_dials_;  ///< failures, next try
  std::set<std::string> dialling_;
  CallBackGate call_backs_;
  std::map<std::uint64_t, std::optional<v1::CallBackResult>*> answers_;  ///< that a check waits for, by token
  runtime::Condition answered_;
  std::map<AgencyId, Trouble> refusals_;        ///< the last one of each peer about something of ours
  std::map<AgencyId, WallTime> refused_until_;  ///< when it is of use to offer that again
  bool dirty_ = false;
  bool closing_ = false;
  runtime::Nursery nursery_;
};

}  // namespace comity::federation
