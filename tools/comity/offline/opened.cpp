// SPDX-License-Identifier: EUPL-1.2
#include "tools/comity/offline/opened.h"

#include "node/api/client.h"

namespace comity::cli {
namespace {

using proto::Code;
using proto::Error;
using proto::Result;

Result<home::DirectoryLock> take_lock(const home::Paths& paths) {
  auto lock = home::DirectoryLock::take(paths.lock());
  if (lock.ok() || lock.error().code != Code::kHomeBusy) return lock;
  const auto answer = api::Client(paths.directory()).call("status", {}, std::chrono::seconds{5});
  if (!answer.ok() && answer.error().code == Code::kNodeNotRunning) return lock;
  return Error{Code::kNodeRuns, lock.error().detail};
}

}  // namespace

Result<Opened> open_stopped(Context& context) {
  home::Paths paths(context.data_directory);
  COMITY_TRY(const home::Marker marker, home::look(paths));
  COMITY_TRY(home::DirectoryLock lock, take_lock(paths));
  const config::Loaded loaded = config::load_settings(paths.settings());
  if (!loaded.ok()) return loaded.errors().front();
  COMITY_TRY(auto store, home::open_store(paths, loaded.settings, marker, home::Ballast::kLeave));
  return Opened{std::move(lock), std::move(paths), marker, loaded.settings, std::move(store)};
}

Result<home::Identity> load_identity(const Opened& opened) {
  COMITY_TRY(const auto passphrase, home::configured_passphrase(opened.settings));
  return home::load_identity(opened.paths, opened.marker, passphrase);
}

}  // namespace comity::cli
