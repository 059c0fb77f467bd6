// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>

#include "comity/v1/session.pb.h"

#include "node/federation/types.h"

namespace comity::federation {

/// What the other side is told about an error of ours. Details that name our keys or rows stay here.
[[nodiscard]] v1::Reason reason_of(Code code) noexcept;

/// "SUSPENDED": the word of a reason, or its number.
[[nodiscard]] std::string name_of(v1::Reason reason);

/// The last message of a session that ends for `error`. `until`: when asking again makes sense.
[[nodiscard]] v1::Bye bye_for(const Error& error, WallTime now, std::optional<WallTime> until = {});

/// What our operator is told about their Bye or Refusal: kPeerRefused "SUSPENDED until …: text", kPeerClone,
/// kProtocolTooOld, kPeerClock, kAgreementDiffers.
[[nodiscard]] Error error_of(v1::Reason reason, const std::string& text, WallTime now,
                             std::uint32_t retry_after);

}  // namespace comity::federation
