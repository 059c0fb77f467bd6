// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "tools/benchmark/store_node.h"
#include "tools/benchmark/store_report.h"
#include "tools/benchmark/store_text.h"

namespace comity::benchmark {

/// A post ready for its feed.
struct Packed {
  proto::Bytes bytes;
  std::size_t text_bytes = 0;
};

/// Posts of agency A in one shared space, and what B does with them.
class Flow {
 public:
  Flow(StoreNode& author, StoreNode& reader, std::uint64_t seed);

  /// Texts packed as posts; not part of what is measured as appending, since packing runs on the pool.
  [[nodiscard]] std::vector<Packed> pack_posts(std::size_t count);

  /// Appends the posts with a release decision each, at most `window` of them on their way, and waits until
  /// all are on disk.
  [[nodiscard]] Cost append(std::vector<Packed> posts, std::size_t window);
  /// One post alone: the time, in µs, until it is on disk.
  [[nodiscard]] double append_alone_us(Packed post);

  /// Reads what the author's feed has beyond `from`, as a session would; what was read is kept in `out`.
  [[nodiscard]] Cost read_wire(proto::Seq from, std::vector<v1::Entry>& out);
  /// The other node takes the entries: prepare() and commit() on its owner thread, check_batch() on a thread
  /// of the pool, several batches on their way to the disk.
  [[nodiscard]] Cost ingest(const std::vector<v1::Entry>& entries);
  /// check_batch() alone, on this thread.
  [[nodiscard]] Cost check_only(const std::vector<v1::Entry>& entries);

  /// Finds, reads, opens and unpacks entries at random places, `from` <= seq < `upto`.
  [[nodiscard]] Cost read_random(std::size_t count, std::size_t from, std::size_t upto);

  [[nodiscard]] const proto::FeedId& feed() const { return feed_; }
  [[nodiscard]] const proto::SpaceId& space() const { return space_; }
  /// What the author's feed holds.
  [[nodiscard]] feed::FeedState state(StoreNode& node) const;
  [[nodiscard]] const feed::Signers& signers() const { return signers_; }
  [[nodiscard]] std::uint64_t packed_bytes() const { return packed_bytes_; }

 private:
  void add_one(Packed post);
  [[nodiscard]] feed::IngestContext context() const;

  StoreNode& author_;
  StoreNode& reader_;
  Prose prose_;
  crypto::SystemRandom random_;
  proto::SpaceId space_;
  proto::FeedId feed_;
  policy::SpaceRules rules_;
  std::vector<policy::PeerStanding> peers_;
  feed::ChainSigners signers_;
  PoolThread pool_;
  std::size_t answered_ = 0;
  std::size_t asked_ = 0;
  std::uint64_t packed_bytes_ = 0;
};

}  // namespace comity::benchmark
