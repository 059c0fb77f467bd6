// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>

#include "comity/v1/session.pb.h"

#include "node/peer/contact.h"

namespace comity::peer {

/// "CREDIT" for REASON_CREDIT, "reason 99" for one that this version does not know. Any thread.
[[nodiscard]] std::string reason_name(v1::Reason reason);

/// What a Bye of the other side means here: kSessionEnded, kSessionReplaced, kPeerClone, kProtocolTooOld,
/// kPeerClock, else kPeerRefused; the detail holds reason and text. Any thread.
[[nodiscard]] Error error_of(const v1::Bye& bye);

/// The Bye that answers a broken rule: the reason that goes with `error`, its label and sentence as text, and
/// the hash of the message when there is one. The detail stays here: it may quote what was sent. Any thread.
[[nodiscard]] v1::Bye bye_for(const Error& error, v1::Reason reason, ByteView message);

}  // namespace comity::peer
