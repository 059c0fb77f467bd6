// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>

#include "node/home/lock.h"
#include "node/home/open.h"
#include "node/home/store.h"
#include "tools/comity/verb.h"

namespace comity::cli {

/// The store of a stopped node, and the right to work on it.
struct Opened {
  home::DirectoryLock lock;
  home::Paths paths;
  home::Marker marker;
  config::Settings settings;
  std::unique_ptr<storage::Store> store;
};

/// Errors: kNodeRuns while a node runs on the directory, kHomeBusy while another command does; those of
/// home::look() and home::open_store(), the first problem of the settings file.
[[nodiscard]] proto::Result<Opened> open_stopped(Context& context);

/// The node's keys, by the passphrase that its settings name. Errors: those of home::load_identity().
[[nodiscard]] proto::Result<home::Identity> load_identity(const Opened& opened);

}  // namespace comity::cli
