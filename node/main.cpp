// SPDX-License-Identifier: EUPL-1.2
// comityd: the node of one agency.
#include <exception>
#include <iostream>

#include <malloc.h>

#include "crypto/bech32m.h"
#include "node/daemon/node.h"
#include "node/daemon/options.h"
#include "node/runtime/asio/system.h"

namespace comity::daemon {
namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;
// Heaps of glibc's malloc. With one for each thread, what one thread frees another cannot have: after five
// minutes of load a third of the memory lay fallow.
constexpr int kHeaps = 2;
// Bytes. A page of a discussion is one text of this order: below the first limit it comes from the heap, and
// the heap keeps up to the second one free, so that the next page finds its memory mapped. Left alone, malloc
// gives it back after each page.
constexpr int kOwnMapping = 1 << 20;
constexpr int kKeptFree = 4 << 20;

int fail(const proto::Error& error) {
  std::cerr << "error " << proto::to_string(error) << std::endl;
  return error.code == proto::Code::kUsage ? kUsage : kFailed;
}

/// What can be told before anything runs: the directory is one, is ours, and its settings are in order.
int run_in(const Options& options) {
  const home::Paths paths(options.data_directory);
  const auto marker = home::look(paths);
  if (!marker.ok()) return fail(marker.error());
  auto lock = home::DirectoryLock::take(paths.lock());
  if (!lock.ok()) return fail(lock.error());
  const config::Loaded loaded = config::load_settings(paths.settings());
  if (!loaded.ok()) {
    for (const proto::Error& error : loaded.errors())
      fail(error);
    return kFailed;
  }

  Log log(loaded.settings.log.level, loaded.settings.log.format);
  runtime::Loop loop;
  const auto clock = runtime::make_system_clock(loop.executor());
  const home::Moment now = std::chrono::floor<std::chrono::milliseconds>(clock->wall_now());
  auto started = open_directory(options, loaded, *std::move(lock), *marker, now);
  if (!started.ok()) return fail(started.error());

  Node node(loop, *clock, log, *std::move(started));
  const proto::Status begun = node.begin();
  if (!begun.ok()) return fail(begun.error());
  const proto::Status listening = node.listen();
  if (!listening.ok()) return fail(listening.error());
  std::cout << "ready " << crypto::agency_id_text(marker->agency) << " in " << options.data_directory.string()
            << std::endl;
  loop.run(node.live());
  const proto::Status closed = node.close();
  if (!closed.ok()) return fail(closed.error());
  log.info("stopped");
  return 0;
}

int run(int argc, const char* const* argv) {
  ::mallopt(M_ARENA_MAX, kHeaps);
  ::mallopt(M_MMAP_THRESHOLD, kOwnMapping);
  ::mallopt(M_TRIM_THRESHOLD, kKeptFree);
  const auto parsed = parse_options(argc, argv);
  if (!parsed.ok()) return fail(parsed.error());
  if (const auto* text = std::get_if<std::string>(&*parsed)) {
    std::cout << *text << std::flush;
    return 0;
  }
  return run_in(std::get<Options>(*parsed));
}

}  // namespace
}  // namespace comity::daemon

int main(int argc, char** argv) {
  try {
    return comity::daemon::run(argc, argv);
  } catch (const std::exception& broken) {
    return comity::daemon::fail({comity::proto::Code::kUnknown, broken.what()});
  }
}
