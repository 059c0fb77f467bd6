// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "node/feed/check_projections.h"
#include "node/home/open.h"
#include "storage/store.h"

/// Work on the whole store of a stopped node: finding damage, and building anew what derives from entries.
namespace comity::home {

/// One thing that is wrong.
struct Fault {
  std::string table;    ///< or the name of a file
  proto::Bytes key;     ///< of the row, or the last sound one before the damage (empty: none)
  proto::Bytes before;  ///< the first sound row after it; empty when the damaged row itself is `key`
  std::optional<proto::EntryId> entry;  ///< the entry that the row belongs to
  proto::Error error;
};

/// Where the search stands.
enum class Search { kRows, kFeeds, kProjections };

struct SearchOptions {
  std::function<void(const Fault&)> found;                          ///< may be empty
  std::function<void(Search search, std::uint64_t done)> progress;  ///< may be empty
  std::size_t most = 1000;                                          ///< faults that are told of
};

struct Searched {
  storage::Verified store;
  std::uint64_t feeds = 0;
  std::uint64_t entries = 0;           ///< whose place in a chain is proven
  std::uint64_t feeds_unsigned = 0;    ///< feeds whose signatures were not checked: no key document is held
  std::uint64_t entries_unsigned = 0;  ///< entries of them
  std::uint64_t projected = 0;         ///< rows of projections that are what their entries make
  std::vector<std::string> unbuilt;    ///< projections that wait for reindex_store()
  std::uint64_t faults = 0;            ///< 0: sound
};

/// The key chain of an agency, or nullptr when none is held.
using Chains = std::function<const crypto::KeyChain*(const proto::AgencyId&)>;

/// The chains that a stopped node holds: its own, and those of other agencies in its store. Errors:
/// kFeedDamaged and those of the store.
[[nodiscard]] proto::Result<Chains> held_chains(storage::Store& store, const Identity& identity);

/// Looks at every byte, every row against what it derives from (in both directions), and every feed's chain,
/// runs and signatures. A directory beside the store is written meanwhile and removed again. Blocks for long.
/// An error means that the search itself could not be done: those of the store and of files.h.
[[nodiscard]] proto::Result<Searched> search_store(storage::Store& store, const Paths& paths,
                                                   const config::Settings& settings, const Identity& identity,
                                                   const SearchOptions& options);

/// Whether a projection is of another version than this program, or was never finished.
[[nodiscard]] proto::Result<bool> needs_reindex(storage::Store& store, const Identity& identity);

/// Drops every projection and builds it anew; interrupted, it is simply run again. The count of entries.
/// Errors: those of feed::reindex().
[[nodiscard]] proto::Result<std::uint64_t> reindex_store(storage::Store& store, const Identity& identity,
                                                         const feed::ReindexProgress& progress);

/// Removes the full-text index, so that the node builds it anew once it runs. Error kStoreFailed.
[[nodiscard]] proto::Status drop_search(const Paths& paths);

}  // namespace comity::home
