// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "node/peer/handshake.h"
#include "node/peer/session.h"
#include "node/runtime/clock.h"
#include "node/runtime/net.h"

namespace comity::peer {

using runtime::Task;

/// What every connection of a node uses. Outlives them all; owner thread only.
struct Local {
  runtime::Clock& clock;
  crypto::Random& random;
  const Acquaintances& known;
  SessionHandler& handler;
  /// Our Hello for this contact, its first credits included. An error closes the connection without a word.
  std::function<Result<v1::Hello>(const Contact& contact)> hello;
};

/// How a connection ended.
struct Ended {
  Error why;
  bool met = false;     ///< the handshake succeeded
  bool opened = false;  ///< and Hellos were exchanged
  std::optional<v1::Bye> theirs{};
};

/// Exact reads and whole writes of one side's handshake. Errors of the side and of the stream; the caller
/// sets the deadline.
[[nodiscard]] Task<Result<Established>> shake_hands(runtime::Stream* stream, Initiator* side);
[[nodiscard]] Task<Result<Established>> shake_hands(runtime::Stream* stream, Responder* side);

/// Lives through a session on `stream` and closes it. The handler's closed() has been called when it returns,
/// whatever happened; also when cancelled.
[[nodiscard]] Task<Ended> run_session(const Local* local, std::unique_ptr<runtime::Stream> stream,
                                      Established established);

/// As the one who dialled: the handshake within bounds::kPreAuthTime, then the session. Without a handshake
/// `why` is kHandshakeRefused, kHandshakeFailed, kNotComity, kProtocolTooOld, kTimedOut, kLowOrderPoint, or
/// an error of the stream, and the handler hears nothing.
[[nodiscard]] Task<Ended> run_dialled(const Local* local, std::unique_ptr<runtime::Stream> stream, Call call);

}  // namespace comity::peer
