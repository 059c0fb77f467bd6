// SPDX-License-Identifier: EUPL-1.2
#include "node/api/delivery.h"

#include <algorithm>

#include <boost/json/array.hpp>

#include "crypto/bech32m.h"
#include "node/community/ids.h"
#include "node/feed/reader.h"
#include "proto/moment.h"

namespace comity::api {

namespace json = boost::json;
using federation::Holder;
using proto::Result;
using proto::Seq;
using proto::Status;

Result<const DeliveryRows::Feed*> DeliveryRows::feed(const std::string& id) {
  const auto [at, fresh] = feeds_.try_emplace(id);
  if (!fresh) return &at->second;
  const auto bytes = crypto::base32_decode(id);
  if (!bytes) return &at->second;
  COMITY_TRY(const auto feed, proto::FeedId::from(*bytes));
  COMITY_TRY(at->second.holders, federation::stored_holders(view_, desk_.storage_key, feed));
  if (at->second.holders.empty()) return &at->second;
  COMITY_TRY(const auto state, feed::get_feed(view_, feed));
  at->second.all_of_it =
      std::all_of(at->second.holders.begin(), at->second.holders.end(),
                  [&](const Holder& one) { return one.from == Seq{1} && one.acked >= state.end.seq; });
  return &at->second;
}

std::string DeliveryRows::reason(const community::PostView& post, const proto::AgencyId& agency) const {
  const auto space = community::parse_space_id(post.space_id);
  if (!space.ok() || !desk_.freshness) return {};
  const auto fresh = desk_.freshness(*space, agency);
  return fresh.heard ? "last heard of " + proto::moment_text(*fresh.heard) : "never heard of in this space";
}

Status DeliveryRows::add(const community::PostView& post, json::object& row, bool reasons) {
  if (post.unseen) return {};
  COMITY_TRY(const Feed* const known, feed(post.feed_id));
  if (known->holders.empty()) return {};
  federation::Delivery delivery{.entitled = known->holders.size()};
  if (!known->all_of_it) {
    COMITY_TRY(const auto id, community::parse_entry_id(post.id));
    COMITY_TRY(const auto stored, feed::FeedReader(view_, desk_.storage_key, desk_.recent.get()).find(id));
    delivery = federation::delivery_of(known->holders, stored.header.seq);
  }
  if (delivery.entitled == 0) return {};
  const auto sights = desk_.spaces.sights();
  json::array waiting;
  for (const Holder& holder : delivery.waiting) {
    json::object one{{"agency", sights->name(holder.agency)},
                     {"agency_id", crypto::agency_id_text(holder.agency)}};
    if (reasons) one["reason"] = reason(post, holder.agency);
    waiting.push_back(std::move(one));
  }
  row["delivery"] = json::object{
      {"have", delivery.have() + 1}, {"of", delivery.entitled + 1}, {"waiting", std::move(waiting)}};
  return {};
}

Result<bool> DeliveryRows::is_everywhere(const community::PostView& post) {
  COMITY_TRY(const Feed* const known, feed(post.feed_id));
  return known->holders.empty() || known->all_of_it;
}

Status DeliveryRows::add_all(const std::vector<community::PostView>& posts, json::value& page) {
  json::array& rows = page.as_object()["entries"].as_array();
  for (std::size_t at = 0; at < posts.size() && at < rows.size(); ++at)
    COMITY_CHECK(add(posts[at], rows[at].as_object(), false));
  return {};
}

}  // namespace comity::api
