// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <filesystem>
#include <memory>

#include <sys/types.h>

#include "node/runtime/net.h"

namespace comity::runtime {

/// Who is on the other end of a Unix-domain connection, as the kernel saw it at connect time (SO_PEERCRED).
struct PeerCredentials {
  uid_t uid;
  gid_t gid;
  pid_t pid;
};

struct LocalConnection {
  std::unique_ptr<Stream> stream;
  PeerCredentials peer;
};

/// A Unix-domain socket that takes calls from programs of this machine. Owner thread only.
class LocalListener {
 public:
  LocalListener() = default;
  LocalListener(const LocalListener&) = delete;
  LocalListener& operator=(const LocalListener&) = delete;
  /// Closes and removes the socket file.
  virtual ~LocalListener() = default;

  /// The next connection; errors as for Listener::accept().
  [[nodiscard]] virtual Task<Result<LocalConnection>> accept() = 0;
  virtual void close() noexcept = 0;
};

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
