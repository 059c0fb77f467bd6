// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "node/federation/sync/entitlement.h"

namespace comity::federation {

/// A member that a feed of ours goes to, and up to where it is known to hold it.
struct Holder {
  AgencyId agency;
  Seq from{1};  ///< the first entry that it may be sent
  Seq acked{};  ///< what it acknowledged, in this session or an earlier one; 0: nothing

  friend bool operator==(const Holder&, const Holder&) = default;
};

/// Who has one entry of ours, by what the members said; our own agency is not among them.
struct Delivery {
  std::size_t entitled = 0;
  std::vector<Holder> waiting{};  ///< have not said that they hold it; in the order of the holders

  [[nodiscard]] std::size_t have() const noexcept { return entitled - waiting.size(); }
};

/// The members of an AUDIENCE, each once and with the later beginning where it stands twice; `acked` answers
/// for one. Relays read nothing and are left out. Errors: kWrongSize for an id that is none, and those of
/// `acked`. Pure; any thread.
[[nodiscard]] Result<std::vector<Holder>> holders_of(
    const v1::Audience& audience, const std::function<Result<Seq>(const AgencyId&)>& acked);
/// Whom a feed of ours goes to, by its AUDIENCE in force, and what the store knows that they hold: it is
/// written a second behind. Nobody for an inside feed, for one of others and for an unknown one. Errors:
/// kFeedDamaged and those of the store. Any thread.
[[nodiscard]] Result<std::vector<Holder>> stored_holders(const storage::View& view,
                                                         const crypto::Key32& storage_key,
                                                         const FeedId& feed);

/// Of the entry at `seq`. Pure; any thread.
[[nodiscard]] Delivery delivery_of(std::span<const Holder> holders, Seq seq);

}  // namespace comity::federation
