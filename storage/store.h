// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/tables.h"
#include "storage/view.h"

namespace comity::storage {

/// When a commit counts as done.
enum class Durability : std::uint8_t {
  kSynced,    ///< after fsync: survives kill -9 and power loss
  kBuffered,  ///< survives the end of the process, not of the machine: for rows that can be rebuilt
};

/// What submit() does when kStoreQueueBytes already wait.
enum class WhenFull : std::uint8_t { kRefuse, kWait };

using Completion = std::function<void(proto::Result<Version>)>;

/// One key that a batch touched. The value is read from a snapshot: the stream never holds one, so that
/// disposed bytes cannot live on in it.
struct ChangedKey {
  OpKind kind = OpKind::kPut;
  Bytes key;
  Bytes end;  ///< of a kEraseRange; else empty

  friend bool operator==(const ChangedKey&, const ChangedKey&) = default;
};

struct Change {
  Version version{};
  BatchId id;
  std::vector<ChangedKey> keys;  ///< in the order of the batch, of the tables that are streamed

  friend bool operator==(const Change&, const Change&) = default;
};

/// Which batches of the change stream are shown.
enum class Shown : std::uint8_t {
  kDurable,    ///< those that survive power loss
  kCommitted,  ///< all that a snapshot shows: the last ones may be taken back, their versions given to others
};

struct ChangePage {
  std::vector<Change> batches;  ///< those that touched a streamed table
  Version upto{};     ///< the cursor for the next call: later than the last batch when others follow
  bool more = false;  ///< whether batches to be shown after `upto` wait already
  Version durable{};  ///< the last one that survives power loss, as it was when the page was made
};

enum class Depth : std::uint8_t {
  kChecksums,  ///< every byte of every file against its checksum
  kRows,       ///< the same, then every row is read, its key decoded and shown to the caller
};

/// Something that verify() found. A damaged block hides the keys inside it, hence the range.
struct Damage {
  std::string table;  ///< name, or a file's name when no table can be told
  Bytes key;          ///< the damaged row, or the last sound one before the damage (empty: none)
  Bytes before;       ///< the first sound row after the damage; empty when the damaged row itself is `key`
  proto::Error error;
};

struct Verifying {
  /// Judges one row above the level of bytes; its error becomes a Damage. May be empty.
  std::function<proto::Status(const TableInfo& table, ByteView key, ByteView value)> check;
  /// Told of each Damage, at most `most` of them. May be empty.
  std::function<void(const Damage&)> found;
  /// Told of the rows read so far, every few thousand. May be empty.
  std::function<void(std::uint64_t rows)> progress;
  std::size_t most = 1000;
};

struct Verified {
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;    ///< of keys and values
  std::uint64_t files = 0;    ///< whose bytes were checked
  std::uint64_t damages = 0;  ///< 0: sound
};

struct Stats {
  Version version{};                      ///< last committed
  Version durable{};                      ///< last one that survives power loss
  Version first_change{};                 ///< first one that the change stream still has; 0 when none
  std::optional<proto::Error> read_only;  ///< why no write is taken, else nothing
  std::uint64_t rows = 0;                 ///< estimate
  std::uint64_t disk_bytes = 0;           ///< files of the store
  std::uint64_t memory_bytes = 0;         ///< caches and write buffers
  std::uint64_t free_bytes = 0;           ///< of the file system; 0 when unknown
  std::uint64_t batches = 0;              ///< committed since opening
  std::uint64_t groups = 0;               ///< writes that carried them: batches / groups shared one fsync
  std::uint64_t refused = 0;              ///< guard failures and full disks since opening
  std::uint64_t waiting_bytes = 0;        ///< in the queue of the committer
  std::uint64_t views = 0;                ///< open now
  bool clean_start = true;                ///< the last process closed the store in order
};

/// What an adapter can do beyond the common promise.
struct Caps {
  std::string name;       ///< "rocksdb", "memory", "faulty(rocksdb)"
  bool survives = false;  ///< the process; false: the rows live in memory
  bool checkpoints = false;
};

/// Ordered bytes in declared tables, snapshot reads, one atomic guarded batch at a time
/// (research/operators.md section 4.3). Bounds: proto/bounds.h. Any thread may call any function; completions
/// run on the committer's thread or inside submit(), must be short, and must not call commit(), close() or
/// destroy the store.
class Store {
 public:
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  virtual ~Store() = default;  ///< closes

  /// The last committed state. Errors: kStoreClosing, kStoreFailed.
  [[nodiscard]] virtual proto::Result<std::unique_ptr<View>> snapshot() = 0;

  /// Queues a batch; batches take effect in the order of submission, and `done` is called exactly once, in
  /// that order for those that were queued. Many waiting batches share one write and one fsync; guards see
  /// the batches before them. Refusals that need no queue (kStoreBounds, kStoreUnknownTable, kStoreClosing,
  /// kStoreQueueFull) arrive on the calling thread before submit() returns.
  /// Other errors: kStoreGuardFailed, kStoreNoSpace, kStoreReadOnly (nothing happened); kStoreUnknownResult
  /// (it may have happened: try the same id again once the store has been opened anew). An id among the last
  /// kStoreRecentIds committed ones is not applied again: the answer is its version.
  virtual void submit(Batch batch, Durability durability, Completion done,
                      WhenFull when_full = WhenFull::kRefuse) = 0;

  /// The same, and waits for the answer, for room in the queue too.
  [[nodiscard]] proto::Result<Version> commit(Batch batch, Durability durability = Durability::kSynced);

  /// Everything committed before is durable afterwards.
  [[nodiscard]] virtual proto::Status sync() = 0;

  /// Batches after `after`, oldest first, at most `limit` of them and about kStorePageBytes.
  /// Errors: kStoreChangesTruncated when some of them are trimmed already (Stats::first_change says from
  /// where on they are kept), kStoreBounds for limit 0, kStoreClosing, kStoreCorrupt, kStoreFailed.
  [[nodiscard]] virtual proto::Result<ChangePage> changes(Version after, std::size_t limit,
                                                          Shown shown = Shown::kDurable) = 0;

  /// Forgets batches up to and including `upto` besides those that the adapter's own policy forgets.
  [[nodiscard]] virtual proto::Status trim_changes(Version upto) = 0;

  /// An openable copy of the last durable state in the new directory `path`. Errors: kStoreExists,
  /// kStoreFailed, kStoreNoSpace, kStoreClosing.
  [[nodiscard]] virtual proto::Status checkpoint(const std::string& path) = 0;

  /// Looks for damage while reads and writes go on. An error means that the search itself could not be done.
  [[nodiscard]] virtual proto::Result<Verified> verify(Depth depth, const Verifying& verifying) = 0;

  /// Rewrites `range` so that erased and replaced values are in no file any more, log included. Errors:
  /// kStoreViewsOpen when a snapshot still needs them (the work is done as far as it could be), kStoreBounds,
  /// kStoreClosing, kStoreNoSpace, kStoreFailed.
  [[nodiscard]] virtual proto::Status compact(const Range& range) = 0;

  /// Also looks whether a full disk has room again, and takes writes again if so: call it now and then.
  [[nodiscard]] virtual Stats stats() = 0;
  [[nodiscard]] virtual Caps caps() const = 0;
  [[nodiscard]] virtual const Tables& tables() const = 0;

  /// Refuses new work, commits what waits, syncs, and lets go of the files; those that open views need stay
  /// open with the last view. Idempotent. Errors: what the last sync said.
  virtual proto::Status close() = 0;
};

}  // namespace comity::storage
