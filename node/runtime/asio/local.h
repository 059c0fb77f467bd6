// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <filesystem>
#include <memory>

#include "node/runtime/local.h"

namespace comity::runtime {

/// Who may connect, beside root: file mode 0600 or 0660.
enum class LocalAccess { kOwner, kOwnerAndGroup };

/// Listens at `path`. A socket file that nobody answers any more is replaced; a living one gives
/// kAddressInUse, any other kind of file kBadSocketPath, as does a path longer than the system takes (107
/// bytes). Also kNotPermitted, kTransport.
[[nodiscard]] Result<std::unique_ptr<LocalListener>> listen_local(Executor executor,
                                                                  const std::filesystem::path& path,
                                                                  LocalAccess access);

/// Connects to `path`. Errors: kBadSocketPath, kConnectionRefused (also when there is no such file),
/// kNotPermitted, kCancelled, kTransport.
[[nodiscard]] Task<Result<std::unique_ptr<Stream>>> dial_local(std::filesystem::path path);

}  // namespace comity::runtime
