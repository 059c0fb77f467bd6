// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <set>

#include "comity/v1/session.pb.h"

#include "node/federation/keys/enc_keys.h"
#include "node/runtime/endpoint.h"
#include "node/runtime/moment.h"

namespace comity::federation {

namespace call_back_limits {
inline constexpr std::chrono::seconds kInterval{10};  ///< between two requests of one peer
inline constexpr std::size_t kAtOnce = 4;             ///< requests of all peers under way
inline constexpr std::chrono::seconds kEach{5};       ///< for one address, one after the other
}  // namespace call_back_limits

/// When the answer to a request about so many addresses leaves, unless all of them were reached: the same
/// whatever went wrong, so that the time tells nothing about a port that is somebody else's. Pure.
[[nodiscard]] runtime::Duration call_back_time(std::size_t addresses);

/// Who is dialled back at its own request, and when (session.proto, CallBackWant). The peer names no address:
/// those come from the Endpoints that it signed, which this node dials anyway; the answer holds nothing that
/// its own door does not show it. So nobody can use this node to look at the ports of others. Sans-I/O, owner
/// thread.
class CallBackGate {
 public:
  struct Decision {
    std::vector<runtime::Endpoint> targets{};  ///< to dial, in order; empty: refused
    v1::Reason refused = v1::REASON_NONE;
    std::uint32_t retry_after = 0;  ///< seconds
  };

  /// `active`: peering lets content flow with this peer now. `signed_addresses`: its newest, nullptr for
  /// none.
  [[nodiscard]] Decision want(const AgencyId& peer, const v1::CallBackWant& want, bool active,
                              const EndpointSet* signed_addresses, runtime::Mono now);
  /// The answer to what want() let through has left.
  void done(const AgencyId& peer);

 private:
  std::map<AgencyId, runtime::Mono> last_;  // of those within kInterval
  std::set<AgencyId> busy_;
};

/// Whether an answer keeps the rules that the schema cannot state, for a request about `addresses` addresses.
/// Error kSessionOrder.
[[nodiscard]] Status check_call_back(const v1::CallBackResult& result, std::size_t addresses);

}  // namespace comity::federation
