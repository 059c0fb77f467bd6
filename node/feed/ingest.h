// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>

#include "crypto/grant.h"
#include "node/feed/check_batch.h"
#include "node/feed/draft.h"
#include "node/feed/reader.h"
#include "node/feed/recent.h"
#include "storage/store.h"

namespace comity::feed {

/// Opens what other agencies wrapped for us. Owner thread.
class GrantOpener {
 public:
  GrantOpener() = default;
  GrantOpener(const GrantOpener&) = delete;
  GrantOpener& operator=(const GrantOpener&) = delete;
  virtual ~GrantOpener() = default;
  /// Error kNoGrant, and kFeedNoGrant when our half of the key is gone.
  [[nodiscard]] virtual Result<crypto::FeedKey> open(const crypto::GrantContext& context,
                                                     const v1::Wrap& wrap) = 0;
};

struct IngesterSetup {
  storage::Store& store;
  crypto::Random& random;
  AgencyId self;
  const crypto::Key32& storage_key;
  GrantOpener& grants;
  Projections projections{};
  /// As for FeedWriter.
  std::function<void(std::function<void()>)> to_owner{};
  std::shared_ptr<Recent> recent{};
};

/// What became of a batch.
struct Ingested {
  std::vector<Appended> stored{};  ///< for the first time; side effects hang on these
  std::size_t duplicates = 0;      ///< held already, passed over in silence
  std::optional<Refusal> refusal{};
  Hlc hlc{};                        ///< the newest value that may be merged into our clock; 0: none
  std::optional<Seq> over_label{};  ///< the first whose body lies in quarantine for its label
};
using OnIngested = std::function<void(Result<Ingested>)>;

/// A batch on its way: what the owner hands to the pool.
struct Prepared {
  FeedState state;
  std::optional<v1::Audience> audience{};
  std::size_t skip = 0;  ///< entries at the front that are held already
  std::optional<Refusal> refusal{};
  std::optional<v1::ForkProof> fork{};
};

/// Takes other agencies' entries into the store, and our own ones back that were lost with a newer store: of
/// feeds that are retired alone, so that it and FeedWriter never write one feed. Three steps, so that the
/// middle one can run on a pool: prepare() and commit() on the owner thread, check_batch() anywhere; ingest()
/// does all three. Batches of one feed are prepared in order, each after the one before has been handed to
/// commit(). Owner thread.
class Ingester {
 public:
  explicit Ingester(IngesterSetup setup);
  Ingester(const Ingester&) = delete;
  Ingester& operator=(const Ingester&) = delete;
  /// Callbacks of what is still under way are not called.
  ~Ingester();

  /// Makes a feed known, by what its id is the hash of; entries are taken of known feeds only. One of ours
  /// that is not known is retired from then on. Idempotent. Errors: kFeedNotOwn when it is a feed that we
  /// write; those of the store.
  Result<FeedId> learn(const AgencyId& agency, const SpaceId& space, const Incarnation& incarnation);

  /// Passes over what is held, and compares it: another entry at a place that is taken is a fork. Errors:
  /// kFeedUnknown, kFeedNotOwn, kFeedDamaged and those of the store.
  [[nodiscard]] Result<Prepared> prepare(const FeedId& feed, std::span<const WireEntry> entries,
                                         const Signers& signers);

  /// Stores what check_batch() let through in one atomic batch; `done` is called after fsync. With nothing to
  /// store it is called at once.
  void commit(const Prepared& prepared, const Checked& checked, std::span<const WireEntry> entries,
              WallTime now, OnIngested done);

  void ingest(const FeedId& feed, std::span<const WireEntry> entries, const IngestContext& context,
              OnIngested done);

  /// Freezes a feed that is held, by a proof that came from outside and that verify_fork() has let through,
  /// and keeps the proof. Errors through `done`: kFeedUnknown, kFeedNotOwn and those of the store.
  void freeze(const FeedId& feed, const v1::ForkProof& proof, OnIngested done);

  /// Bodies by this key are in quarantine from now on, those too that were checked before its end was known
  /// and are still on their way.
  void distrust(const KeyId& key) { distrusted_.insert(key); }

  /// An operator's decision: the body in quarantine counts from now on, with all that its kind brings about.
  /// Joins `batch`, which the caller commits, with the audit event for example; it fails when somebody else
  /// decided meanwhile. Errors: kEntryUnknown, kFeedWithheld when it is not in quarantine, kFeedDamaged.
  [[nodiscard]] Status release(const EntryId& entry, storage::Batch& batch);

 private:
  struct Known {
    FeedState state{};
    Bytes row{};  ///< as the last batch left it; empty: none yet
    std::size_t in_flight = 0;
    std::set<KeyEpoch> granted{};  ///< whose keys are on their way to the disk
  };
  Result<Known*> load(const FeedId& feed);
  Result<std::optional<v1::Audience>> audience_of(const FeedReader& reader, const FeedState& state);
  /// The first key of an epoch stays: with a second one its author could take back what was read.
  void add_grant(storage::Batch& batch, Known& known, const Header& header, ByteView body);
  void stored(const FeedId& feed);
  void submit(Known& known, FeedState after, storage::Batch batch, Ingested outcome, OnIngested done);

  IngesterSetup setup_;
  std::map<FeedId, Known> feeds_;
  std::set<KeyId> distrusted_;
  std::optional<std::pair<EntryId, v1::Audience>> audience_;  ///< the one asked for last
  std::shared_ptr<Ingester*> self_;
};

}  // namespace comity::feed
