// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "comity/v1/peering.pb.h"

#include "test/golden/worked/agency.h"

namespace comity::test::worked {

inline const Bytes kInviteId = same(0x21, 16);
inline const Bytes kInvitePsk = same(0x22);

/// What the agencies of the examples agree on.
[[nodiscard]] inline v1::AgreementTerms example_terms() {
  v1::AgreementTerms terms;
  terms.set_v(1);
  terms.set_title("Exchange of shared spaces");
  for (v1::Flow* const flow : {terms.mutable_proposer_sends(), terms.mutable_accepter_sends()}) {
    flow->add_space_pattern("*");
    flow->mutable_ceiling()->set_tlp(v1::TLP_AMBER);
  }
  terms.set_history(v1::HISTORY_RULE_ALL);
  terms.set_ends(kNowMs + 365 * kDayMs);
  return terms;
}

}  // namespace comity::test::worked
