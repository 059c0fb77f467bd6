// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <set>

#include "node/federation/sync/sync.h"
#include "node/federation/sync/tables.h"
#include "test/unit/feed/peer.h"

namespace comity::federation::test {

using comity::test::SeededRandom;
using feed::test::kNoon;

class World;

/// What one site was told.
class Told final : public SyncEvents {
 public:
  void stored(std::span<const feed::Appended> entries) override {
    for (const feed::Appended& entry : entries)
      CHECK_MESSAGE(stored_ids.insert(entry.id).second, "an entry was told twice");
  }
  void clock(Hlc hlc) override { newest = std::max(newest, hlc); }
  void own_head(const AgencyId& peer, const v1::FeedHead& head) override { own_heads[peer] = head; }
  void own_ahead(const AgencyId&, const v1::FeedHead& head) override { ahead.push_back(head); }
  void own_forked(const FeedId& feed, const v1::ForkProof&) override { own_forks.push_back(feed); }
  void forked(const FeedId& feed) override { forks.push_back(feed); }
  void frozen(const FeedId&, const Error& error) override { freezes.push_back(error.code); }
  void not_taken(const AgencyId&, const FeedId&, const Error& error) override {
    refusals.push_back(error.code);
  }
  void refused(const AgencyId&, const v1::Refusal& refusal) override {
    their_refusals.push_back(refusal.reason());
  }
  void went_back(const AgencyId&, const FeedId&, Seq, Seq) override { ++back; }
  void keys_wanted(const AgencyId&, const AgencyId& author, std::uint32_t) override {
    keys.push_back(author);
  }
  void history_cut(const FeedId&) override { ++cuts; }
  void receipt(const ReceiptDue& due) override { receipts.push_back(due); }
  void violation(const AgencyId&, const Error& error) override { violations.push_back(error); }

  std::set<EntryId> stored_ids{};
  Hlc newest{};
  std::map<AgencyId, v1::FeedHead> own_heads{};
  std::vector<v1::FeedHead> ahead{};
  std::vector<FeedId> own_forks{};
  std::vector<FeedId> forks{};
  std::vector<Code> freezes{};
  std::vector<Code> refusals{};
  std::vector<v1::Reason> their_refusals{};
  std::vector<AgencyId> keys{};
  std::vector<ReceiptDue> receipts{};
  std::vector<Error> violations{};
  int back = 0;
  int cuts = 0;
};

/// One agency's node: store, writer, ingester, sync. Work for its owner thread waits in peer.node.work.
class Site {
 public:
  explicit Site(World& in);

  [[nodiscard]] const AgencyId& id() const { return peer.node.self; }

  /// What is in memory is gone, with what was not synced; sessions are cut before.
  void kill(const std::function<void(storage::MemoryDisk&)>& meddle = {});

  FeedId open(const SpaceId& space) { return peer.node.open(space, false); }
  struct Reader {
    AgencyId agency;
    std::uint64_t from = 1;
  };
  void audience(const FeedId& feed, std::vector<Reader> members, const std::vector<AgencyId>& relays = {});
  void post(const FeedId& feed, const SpaceId& space, int count = 1);
  /// Tells sync of what the writer has stored.
  void tell();

  [[nodiscard]] Seq head(const FeedId& feed) const;
  [[nodiscard]] EntryId head_id(const FeedId& feed) const;
  [[nodiscard]] std::vector<feed::StoredHeader> stored(const FeedId& feed) const;

  World& world;
  std::shared_ptr<storage::MemoryDisk> disk;
  feed::test::Peer peer;
  Receipts receipts_table;
  Told told;
  std::map<FeedId, std::vector<AgencyId>> readers{};
  std::set<SpaceId> closed_spaces{};
  v1::Tlp ceiling = v1::TLP_AMBER;              ///< of every space, for what others bring
  DailyLimits limits{};                         ///< of everybody
  std::map<AgencyId, DailyLimits> limits_of{};  ///< but for these
  std::size_t limit_questions = 0;              ///< how often sync asked for them
  std::unique_ptr<Sync> sync;
  std::size_t told_answers = 0;

 private:
  void start();
};

/// One direction of a session in memory.
class Pipe final : public Outlet {
 public:
  Pipe(World& in, Site& sender, Site& receiver) : world(in), from(sender), to(receiver) {}

  Status send(v1::Lane lane, const v1::Wire& message) override;
  std::size_t backlog(v1::Lane lane) const override { return queued[lane]; }
  LaneRoom credit(v1::Lane lane) const override { return room.at(lane); }
  void grant(v1::Lane lane, std::uint32_t entries, std::uint64_t bytes) override;
  void bye(const v1::Bye& why) override;

  struct Message {
    v1::Lane lane;
    Bytes bytes;
  };
  World& world;
  Site& from;
  Site& to;
  Pipe* other = nullptr;
  std::map<v1::Lane, std::deque<Bytes>> waiting{};
  mutable std::map<v1::Lane, std::size_t> queued{};
  std::map<v1::Lane, LaneRoom> room{{v1::LANE_LIVE, {64, 1U << 20U}}, {v1::LANE_BACKFILL, {64, 1U << 20U}}};
  bool room_due = false;
  bool ended = false;
};

/// Several sites, and sessions between them whose messages arrive one at a time in an order that a seed
/// chooses.
class World {
 public:
  explicit World(std::uint64_t seed = 1) : random(seed) {}

  Site& add();
  void connect(Site& a, Site& b);
  void disconnect(Site& a, Site& b);
  void disconnect_all(Site& a);
  /// One message, one piece of work or one notice of room. False: nothing is left to do.
  bool step();
  void run();
  /// Time passes; every site ticks.
  void pass(std::chrono::milliseconds span);
  /// Everybody grants everybody, and knows everybody's signing key.
  void introduce();

  SeededRandom random;
  WallTime now = kNoon;
  std::vector<std::unique_ptr<Site>> sites{};
  std::vector<std::pair<std::unique_ptr<Pipe>, std::unique_ptr<Pipe>>> sessions{};
  std::vector<v1::Bye> byes{};
  unsigned loss = 0;  ///< percent
  /// All that was sent to an agency.
  std::map<AgencyId, Bytes> tap{};
  bool tapping = false;
  std::map<v1::Wire::MCase, int> sent{};
};

/// All sites hold the same head, and as many entries.
void check_equal(const FeedId& feed, std::initializer_list<const Site*> sites);

}  // namespace comity::federation::test
