// SPDX-License-Identifier: EUPL-1.2
#include "node/daemon/start.h"

#include <algorithm>

#include "crypto/random.h"
#include "node/feed/dispose.h"
#include "node/home/verify.h"

namespace comity::daemon {
namespace {

using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;

// On a full disk a node still serves reading, and takes writes again by itself when there is room.
bool is_full(const Error& error) {
  return error.code == Code::kStoreNoSpace || error.code == Code::kHomeNoSpace ||
         error.code == Code::kStoreReadOnly;
}

}  // namespace

Status count_start(const Started& started, home::Moment now) {
  COMITY_CHECK(home::store_boots(*started.store, started.boot.count));
  return home::save_boots(started.paths, {.count = started.boot.count,
                                          .clean = false,
                                          .seen = std::max(now, started.boots.seen),
                                          .place = started.boots.place});
}

Result<Started> open_directory(const Options& options, const config::Loaded& loaded, home::DirectoryLock lock,
                               const home::Marker& marker, home::Moment now) {
  home::Paths paths(options.data_directory);
  COMITY_TRY(home::Boots boots, home::load_boots(paths));
  // An accepted clock becomes the truth: what it says now is what later starts compare with.
  if (options.accept_clock) boots.seen = now;
  COMITY_CHECK(home::check_clock(now, boots.seen));
  COMITY_TRY(const auto passphrase, home::configured_passphrase(loaded.settings));
  COMITY_TRY(home::Identity identity, home::load_identity(paths, marker, passphrase));
  COMITY_TRY(auto store, home::open_store(paths, loaded.settings, marker, home::Ballast::kKeep));
  COMITY_TRY(const bool outdated, home::needs_reindex(*store, identity));
  std::optional<std::uint64_t> rebuilt;
  if (outdated) {
    COMITY_TRY(rebuilt, home::reindex_store(*store, identity, {}));
    COMITY_CHECK(home::drop_search(paths));
  }
  const auto scrubbed = feed::resume_scrubs(*store);
  if (!scrubbed.ok() && !is_full(scrubbed.error())) return scrubbed.error();
  COMITY_TRY(const std::uint64_t stored, home::stored_boots(*store));
  COMITY_TRY(std::string place, home::place_of(paths));
  const home::Boot boot = home::next_boot(boots, stored, place);
  boots.place = std::move(place);
  COMITY_TRY(proto::InstanceId instance, home::spoken_instance(*store, marker));
  if (boot.restored) {
    // Before the start is counted: one that is cut off in between is restored again.
    crypto::SystemRandom random;
    instance = random.next<proto::InstanceId>();
    storage::Batch row;
    home::put_instance(row, instance);
    const auto written = store->commit(std::move(row));
    if (!written.ok() && !is_full(written.error())) return written.error();
  }
  Started started{std::move(lock), std::move(paths),    marker,           boots,   boot, instance,
                  loaded.settings, std::move(identity), std::move(store), rebuilt, {}};
  const Status counted = count_start(started, now);
  if (!counted.ok()) {
    if (!is_full(counted.error())) return counted.error();
    started.uncounted = counted.error();
  }
  return started;
}

Status count_end(const Started& started, home::Moment now) {
  return home::save_boots(started.paths,
                          {.count = started.uncounted ? started.boots.count : started.boot.count,
                           .clean = true,
                           .seen = std::max(now, started.boots.seen),
                           .place = started.boots.place});
}

}  // namespace comity::daemon
