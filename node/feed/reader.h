// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>

#include "comity/v1/content.pb.h"

#include "node/feed/recent.h"
#include "node/feed/ref.h"
#include "storage/view.h"

namespace comity::feed {

/// Reads feeds as they were at one moment. Every row is checked before it is believed: a byte that flipped on
/// disk yields kFeedDamaged, naming table and key, and is never served. Who may see what is admit()'s matter
/// and not this one's. One thread at a time; view, key and recent entries outlive it.
class FeedReader {
 public:
  /// Without `recent` every entry is read from the view.
  FeedReader(const storage::View& view, const crypto::Key32& storage_key, Recent* recent = nullptr)
      : view_(view), storage_key_(storage_key), recent_(recent) {}

  /// Error kEntryUnknown.
  [[nodiscard]] Result<StoredHeader> header(const FeedId& feed, Seq seq) const;
  [[nodiscard]] Result<StoredHeader> find(const EntryId& entry) const;
  [[nodiscard]] Result<StoredHeader> find(const EntryRef& ref) const;
  /// At most `limit` headers from `from` on, each following the one before it.
  [[nodiscard]] Result<std::vector<StoredHeader>> headers(const FeedId& feed, Seq from,
                                                          std::size_t limit) const;

  /// Why the body is not shown; kNone when it is.
  [[nodiscard]] Result<WithheldRow> withheld(const FeedId& feed, Seq seq) const;

  /// The stored body, checked against the header's hash. Error kFeedWithheld.
  [[nodiscard]] Result<Bytes> body(const Header& header) const;
  /// The same for a body in quarantine: for the operator who decides about it, and nobody else.
  [[nodiscard]] Result<Bytes> quarantined_body(const Header& header) const;

  /// The body of a FEED_OPEN or AUDIENCE, which others need to follow the feed, from quarantine too. Error
  /// kFeedWithheld.
  [[nodiscard]] Result<Bytes> chain_body(const Header& header) const;

  /// Opens a body of kind CONTENT. Errors: those of body(), get_feed_key(), crypto::open_body(), unpack() and
  /// proto::decode.
  [[nodiscard]] Result<v1::Content> content(const Header& header) const;
  /// The same for those who only look at it: who comes first opens it for the others.
  [[nodiscard]] Result<std::shared_ptr<const v1::Content>> shared_content(const Header& header) const;
  /// Opens a sealed field of a body in the clear: its content, unpacked.
  [[nodiscard]] Result<Bytes> open_sealed(const Header& header, ByteView sealed) const;

  /// The exact bytes of the ReleaseRecord that a header of ours names. Errors: kEntryUnknown, kFeedDamaged.
  [[nodiscard]] Result<Bytes> release(const Sha256Digest& id) const;

  /// The AUDIENCE in force at the end of the feed; an empty one before the first.
  [[nodiscard]] Result<v1::Audience> audience(const FeedState& feed) const;

  /// The proof that the author wrote the entry: its header and those after it up to the signature.
  [[nodiscard]] Result<v1::RunEvidence> evidence(const FeedId& feed, Seq seq) const;

  /// Entries from `from` on as they travel: whole runs, as many as fit `most_entries` and `most_bytes` and at
  /// least one. Bodies that are withheld, or expired at `now`, are left out with the reason; not those that
  /// the chain itself needs (chain_body()). Empty at the end.
  [[nodiscard]] Result<std::vector<v1::Entry>> wire(const FeedId& feed, Seq from, std::size_t most_entries,
                                                    std::size_t most_bytes, WallTime now) const;

 private:
  [[nodiscard]] Result<Bytes> checked_body(const Header& header) const;
  [[nodiscard]] std::shared_ptr<const RecentEntry> recent(const FeedId& feed, Seq seq) const;
  [[nodiscard]] Result<const crypto::FeedKey*> feed_key(const FeedId& feed, KeyEpoch epoch) const;
  /// wire() when all of it is in memory; nothing when some of it is not.
  [[nodiscard]] Result<std::optional<std::vector<v1::Entry>>> recent_wire(const FeedId& feed, Seq from,
                                                                          std::size_t most_entries,
                                                                          std::size_t most_bytes,
                                                                          WallTime now) const;
  [[nodiscard]] Result<std::map<Seq, Withholding>> withheld_between(const FeedId& feed, Seq from,
                                                                    Seq end) const;
  /// Puts the checked bodies into those of `entries` that are not withheld; both have consecutive places.
  [[nodiscard]] Status add_bodies(std::span<const StoredHeader> stored, std::span<v1::Entry> entries) const;
  template <class Table, class Visit>
  [[nodiscard]] Status each_row(const Table& table, const FeedId& feed, Seq from, Seq end, Visit visit) const;

  const storage::View& view_;
  const crypto::Key32& storage_key_;
  Recent* recent_;
  // A page of entries is sealed under one key, as a rule.
  mutable FeedId key_feed_;
  mutable KeyEpoch key_epoch_{};
  mutable crypto::FeedKey key_;
};

}  // namespace comity::feed
