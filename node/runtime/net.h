// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "node/runtime/endpoint.h"
#include "node/runtime/moment.h"
#include "node/runtime/task.h"
#include "proto/bytes.h"

namespace comity::runtime {

/// A connection as two streams of bytes. Owner thread only. At most one read and one write may be under way
/// at a time. A read or write that ended with kCancelled may have moved bytes: close the stream then.
///
/// Errors of reading and writing: kEndOfStream (the other side finished), kConnectionReset (it vanished or
/// refused), kStreamClosed (close() was called here), kCancelled, kTransport (anything else, with detail).
class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  /// Closes. Nothing may be reading or writing any more.
  virtual ~Stream() = default;

  /// Waits for bytes and puts at least one into `out`, often fewer than fit. The caller owns `out` until the
  /// result is there. An empty `out` gives 0 at once.
  [[nodiscard]] virtual Task<Result<std::size_t>> read_some(std::span<std::byte> out) = 0;

  /// Takes at least one of `bytes`, often fewer than all; waits while the other side reads slowly. The caller
  /// owns `bytes` until the result is there. Empty `bytes` give 0 at once.
  [[nodiscard]] virtual Task<Result<std::size_t>> write_some(proto::ByteView bytes) = 0;

  /// Tells the other side that no more bytes will come; reading goes on.
  virtual void finish_writes() noexcept = 0;

  /// Ends both directions; waiting reads and writes end with kStreamClosed. Bytes already taken are still
  /// delivered where the system can. Idempotent.
  virtual void close() noexcept = 0;

  /// The other end as an address; empty for a Unix-domain stream.
  [[nodiscard]] virtual const Endpoint& peer() const noexcept = 0;
};

/// Fills all of `out`; the bytes before an error are lost.
[[nodiscard]] Task<Status> read_exactly(Stream& stream, std::span<std::byte> out);

/// Writes all of `bytes`.
[[nodiscard]] Task<Status> write_all(Stream& stream, proto::ByteView bytes);

/// An address that takes calls. Connections wait in the system's bounded queue until accept() asks for them:
/// a caller that is full simply does not ask. Owner thread only; one accept at a time.
class Listener {
 public:
  Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  virtual ~Listener() = default;

  /// The next connection. Errors: kOutOfSockets (the listener stays good: wait a little, ask again),
  /// kStreamClosed (close() was called), kCancelled, kTransport.
  [[nodiscard]] virtual Task<Result<std::unique_ptr<Stream>>> accept() = 0;

  /// The address in use, with the real port.
  [[nodiscard]] virtual const Endpoint& local() const noexcept = 0;

  /// Takes no more calls; a waiting accept() ends with kStreamClosed. Idempotent.
  virtual void close() noexcept = 0;
};

/// The network. Owner thread only; outlives every task that uses it.
class Net {
 public:
  Net() = default;
  Net(const Net&) = delete;
  Net& operator=(const Net&) = delete;
  virtual ~Net() = default;

  /// Resolves the name and tries its addresses in turn, all within `timeout`. Errors: kBadEndpoint (port 0 or
  /// empty), kNameNotFound, kConnectionRefused, kUnreachable, kTimedOut, kOutOfSockets, kCancelled,
  /// kTransport.
  [[nodiscard]] virtual Task<Result<std::unique_ptr<Stream>>> dial(Endpoint to, Duration timeout) = 0;

  /// Listens at an address; "[::]" takes IPv4 callers too. Errors: kBadEndpoint (a name), kAddressInUse,
  /// kNotPermitted, kUnreachable (not an address of this machine), kOutOfSockets, kTransport.
  [[nodiscard]] virtual Result<std::unique_ptr<Listener>> listen(const Endpoint& at) = 0;
};

}  // namespace comity::runtime
