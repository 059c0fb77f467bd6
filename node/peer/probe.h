// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>

#include "comity/v1/session.pb.h"

#include "crypto/random.h"
#include "node/peer/handshake.h"
#include "node/runtime/clock.h"
#include "node/runtime/net.h"

namespace comity::peer {

/// Meets the node behind `stream` and leaves again: the whole handshake, its Hello, our Bye. It gets no Hello
/// of ours, so nothing opens there: a live session of the two goes on untouched. Gives its Hello, which is as
/// good as that of a session (check_hello()). Owner thread; `clock` and `random` outlive it.
///
/// Errors tell how far it came: kNotComity; kTimedOut or kHandshakeRefused "without a byte": whoever answers
/// does not hold `call.remote_static`, or is no node at all; kHandshakeRefused "before its Hello": it holds
/// the key, and does not know ours or the secret of the two; what a Bye in place of the Hello means
/// (error_of()); the others of Initiator::take() and check_hello().
[[nodiscard]] runtime::Task<Result<v1::Hello>> probe(runtime::Clock* clock, crypto::Random* random,
                                                     std::unique_ptr<runtime::Stream> stream, Call call);

/// What answers where no handshake came about: "HTTP", "TLS", "SSH", "a mail or file server"; nothing when it
/// stays silent or could be anything. Sends one HTTP request, which those who speak something else answer in
/// their own way, and reads a few bytes. Owner thread; `clock` outlives it.
[[nodiscard]] runtime::Task<std::optional<std::string>> who_answers(runtime::Clock* clock,
                                                                    std::unique_ptr<runtime::Stream> stream);

}  // namespace comity::peer
