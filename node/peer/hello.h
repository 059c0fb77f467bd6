// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "comity/v1/session.pb.h"

#include "node/peer/contact.h"

namespace comity::peer {

/// Whether a decoded Hello keeps the rules that the schema cannot state: it names the agency that the
/// handshake claimed, nothing in it is all zero, its features ascend, its credits are for the live and
/// back-fill lanes, each once. Error kHelloRule. Any thread.
[[nodiscard]] Status check_hello(const v1::Hello& hello, const Contact& contact);

/// Our Hello as it is sent: with our minor version and a feature number that means nothing. Any thread.
[[nodiscard]] v1::Hello finished_hello(v1::Hello hello);

}  // namespace comity::peer
