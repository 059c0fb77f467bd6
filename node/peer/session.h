// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <optional>

#include "comity/v1/session.pb.h"

#include "node/peer/contact.h"

namespace comity::peer {

/// A live session with one peer, as those see it who have something to say there. Owner thread only. It lives
/// until SessionHandler::closed() has returned.
///
/// Every message but EntryBatch may use any lane; EntryBatch uses the live and back-fill lanes and is sent
/// within the other side's credits. Hello, Credit, Ping, Pong and Bye are the session's own affair.
class Session {
 public:
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  virtual ~Session() = default;

  /// What the handshake proved.
  [[nodiscard]] virtual const Contact& contact() const = 0;

  /// The other side's Hello; valid from opened() on.
  [[nodiscard]] virtual const v1::Hello& remote_hello() const = 0;

  /// Queues `message` on `lane`. Errors, with nothing queued: kSessionBacklog when the lane holds its cap in
  /// bytes (room() tells when to try again), kSessionCredit for a batch beyond credit(), kSessionEnded after
  /// the end or a bye(), kSessionOrder before opened() or for a batch on the control lane, kMessageTooLong,
  /// kSessionMessage for an empty message or one of the session's own, and those of the schema.
  [[nodiscard]] virtual Status send(v1::Lane lane, const v1::Wire& message) = 0;

  /// Bytes queued on `lane` that are not yet sealed; up to 128 KiB more may wait for the socket.
  [[nodiscard]] virtual std::size_t backlog(v1::Lane lane) const = 0;

  struct Room {
    std::uint32_t entries = 0;
    std::uint64_t bytes = 0;  ///< of whole messages
    friend bool operator==(const Room&, const Room&) = default;
  };
  /// What the other side permits us to send now in EntryBatches, after what is queued.
  [[nodiscard]] virtual Room credit(v1::Lane lane) const = 0;

  /// Permits the other side that much more; called after our durable write. Grants of one turn travel as one
  /// message. Nothing after the end.
  virtual void grant(v1::Lane lane, std::uint32_t entries, std::uint64_t bytes) = 0;

  /// Ends the session: what is queued is sent, then `why`, within some seconds; then closed(). No message is
  /// delivered any more. Nothing after the end or another bye().
  virtual void bye(const v1::Bye& why) = 0;
};

/// Told of what happens in sessions. Owner thread; may call the session from within. What it throws ends the
/// session and its task.
class SessionHandler {
 public:
  SessionHandler() = default;
  SessionHandler(const SessionHandler&) = delete;
  SessionHandler& operator=(const SessionHandler&) = delete;
  virtual ~SessionHandler() = default;

  /// Both Hellos were exchanged. May call bye().
  virtual void opened(Session& session) = 0;

  /// A message other than the session's own, of `bytes` bytes, decoded strictly.
  virtual void message(Session& session, v1::Lane lane, v1::Wire&& message, std::size_t bytes) = 0;

  /// Credit or backlog of the lane became better.
  virtual void room(Session& session, v1::Lane lane) = 0;

  /// The last call about this session, also for one that never opened. `why`: kSessionEnded after our bye(),
  /// what the other side broke when we ended it for that, what its Bye means (error_of() in bye.h), or how
  /// the connection ended: kSessionCut, kSessionSilent, kHandshakeRefused (we dialled and it closed before
  /// its Hello), kCancelled. `theirs`: its Bye, when it said one.
  virtual void closed(Session& session, const Error& why, const std::optional<v1::Bye>& theirs) = 0;
};

}  // namespace comity::peer
