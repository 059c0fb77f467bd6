// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <deque>
#include <vector>

#include "crypto/grant.h"
#include "node/feed/draft.h"
#include "node/feed/recent.h"

namespace comity::feed {

/// The node's own signing key, as its newest KeyDoc names it.
struct SigningKey {
  const crypto::Ed25519KeyPair* pair = nullptr;  ///< not owned
  KeyId id;
  std::uint32_t keydoc = 0;
};

/// Wraps feed keys for other agencies. What it cannot wrap (no encryption key of theirs is held) it notes for
/// FeedWriter::grant() later.
class GrantMaker {
 public:
  GrantMaker() = default;
  GrantMaker(const GrantMaker&) = delete;
  GrantMaker& operator=(const GrantMaker&) = delete;
  virtual ~GrantMaker() = default;
  /// Error kFeedNoGrant.
  [[nodiscard]] virtual Result<v1::Wrap> wrap(const crypto::FeedKey& key,
                                              const crypto::GrantContext& context) = 0;
};

/// Who gets a key: the audience, and the author itself: members give lost entries back after a restore, and
/// their key lies in the grant. Both ascending.
[[nodiscard]] std::vector<AgencyId> with_author(std::vector<AgencyId> audience, const AgencyId& author);

/// A feed that we write, in memory.
struct OwnFeed {
  FeedState state{};
  crypto::FeedKey key{};             ///< of state.epoch
  std::vector<AgencyId> audience{};  ///< of the AUDIENCE entry in force, ascending
  Sha256Digest release{};            ///< whose record was put last; all zero: none yet

  [[nodiscard]] OwnFeed clone() const { return {state, {key.bytes.clone()}, audience, release}; }
};

/// Everything that turning drafts into rows needs.
struct BuildContext {
  const SigningKey& signing;
  const crypto::Key32& storage_key;
  GrantMaker& grants;
  crypto::Random& random;
  Projections projections;
  Hlc floor{};  ///< every clock value is greater
};

/// One batch of appended entries.
struct BuiltBatch {
  struct Answer {
    OnAppended done;
    Result<Appended> result;
  };
  storage::Batch rows{};
  /// Of the drafts that were taken, refused ones among them, and of the KEY_GRANT that opens an epoch.
  std::vector<Answer> answers{};
  std::size_t entries = 0;        ///< 0: nothing to commit
  std::size_t taken = 0;          ///< Draft::bytes() of what was taken from the queue
  /// The entries themselves, each with what it opens to when its draft held that.
  std::vector<std::pair<std::shared_ptr<const RecentEntry>, std::shared_ptr<const v1::Content>>> recent{};
  Bytes feed_row{};  ///< what `rows` put for the feed
};

/// Takes drafts from the front of `queue` until one batch is full, gives each its place in the chain of
/// `feed`, seals, signs one run after the other (at most 64 entries and 256 KiB each) and adds all rows, the
/// feed's own one included. A draft that does not fit the feed is answered with its error: kFeedDecision,
/// kFeedClosed, kBodyTooLarge, kWrongSize. Opens a new key epoch, with its KEY_GRANT entry in a feed that
/// others read, when the audience has changed or the epoch is used up.
[[nodiscard]] BuiltBatch build_batch(OwnFeed& feed, std::deque<Draft>& queue, const BuildContext& context,
                                     WallTime now);

}  // namespace comity::feed
