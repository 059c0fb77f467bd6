// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <sys/types.h>

#include <memory>

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

}  // namespace comity::runtime
