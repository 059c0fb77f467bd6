// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/peering/reasons.h"

#include <fmt/format.h>

#include "node/federation/step.h"
#include "proto/utf8.h"

namespace comity::federation {

v1::Reason reason_of(Code code) noexcept {
  switch (code) {
    case Code::kPeerClock:
      return v1::REASON_CLOCK;
    case Code::kAgreementDiffers:
    case Code::kAgreementRule:
    case Code::kAgreementSignature:
    case Code::kAgreementOlder:
      return v1::REASON_AGREEMENT_MISMATCH;
    case Code::kAgreementEnded:
    case Code::kInviteExpired:
      return v1::REASON_EXPIRED;
    case Code::kPeerClone:
      return v1::REASON_CLONE;
    case Code::kPeerWentBack:
      return v1::REASON_FORK;
    case Code::kPairingFull:
      return v1::REASON_RATE;
    case Code::kProtocolTooOld:
      return v1::REASON_VERSION;
    case Code::kPeerKeyChanged:
    case Code::kKeyDocFork:
    case Code::kKeyDocStale:
    case Code::kEncKeysRule:
    case Code::kEncKeysSignature:
    case Code::kEndpointsRule:
    case Code::kEndpointsSignature:
      return v1::REASON_KEYDOC;
    case Code::kPeerUnknown:
    case Code::kPeerThere:
    case Code::kPeerState:
    case Code::kInviteUsed:
    case Code::kPairingUnverified:
    case Code::kOwnInvite:
      return v1::REASON_NOT_AVAILABLE;
    case Code::kSpaceNotAllowed:
      return v1::REASON_SPACE_NOT_SHARED;
    case Code::kQuotaUsed:
      return v1::REASON_QUOTA;
    default:
      return v1::REASON_PROTOCOL;
  }
}

std::string name_of(v1::Reason reason) {
  constexpr std::string_view kPrefix = "REASON_";
  const std::string& name = v1::Reason_Name(reason);
  return name.empty() ? std::to_string(static_cast<int>(reason)) : name.substr(kPrefix.size());
}

v1::Bye bye_for(const Error& error, WallTime now, std::optional<WallTime> until) {
  v1::Bye bye;
  bye.set_reason(reason_of(error.code));
  bye.set_text(proto::code_label(error.code) + ": " + std::string(proto::describe(error.code).sentence));
  if (until && *until > now) {
    const auto wait = std::chrono::ceil<std::chrono::seconds>(*until - now).count();
    bye.set_retry_after(static_cast<std::uint32_t>(std::min<std::int64_t>(wait, 0xffff'ffff)));
  }
  return bye;
}

Error error_of(v1::Reason reason, const std::string& text, WallTime now, std::uint32_t retry_after) {
  std::string detail = name_of(reason);
  if (retry_after != 0) detail += " until " + time_text(now + std::chrono::seconds(retry_after));
  if (!text.empty() && proto::is_plain_line(proto::as_bytes(text))) detail += ": " + text;
  switch (reason) {
    case v1::REASON_CLONE:
      return {Code::kPeerClone, detail};
    case v1::REASON_VERSION:
      return {Code::kProtocolTooOld, detail};
    case v1::REASON_CLOCK:
      return {Code::kPeerClock, detail};
    case v1::REASON_AGREEMENT_MISMATCH:
      return {Code::kAgreementDiffers, detail};
    default:
      return {Code::kPeerRefused, detail};
  }
}

}  // namespace comity::federation
