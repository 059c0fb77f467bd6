// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "storage/schema.h"

namespace comity::storage {

/// One piece of a migration: what to change, and where the next piece begins (nothing: this was the last).
struct MigrationStep {
  Batch batch;                  ///< may be empty; without guards; leaves room for three operations
  std::optional<Bytes> cursor;  ///< at most half the bound of a key
};

/// A numbered change of the layout. Steps are pure: from a snapshot and the cursor they compute a batch,
/// which is committed together with the next cursor. Hence a process that dies at any point goes on where it
/// was.
struct Migration {
  std::uint32_t schema = 0;  ///< the number it leads to; it starts from one less
  std::string_view name;
  std::string_view why;
  std::function<proto::Result<MigrationStep>(const View& view, ByteView cursor)>
      step;  ///< first cursor: empty
};

struct MigrationProgress {
  const Migration& migration;
  std::uint64_t steps = 0;  ///< done by this process
  bool finished = false;
};

struct MigrateOptions {
  std::string_view written_by;  ///< version of this program
  /// Where to put a checkpoint before the first step of a migration; not repeated when it exists. Empty:
  /// none.
  std::string checkpoint;
  std::function<void(const MigrationProgress&)> progress;  ///< after each step; may be empty
};

/// Brings the store to the last schema of `migrations`, which are in order and without a gap. Does nothing
/// when it is there. Errors: kStoreNewerSchema; kStoreOlderSchema when the list does not reach back far
/// enough; those of the steps and of the store, after which a later call goes on. Throws std::logic_error for
/// a list with a gap.
[[nodiscard]] proto::Status migrate(Store& store, std::span<const Migration> migrations,
                                    const MigrateOptions& options);

}  // namespace comity::storage
