// SPDX-License-Identifier: EUPL-1.2
#include "node/home/verify.h"

#include <memory>
#include <set>

#include "node/federation/keys/chains.h"
#include "node/feed/chain_signers.h"
#include "node/feed/check_rows.h"
#include "node/feed/feed_state.h"
#include "node/feed/fork_proofs.h"
#include "node/feed/tables.h"
#include "node/home/files.h"
#include "node/home/projections.h"
#include "node/home/store.h"
#include "node/home/tables.h"

namespace comity::home {
namespace {

namespace fs = std::filesystem;
using proto::Bytes;
using proto::ByteView;
using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;

/// A directory that is gone when the work is done; what an interrupted search left is removed first.
class Scratch {
 public:
  explicit Scratch(fs::path path) : path_(std::move(path)) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  Status prepare() const {
    std::error_code error;
    fs::remove_all(path_, error);
    if (error) return file_error(error.value(), path_);
    return make_directory(path_);
  }
  [[nodiscard]] Paths paths() const { return Paths(path_); }

 private:
  fs::path path_;
};

class StoreSearch {
 public:
  StoreSearch(storage::Store& store, const Identity& identity, const Chains& chains,
              const SearchOptions& options)
      : store_(store),
        self_(identity.chain.agency()),
        storage_key_(identity.keys.storage),
        chains_(chains),
        signers_(chains),
        options_(options) {}

  Status rows() {
    COMITY_TRY(const auto view, store_.snapshot());
    storage::Verifying verifying{.most = options_.most};
    verifying.check = [&](const storage::TableInfo& table, ByteView key, ByteView value) {
      return check_row(*view, storage_key_, table, key, value);
    };
    verifying.found = [&](const storage::Damage& damage) {
      const storage::TableInfo* const table = store_.tables().find(damage.key);
      const bool one_row = table != nullptr && damage.before.empty();
      tell({damage.table, damage.key, damage.before,
            one_row ? feed::entry_of_row(*view, *table, damage.key) : std::nullopt, damage.error});
    };
    verifying.progress = [&](std::uint64_t done) { at(Search::kRows, done); };
    COMITY_TRY(out_.store, store_.verify(storage::Depth::kRows, verifying));
    return {};
  }

  Status feeds() {
    COMITY_TRY(const auto view, store_.snapshot());
    return view->walk(feed::kFeeds.range(), false, [&](ByteView key, ByteView value) {
      // A damaged row of this table was told of above.
      const auto state = feed::decode_feed_state(key, value);
      if (state.ok()) one_feed(*view, *state);
      return out_.faults < options_.most;
    });
  }

  Status projections(const Paths& paths, const config::Settings& settings) {
    const Scratch directory(paths.directory() / "verify.scratch");
    COMITY_CHECK(directory.prepare());
    COMITY_CHECK(create_store(directory.paths(), settings, Marker{}, storage_key_));
    COMITY_TRY(const auto scratch, open_store(directory.paths(), settings, Marker{}, Ballast::kLeave));
    const NodeProjections all(self_, storage_key_);
    COMITY_TRY(auto compared, feed::compare_projections(
                                  store_, *scratch, storage_key_, all.synchronous(), all.followers(),
                                  [&](const storage::TableInfo& table, ByteView key, const Error& error) {
                                    const auto view = store_.snapshot();
                                    tell({std::string(table.name),
                                          proto::to_bytes(key),
                                          {},
                                          view.ok() ? feed::entry_of_row(**view, table, key) : std::nullopt,
                                          error});
                                  },
                                  [&](std::uint64_t done) { at(Search::kProjections, done); }));
    out_.projected = compared.rows;
    out_.unbuilt = std::move(compared.unbuilt);
    return scratch->close();
  }

  [[nodiscard]] Searched result() { return std::move(out_); }

