// SPDX-License-Identifier: EUPL-1.2
#include "node/home/doctor.h"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>
#include <sys/timex.h>

#include "crypto/key_file.h"
#include "node/home/files.h"
#include "node/home/identity.h"
#include "proto/bounds.h"
#include "proto/moment.h"

namespace comity::home {
namespace {

namespace fs = std::filesystem;
using proto::Code;
using proto::Finding;
using proto::found_fail;
using proto::found_ok;
using proto::found_warn;
using proto::Result;

constexpr std::chrono::days kWarnBefore{30};
constexpr std::uintmax_t kGibibyte = 1024ULL * 1024 * 1024;
constexpr std::uintmax_t kMebibyte = 1024ULL * 1024;
// Of the disk in use; research/operators.md 3, the rows of a full disk.
constexpr double kFullWarning = 0.85;

/// Whether the file is a key file of root keys, or one that cannot be told apart because it is sealed.
bool looks_like_root_keys(const fs::path& file) {
  const auto bytes = read_file(file, proto::bounds::kKeyFilePayload + 1024);
  if (!bytes.ok()) return false;
  const auto sealed = crypto::key_file_is_sealed(bytes->view());
  if (!sealed.ok() || *sealed) return false;
  const auto payload = crypto::open_key_file(bytes->view(), std::nullopt);
  return payload.ok() && decode_root_keys(payload->view()).ok();
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

std::string text_of(const config::Endpoint& endpoint) {
  const bool six = endpoint.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", six ? "[" : "", endpoint.host, six ? "]" : "", endpoint.port);
}

}  // namespace

Finding check_time_source() {
  timex state{};
  const int answer = ::adjtimex(&state);
  if (answer < 0)
    return proto::found_skip(Code::kCheckClock, "the kernel does not say whether the clock is kept");
  if (answer == TIME_ERROR || (state.status & STA_UNSYNC) != 0)
    return found_warn(Code::kCheckClock, "the clock of this machine is not kept by a time server",
                      "apt install chrony, then chronyc tracking");
  return found_ok(Code::kCheckClock, "the clock of this machine is kept by a time server");
}

Finding check_settings(const config::Loaded& loaded) {
  if (loaded.ok()) return found_ok(Code::kCheckSettings, loaded.file + " is in order");
  return found_fail(Code::kCheckSettings,
                    fmt::format("{} problems, the first: {}", loaded.problems.size(),
                                proto::to_string(loaded.errors().front())),
                    "comity config check " + loaded.file);
}

Finding check_modes(const Paths& paths, const config::Settings& settings) {
  std::vector<fs::path> open;
  const auto look = [&](const fs::path& path, unsigned allowed) {
    std::error_code failure;
    if (!fs::exists(path, failure)) return;
    const auto closed = check_private(path, allowed);
    if (!closed.ok()) open.push_back(path);
  };
  look(paths.keys(), 0);
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(paths.keys(), failure))
    look(entry.path(), 0);
  if (!settings.keys.passphrase_file.empty()) look(settings.keys.passphrase_file, 040);
  if (failure) return found_fail(Code::kCheckModes, paths.keys().string() + ": " + failure.message());
  if (open.empty()) return found_ok(Code::kCheckModes, "key files are closed to others");
  std::string text;
  for (const fs::path& each : open)
    text += (text.empty() ? "" : ", ") + each.string();
  return found_fail(Code::kCheckModes, "open to others: " + text, "chmod go= " + open.front().string());
}

Result<crypto::KeyChain> load_chain(const Paths& paths) {
  COMITY_TRY(const crypto::Secret bytes, read_file(paths.key_chain(), proto::bounds::kKeyChainBytes));
  return decode_chain(bytes.view(), paths.key_chain().string());
}

Finding check_keys(const Paths& paths, Moment now) {
  const auto chain = load_chain(paths);
  if (!chain.ok()) return found_fail(Code::kCheckKeys, proto::to_string(chain.error()));
  const crypto::KeyDoc& doc = chain->current();
  Moment first = doc.expires;
  std::string_view what = "the key document";
  // Of each role the key that lasts longest: an older one beside it ends in the course of a rotation.
  const auto look = [&](const auto& keys, std::string_view name) {
    Moment last{};
    for (const auto& key : keys) {
      if (chain->revocation(key.id()) == nullptr) last = std::max(last, key.not_after);
    }
    if (last >= first) return;
    first = last;
    what = name;
  };
  look(doc.node_sign, "the signing key");
  look(doc.transport, "the transport key");
  look(doc.witness, "the witness key");
  const std::string end = proto::moment_text(first);
  if (first < now)
    return found_fail(Code::kCheckKeys, fmt::format("{} ended {}", what, end), "comity key rotate");
  const auto days = std::chrono::floor<std::chrono::days>(first - now).count();
  const std::string text =
      fmt::format("key document {}, {} ends first: {} ({} days)", chain->version(), what, end, days);
  return first - now < kWarnBefore ? found_warn(Code::kCheckKeys, text, "comity key rotate")
                                   : found_ok(Code::kCheckKeys, text);
}

Finding check_root_away(const Paths& paths) {
  std::vector<fs::path> found;
  std::error_code failure;
  if (fs::exists(paths.root_keys(), failure)) found.push_back(paths.root_keys());
  for (const fs::path& folder : {paths.directory(), paths.keys()}) {
    for (const auto& entry : fs::directory_iterator(folder, failure)) {
      std::error_code unknown;
      if (entry.path() == paths.root_keys() || !entry.is_regular_file(unknown)) continue;
      if (entry.path() != paths.node_keys() && looks_like_root_keys(entry.path()))
        found.push_back(entry.path());
    }
  }
  if (found.empty()) return found_ok(Code::kCheckRootAway, "no root key lies in the data directory");
  return found_warn(Code::kCheckRootAway, "the root key lies beside the node: " + found.front().string(),
                    "Move it to a medium that is kept offline; whoever has it can replace every other key");
}

Finding check_room(const Paths& paths, const config::Settings& settings) {
  std::error_code failure;
  const fs::space_info room = fs::space(paths.store(), failure);
  if (failure || room.capacity == 0)
    return found_fail(Code::kCheckSpace, paths.store().string() + ": " + failure.message());
  // The reserve below which the store turns read-only: its write buffers (docs/store.md).
  const std::uintmax_t needed = 96 * kMebibyte;
  const double used = 1 - static_cast<double>(room.available) / static_cast<double>(room.capacity);
  const std::string text =
      fmt::format("{} MiB free, {:.0f} % in use; ballast {} MiB", room.available / kMebibyte, used * 100,
                  settings.store.ballast.bytes / kMebibyte);
  if (room.available < needed) return found_fail(Code::kCheckSpace, text);
  return used > kFullWarning || room.available < kGibibyte ? found_warn(Code::kCheckSpace, text)
                                                           : found_ok(Code::kCheckSpace, text);
}

Finding check_addresses(const config::Settings& settings) {
  const config::Endpoint& listen = settings.node.listen;
  const config::Endpoint& advertise = settings.node.advertise;
  const Code code = Code::kCheckListen;
  if (listen.empty()) return found_fail(code, "node.listen is not set");
  if (advertise.empty()) {
    return found_warn(
        code, fmt::format("listens at {} and advertises nothing: partners cannot dial", text_of(listen)),
        "Set node.advertise, unless this node is only to dial out");
  }
  const std::string text = fmt::format("listens at {}, advertises {}", text_of(listen), text_of(advertise));
  if (is_loopback(listen.host) && !is_loopback(advertise.host))
    return found_fail(code, text + ": nobody outside this machine reaches a loopback address");
  if (advertise.host == "0.0.0.0" || advertise.host == "::")
    return found_fail(code, text + ": nobody can dial that address");
  if (listen.port != advertise.port)
    return found_warn(code, text + ": right only where a router forwards the one to the other");
  return found_ok(code, text);
}

}  // namespace comity::home
