// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <memory>

#include "node/http/handler.h"
#include "node/http/tls.h"
#include "node/runtime/local.h"
#include "node/runtime/net.h"

namespace comity::http {

/// A connection that came in, and who is at its other end.
struct Arrival {
  std::unique_ptr<runtime::Stream> stream;
  Caller caller;
};

/// Where callers come in. Owner thread; one accept at a time.
class Door {
 public:
  Door() = default;
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;
  virtual ~Door() = default;

  /// The next caller; errors as for runtime::Listener::accept().
  [[nodiscard]] virtual Task<proto::Result<Arrival>> accept() = 0;
  virtual void close() noexcept = 0;
};

/// The caller is the user whom the kernel names.
[[nodiscard]] std::unique_ptr<Door> local_door(std::unique_ptr<runtime::LocalListener> listener);

/// What TLS speaks with at this moment; nullptr for plain HTTP.
using CurrentTls = std::function<std::shared_ptr<const TlsContext>()>;

/// The caller is an address.
[[nodiscard]] std::unique_ptr<Door> tcp_door(std::unique_ptr<runtime::Listener> listener, CurrentTls tls);

}  // namespace comity::http
