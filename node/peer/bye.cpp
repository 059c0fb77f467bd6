// SPDX-License-Identifier: EUPL-1.2
#include "node/peer/bye.h"

#include <fmt/format.h>

#include "crypto/sha256.h"

namespace comity::peer {

std::string reason_name(v1::Reason reason) {
  if (!v1::Reason_IsValid(reason)) return fmt::format("reason {}", static_cast<int>(reason));
  constexpr std::string_view kPrefix = "REASON_";
  return v1::Reason_Name(reason).substr(kPrefix.size());
}

Error error_of(const v1::Bye& bye) {
  const std::string detail = bye.text().empty()
                                 ? reason_name(bye.reason())
                                 : fmt::format("{}: {}", reason_name(bye.reason()), bye.text());
  switch (bye.reason()) {
    case v1::REASON_CLOSING:
    case v1::REASON_DRAINING:
      return Error{Code::kSessionEnded, detail};
    case v1::REASON_REPLACED:
      return Error{Code::kSessionReplaced, detail};
    case v1::REASON_CLONE:
      return Error{Code::kPeerClone, detail};
    case v1::REASON_VERSION:
      return Error{Code::kProtocolTooOld, detail};
    case v1::REASON_CLOCK:
      return Error{Code::kPeerClock, detail};
    default:
      return Error{Code::kPeerRefused, detail};
  }
}

v1::Bye bye_for(const Error& error, v1::Reason reason, ByteView message) {
  v1::Bye bye;
  bye.set_reason(reason);
  bye.set_text(fmt::format("{}: {}", proto::code_label(error.code), proto::describe(error.code).sentence));
  if (!message.empty()) bye.set_message_hash(std::string(proto::as_text(crypto::sha256(message).view())));
  return bye;
}

}  // namespace comity::peer
