// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <filesystem>
#include <memory>

#include "node/runtime/net.h"

namespace comity::http {

/// Certificate and key with which this node answers browsers: TLS 1.2 and 1.3 by OpenSSL. Immutable; shared
/// by all connections that began with it.
class TlsContext {
 public:
  TlsContext() = default;
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  virtual ~TlsContext() = default;

  /// Reads a PEM chain, the node's own certificate first, and its key. Blocks on the disk. Error
  /// kConfigValue, which names the file and what OpenSSL says of it.
  [[nodiscard]] static proto::Result<std::shared_ptr<const TlsContext>> load(
      const std::filesystem::path& certificate, const std::filesystem::path& key);
};

/// The server's side of TLS over `stream`. The handshake happens with the first reading, so that whoever
/// waits for a request bounds it too. Errors besides those of runtime::Stream: kTransport with what OpenSSL
/// says, for a caller that speaks something else.
[[nodiscard]] std::unique_ptr<runtime::Stream> accept_tls(std::shared_ptr<const TlsContext> context,
                                                          std::unique_ptr<runtime::Stream> stream);

}  // namespace comity::http