 private:
  void one_feed(const storage::View& view, const feed::FeedState& state) {
    const bool known = chains_(state.agency()) != nullptr;
    const auto verdict = feed::judge_feed(view, storage_key_, state.feed(), known ? &signers_ : nullptr);
    ++out_.feeds;
    out_.entries += verdict.entries;
    if (!known) {
      ++out_.feeds_unsigned;
      out_.entries_unsigned += verdict.entries;
    }
    if (!verdict.status.ok()) {
      const bool head = verdict.upto == state.end.seq;
      const Bytes key =
          head ? feed::kFeeds.key(state.feed()) : feed::kHeaders.key(state.feed(), feed::next(verdict.upto));
      const storage::TableInfo& table = head ? feed::kFeeds.info() : feed::kHeaders.info();
      tell({std::string(table.name), key, {}, feed::entry_of_row(view, table, key), verdict.status.error()});
    }
    if (known) fork(view, state.feed());
    at(Search::kFeeds, out_.entries);
  }

  void fork(const storage::View& view, const proto::FeedId& feed) {
    const auto proof = feed::find_fork_proof(view, feed);
    if (!proof.ok() || !*proof) return;
    const auto verified = feed::verify_fork(**proof, signers_);
    if (verified.ok()) return;
    tell({std::string(feed::kForkProofs.info().name),
          feed::kForkProofs.key(feed, 0),
          {},
          {},
          verified.error()});
  }

  // Each row once, however many of the searches meet it.
  void tell(const Fault& fault) {
    if (out_.faults >= options_.most) return;
    if (!fault.key.empty() && fault.before.empty() && !told_.insert(fault.key).second) return;
    ++out_.faults;
    if (options_.found) options_.found(fault);
  }
  void at(Search search, std::uint64_t done) const {
    if (options_.progress) options_.progress(search, done);
  }

  storage::Store& store_;
  const proto::AgencyId self_;
  const crypto::Key32& storage_key_;
  const Chains& chains_;
  const feed::ChainSigners signers_;
  const SearchOptions& options_;
  std::set<Bytes, storage::KeyOrder> told_;
  Searched out_;
};

}  // namespace

Result<Chains> held_chains(storage::Store& store, const Identity& identity) {
  // A copy: the book keeps what it reads for as long as somebody asks.
  auto book = std::make_shared<federation::ChainBook>(identity.chain);
  COMITY_TRY(const auto view, store.snapshot());
  COMITY_CHECK(book->load(*view));
  return Chains([book](const proto::AgencyId& agency) { return book->find(agency); });
}

Result<Searched> search_store(storage::Store& store, const Paths& paths, const config::Settings& settings,
                              const Identity& identity, const SearchOptions& options) {
  COMITY_TRY(const Chains chains, held_chains(store, identity));
  StoreSearch search(store, identity, chains, options);
  COMITY_CHECK(search.rows());
  // Where a table file is damaged the walks below end early; what they would find was told of.
  for (const Status& walked : {search.feeds(), search.projections(paths, settings)}) {
    if (!walked.ok() && walked.error().code != Code::kStoreCorrupt) return walked.error();
  }
  return search.result();
}

Result<bool> needs_reindex(storage::Store& store, const Identity& identity) {
  COMITY_TRY(const auto view, store.snapshot());
  const NodeProjections all(identity.chain.agency(), identity.keys.storage);
  COMITY_TRY(const bool outdated, feed::needs_reindex(*view, all.synchronous(), all.followers()));
  if (outdated) return true;
  return feed::has_fallen_behind(*view, all.followers(), store.stats().first_change);
}

Result<std::uint64_t> reindex_store(storage::Store& store, const Identity& identity,
                                    const feed::ReindexProgress& progress) {
  const NodeProjections all(identity.chain.agency(), identity.keys.storage);
  return feed::reindex(store, identity.keys.storage, all.synchronous(), all.followers(), progress);
}

Status drop_search(const Paths& paths) {
  std::error_code failed;
  std::filesystem::remove_all(paths.search(), failed);
  if (failed) return Error{Code::kStoreFailed, paths.search().string() + ": " + failed.message()};
  return {};
}

}  // namespace comity::home
