// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/hkdf.h"
#include "crypto/random.h"
#include "node/community/types.h"
#include "storage/batch.h"
#include "storage/view.h"

namespace comity::community {

/// Most drafts that one person keeps; the oldest make room.
inline constexpr std::size_t kMostDrafts = 50;
/// Bytes of one draft: a whole text, its title and what else stands in a form.
inline constexpr std::size_t kMostDraftBytes = 280U * 1024;
/// Bytes of what names a draft within those of a person.
inline constexpr std::size_t kMostDraftKeyBytes = 200;

/// What somebody began to write and has not sent. It stays at this node, sealed under the storage key.
struct Draft {
  std::string key{};   ///< where it belongs, as in "reply:ID"
  std::string text{};  ///< as the program that wrote it laid it out
  WallTime written{};

  friend bool operator==(const Draft&, const Draft&) = default;
};

/// Rows by which somebody keeps a draft in place of the one of that key. Errors: kTextTooLong, kTextRule for
/// a key that is none, kFeedDamaged and those of the store.
[[nodiscard]] Result<storage::Batch> keep_draft(const storage::View& view, const crypto::Key32& storage_key,
                                                crypto::Random& random, const UserId& user,
                                                const Draft& draft);
/// Nothing is the matter when there is none.
[[nodiscard]] storage::Batch drop_draft(const UserId& user, std::string_view key);

/// All drafts of a person, the newest first; at most kMostDrafts. Errors: kFeedDamaged and those of the
/// store.
[[nodiscard]] Result<std::vector<Draft>> drafts_of(const storage::View& view,
                                                   const crypto::Key32& storage_key, const UserId& user);

}  // namespace comity::community
