// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/check/call_backs.h"

#include <algorithm>

namespace comity::federation {

using runtime::Mono;

runtime::Duration call_back_time(std::size_t addresses) {
  return call_back_limits::kEach * static_cast<std::int64_t>(addresses);
}

CallBackGate::Decision CallBackGate::want(const AgencyId& peer, const v1::CallBackWant& want, bool active,
                                          const EndpointSet* signed_addresses, Mono now) {
  std::erase_if(
      last_, [&](const auto& row) { return now >= runtime::after(row.second, call_back_limits::kInterval); });
  // Counted before anything else is looked at: a refusal is no way to ask more often.
  const auto before = last_.find(peer);
  if (before != last_.end() || busy_.contains(peer)) {
    const auto free =
        before == last_.end() ? now : runtime::after(before->second, call_back_limits::kInterval);
    const auto wait = std::chrono::ceil<std::chrono::seconds>(free - now).count();
    return {.refused = v1::REASON_RATE,
            .retry_after = static_cast<std::uint32_t>(std::max<std::int64_t>(wait, 1))};
  }
  last_[peer] = now;
  if (!active || signed_addresses == nullptr || signed_addresses->serial != want.endpoints_serial())
    return {.refused = v1::REASON_NOT_AVAILABLE};
  if (busy_.size() >= call_back_limits::kAtOnce) {
    return {.refused = v1::REASON_RATE,
            .retry_after = static_cast<std::uint32_t>(call_back_limits::kInterval.count())};
  }
  Decision out;
  for (const std::string& text : signed_addresses->endpoints) {
    auto endpoint = runtime::Endpoint::parse(text);
    // Counting on in the same order as the asker: one that cannot be read ends the list.
    if (!endpoint.ok()) break;
    out.targets.push_back(*std::move(endpoint));
  }
  if (out.targets.empty()) return {.refused = v1::REASON_NOT_AVAILABLE};
  busy_.insert(peer);
  return out;
}

void CallBackGate::done(const AgencyId& peer) {
  busy_.erase(peer);
}

Status check_call_back(const v1::CallBackResult& result, std::size_t addresses) {
  const bool refused = result.refused() != v1::REASON_NONE;
  if (result.tried() > addresses || refused != (result.tried() == 0))
    return Error{Code::kSessionOrder, "a call-back to other addresses than were asked for"};
  std::optional<std::uint32_t> last;
  for (const std::uint32_t place : result.reached()) {
    if (place >= result.tried() || (last && place <= *last))
      return Error{Code::kSessionOrder, "places of a call-back that do not ascend"};
    last = place;
  }
  return {};
}

}  // namespace comity::federation
