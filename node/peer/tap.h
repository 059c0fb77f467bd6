// SPDX-License-Identifier: EUPL-1.2
#pragma once

/// What sessions say before it is sealed, for tests that look for leaks or that lie to the other side. It
/// exists in objects built with COMITY_TEST_TAPS only, which no release holds.
#ifdef COMITY_TEST_TAPS

#include <vector>

#include "comity/v1/session.pb.h"

#include "node/peer/contact.h"

namespace comity::peer {

class LiveSession;

class Tap {
 public:
  struct Message {
    v1::Lane lane = v1::LANE_CONTROL;
    Bytes bytes;
  };

  Tap() = default;
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;
  virtual ~Tap() = default;

  /// A handshake with `expected` begins; what it will say of us, which may be changed. `self.agency` says
  /// whose handshake it is.
  virtual void calls(const proto::AgencyId& expected, Claim& self) = 0;
  /// A session begins with this Hello of ours, which may be changed; `hello.agency` says whose session it is.
  virtual void began(const LiveSession& session, const Contact& contact, v1::Hello& hello) = 0;
  /// A message is about to be queued; what is queued in its place.
  [[nodiscard]] virtual std::vector<Message> sends(const LiveSession& session, Message message) = 0;
  /// Nothing more comes of this session.
  virtual void ended(const LiveSession& session) = 0;
};

/// The tap of all sessions of the program; nullptr: none. It outlives them.
void set_tap(Tap* tap) noexcept;
[[nodiscard]] Tap* tap() noexcept;

}  // namespace comity::peer

#endif
