// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <string>
#include <vector>

#include "test/sim/nodes/assembly.h"

namespace comity::sim::nodes {

/// Two operators who connect their agencies: invite, accept, and each types the words that the other one has
/// read out. Looks at both nodes now and then and does what is due, so that crashes and lost connections only
/// cost time.
class Pairing {
 public:
  Pairing(Assembly& assembly, Agency& inviter, Agency& accepter, federation::Terms terms)
      : assembly_(assembly), inviter_(inviter), accepter_(accepter), terms_(std::move(terms)) {}

  /// One look. Throws std::logic_error when a node refuses what an operator rightly asks.
  void look();
  /// Both nodes say ACTIVE.
  [[nodiscard]] bool done();

  [[nodiscard]] Agency& inviter() noexcept { return inviter_; }
  [[nodiscard]] Agency& accepter() noexcept { return accepter_; }

 private:
  void verify(Agency& at, Agency& other);

  Assembly& assembly_;
  Agency& inviter_;
  Agency& accepter_;
  federation::Terms terms_;
  std::string invite_;  ///< once its row is on disk
};

/// The peer called `name` in the node's book; nullptr when the node is down or knows none.
[[nodiscard]] const federation::Peer* peer_of(Agency& at, const std::string& name);
/// Whether the node counts that peer as ACTIVE.
[[nodiscard]] bool is_active(Agency& at, const std::string& name);
/// Puts a decision into effect. False when the node is down or refuses it.
bool decide(Agency& at, const std::string& peer,
            const std::function<federation::Result<federation::Step>(federation::Peering&,
                                                                     federation::WallTime)>& what);

}  // namespace comity::sim::nodes
