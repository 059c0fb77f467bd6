// SPDX-License-Identifier: EUPL-1.2
#include "node/api/receipts.h"

#include <boost/json/array.hpp>

#include "crypto/bech32m.h"
#include "node/federation/sync/receipts.h"

namespace comity::api {
namespace {

namespace json = boost::json;
using proto::AgencyId;

std::string outcome_text(v1::WithdrawOutcome outcome) {
  switch (outcome) {
    case v1::WITHDRAW_OUTCOME_HIDDEN:
      return "hidden";
    case v1::WITHDRAW_OUTCOME_HELD:
      return "held";
    case v1::WITHDRAW_OUTCOME_DISPOSED:
      return "disposed";
    case v1::WITHDRAW_OUTCOME_NOT_HELD:
      return "not held";
    case v1::WITHDRAW_OUTCOME_REFUSED:
      return "refused";
    default:
      return "unknown " + std::to_string(static_cast<int>(outcome));
  }
}

}  // namespace

proto::Result<json::value> receipts_json(const CommunityDesk& desk, const storage::View& view,
                                         community::PostReader& posts, const proto::EntryId& entry) {
  COMITY_TRY(const auto opened, posts.open(entry));
  if (!opened.withdrawn) return json::value(nullptr);
  const proto::EntryId& withdraw = opened.withdrawn->withdraw;
  const feed::FeedReader reader(view, desk.storage_key);
  COMITY_TRY(const auto stored, reader.find(withdraw));
  COMITY_TRY(const auto state, feed::get_feed(view, stored.header.feed));
  COMITY_TRY(const auto audience, reader.audience(state));
  COMITY_TRY(auto given, federation::receipts_of(view, feed::ref_of(withdraw)));
  const auto sights = desk.spaces.sights();
  json::array rows;
  std::uint64_t confirmed = 0;
  const auto add = [&](const AgencyId& agency, const std::string& outcome) {
    rows.push_back(json::object{{"agency", sights->name(agency)},
                                {"agency_id", crypto::agency_id_text(agency)},
                                {"outcome", outcome}});
  };
  for (const v1::AudienceMember& member : audience.member()) {
    COMITY_TRY(const auto agency, AgencyId::from(proto::as_bytes(member.agency())));
    const auto at = given.find(agency);
    if (at == given.end()) {
      add(agency, "waiting");
      continue;
    }
    if (at->second != v1::WITHDRAW_OUTCOME_REFUSED) ++confirmed;
    add(agency, outcome_text(at->second));
  }
  return json::value(
      json::object{{"confirmed", confirmed}, {"of", audience.member_size()}, {"agencies", std::move(rows)}});
}

}  // namespace comity::api
