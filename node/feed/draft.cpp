// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/draft.h"

namespace comity::feed {

Draft content_draft(policy::ReleaseDecision decision, Bytes packed, OnAppended done) {
  return {.kind = v1::KIND_CONTENT,
          .sealed = std::move(packed),
          .decision = std::move(decision),
          .done = std::move(done)};
}

Draft clear_draft(v1::Kind kind, Bytes body, OnAppended done) {
  return {.kind = kind,
          .clear = [body = std::move(body)](const Bytes&) { return body; },
          .done = std::move(done)};
}

Draft half_clear_draft(v1::Kind kind, Bytes packed, std::function<Bytes(const Bytes& sealed)> clear,
                       OnAppended done) {
  return {.kind = kind, .sealed = std::move(packed), .clear = std::move(clear), .done = std::move(done)};
}

}  // namespace comity::feed
