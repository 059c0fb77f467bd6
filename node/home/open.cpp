// SPDX-License-Identifier: EUPL-1.2
#include "node/home/open.h"

#include <algorithm>
#include <cerrno>

#include <unistd.h>

#include "node/home/files.h"
#include "node/home/identity.h"
#include "proto/bounds.h"

namespace comity::home {
namespace {

namespace fs = std::filesystem;
using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;

constexpr std::size_t kSmallFile = 4096;

// A refused directory hides what is in it: that is another failure than a missing file.
Result<bool> is_there(const fs::path& path) {
  if (::access(path.c_str(), F_OK) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return file_error(errno, path);
}

Status check_whole(const Paths& paths) {
  for (const fs::path& part :
       {paths.settings(), paths.key_chain(), paths.boots(), paths.store(), paths.keys()}) {
    COMITY_TRY(const bool there, is_there(part));
    if (!there) return Error{Code::kHomeIncomplete, part.string() + " is missing"};
  }
  COMITY_TRY(const bool keys, is_there(paths.node_keys()));
  if (!keys) return Error{Code::kKeyMissing, paths.node_keys().string()};
  return {};
}

}  // namespace

Result<Marker> look(const Paths& paths) {
  auto text = read_file(paths.marker(), kSmallFile);
  if (!text.ok()) {
    if (text.error().code != Code::kHomeMissing) return text.error();
    for (const fs::path& part : {paths.settings(), paths.key_chain(), paths.store(), paths.keys()}) {
      COMITY_TRY(const bool there, is_there(part));
      if (there) return Error{Code::kHomeIncomplete, paths.marker().string() + " is missing"};
    }
    return Error{Code::kHomeMissing, paths.directory().string()};
  }
  COMITY_TRY(const Marker marker, read_marker(proto::as_text(text->view()), paths.marker().string()));
  COMITY_CHECK(check_whole(paths));
  return marker;
}

Result<Identity> load_identity(const Paths& paths, const Marker& marker,
                               const std::optional<crypto::Secret>& passphrase) {
  COMITY_CHECK(check_private(paths.keys(), 0));
  COMITY_TRY(const crypto::Secret payload, load_keys(paths.node_keys(), passphrase));
  auto keys = decode_node_keys(payload.view());
  if (!keys.ok()) return Error{Code::kKeyUnusable, paths.node_keys().string() + ": " + keys.error().detail};
  COMITY_TRY(const crypto::Secret bytes, read_file(paths.key_chain(), proto::bounds::kKeyChainBytes));
  COMITY_TRY(auto chain, decode_chain(bytes.view(), paths.key_chain().string()));
  if (chain.agency() != marker.agency) {
    return Error{Code::kHomeForeign, paths.key_chain().string() + " is of another agency"};
  }
  if (!settle(*keys, chain)) {
    return Error{Code::kHomeForeign,
                 paths.node_keys().string() + " holds keys that keydoc.chain does not list"};
  }
  return Identity{std::move(chain), *std::move(keys)};
}

Result<std::optional<crypto::Secret>> configured_passphrase(const config::Settings& settings) {
  if (settings.keys.passphrase_file.empty()) return std::optional<crypto::Secret>();
  COMITY_TRY(crypto::Secret passphrase, read_passphrase(settings.keys.passphrase_file));
  return std::optional<crypto::Secret>(std::move(passphrase));
}

Boot next_boot(const Boots& beside, std::uint64_t stored) noexcept {
  // The store is counted up first, so one more there means that the process ended in between.
  const bool agree = stored == beside.count || stored == beside.count + 1;
  return {.count = std::max(stored, beside.count) + 1,
          .clean = beside.clean && stored == beside.count,
          .restored = !agree};
}

Result<Boots> load_boots(const Paths& paths) {
  COMITY_TRY(const crypto::Secret text, read_file(paths.boots(), kSmallFile));
  return read_boots(proto::as_text(text.view()), paths.boots().string());
}

Status save_boots(const Paths& paths, const Boots& boots) {
  return replace_file(paths.boots(), proto::as_bytes(write_boots(boots)));
}

}  // namespace comity::home
