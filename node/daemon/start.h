// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>
#include <optional>

#include "node/config/settings.h"
#include "node/home/open.h"
#include "node/home/store.h"

namespace comity::daemon {

/// How comityd was called.
struct Options {
  std::filesystem::path data_directory;
  bool accept_clock = false;  ///< the operator says that the clock is right
};

/// A data directory that was opened for running: everything a node needs before it takes its first call.
struct Started {
  /// Nothing where no other process can reach the directory.
  std::optional<home::DirectoryLock> lock;
  home::Paths paths;
  home::Marker marker;
  home::Boots boots;
  home::Boot boot;
  proto::InstanceId instance;  ///< as which it speaks to peers: a new one after a restore
  config::Settings settings;
  home::Identity identity;
  std::unique_ptr<storage::Store> store;
  /// Entries read to build projections anew, when this version of the program makes other ones.
  std::optional<std::uint64_t> rebuilt;
  /// Why this start could not be counted on disk: the node then runs without taking writes.
  std::optional<proto::Error> uncounted;
};

/// Opens the directory in the order in which failures make sense to a person, and counts the start. Blocks.
/// Errors: those of home::look(), DirectoryLock::take(), load_settings(), load_identity(), open_store();
/// kClockFar.
[[nodiscard]] proto::Result<Started> open_directory(const Options& options, const config::Loaded& loaded,
                                                    home::DirectoryLock lock, const home::Marker& marker,
                                                    home::Moment now);

/// Writes down that this start happened, in the store and beside it. Errors: those of the store and of
/// files.h.
[[nodiscard]] proto::Status count_start(const Started& started, home::Moment now);

/// Counts the orderly end. Errors: those of files.h.
[[nodiscard]] proto::Status count_end(const Started& started, home::Moment now);

}  // namespace comity::daemon
