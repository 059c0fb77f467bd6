// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>

#include "node/federation/keys/chains.h"
#include "node/federation/keys/enc_keys.h"
#include "node/feed/row.h"
#include "proto/decode.h"

namespace comity::federation {

/// The newest EncKeys, or Endpoints, of each agency: in the store, with a copy in memory. Ours are among
/// them. Owner thread.
template <class Set>
class NewestBook {
 public:
  using Message = typename Set::Message;

  /// Error kFeedDamaged naming the row; those of the store.
  Status load(const storage::View& view) {
    std::map<AgencyId, Set> loaded;
    Status failed;
    COMITY_CHECK(view.walk(Set::kTable.range(), false, [&](ByteView key, ByteView value) {
      auto set = read_row(key, value);
      if (!set.ok()) {
        failed = set.error();
        return false;
      }
      const AgencyId agency = set->agency;
      loaded.insert_or_assign(agency, *std::move(set));
      return true;
    }));
    COMITY_CHECK(failed);
    sets_ = std::move(loaded);
    return {};
  }

  [[nodiscard]] const Set* find(const AgencyId& agency) const {
    const auto at = sets_.find(agency);
    return at == sets_.end() ? nullptr : &at->second;
  }
  [[nodiscard]] std::uint64_t serial(const AgencyId& agency) const {
    const Set* const set = find(agency);
    return set == nullptr ? 0 : set->serial;
  }

  /// Keeps it when it is genuine and newer, by (KeyDoc version, serial); one that is not newer changes
  /// nothing. Errors: kKeyUnknown when no chain of the agency is held, those of Set::verify().
  Result<Rows> take(const Message& message, const ChainBook& chains, WallTime now) {
    COMITY_TRY(Set set, Set::read(message));
    const crypto::KeyChain* const chain = chains.find(set.agency);
    if (chain == nullptr) return Error{Code::kKeyUnknown, "no key document of the agency is held"};
    const Set* const held = find(set.agency);
    if (held != nullptr && std::pair(held->keydoc, held->serial) >= std::pair(set.keydoc, set.serial))
      return Rows();
    COMITY_TRY(set, Set::verify(message, *chain, now));
    Rows rows;
    const Bytes key = Set::kTable.key(set.agency);
    rows.put(key, checked_row(key, {proto::encode(message)}));
    const AgencyId agency = set.agency;
    sets_.insert_or_assign(agency, std::move(set));
    return rows;
  }

  /// The chain has changed: drops what a key that was revoked since has signed.
  Rows chain_changed(const crypto::KeyChain& chain) {
    Rows rows;
    const Set* const held = find(chain.agency());
    if (held == nullptr || chain.revocation(held->signer) == nullptr) return rows;
    return forget(chain.agency());
  }

  Rows forget(const AgencyId& agency) {
    Rows rows;
    if (sets_.erase(agency) != 0) rows.erase(Set::kTable.key(agency));
    return rows;
  }

 private:
  static Result<Set> read_row(ByteView key, ByteView value) {
    COMITY_TRY(const auto parsed, Set::kTable.parse(key));
    COMITY_TRY(auto row, feed::RowReader::open(Set::kTable.info(), key, value));
    const ByteView bytes = row.rest();
    auto message = proto::decode<Message>(bytes, bytes.size());
    if (!message.ok()) return feed::damaged(Set::kTable.info(), key, proto::to_string(message.error()));
    auto set = Set::read(*message);
    if (!set.ok()) return feed::damaged(Set::kTable.info(), key, proto::to_string(set.error()));
    if (set->agency != std::get<0>(parsed)) return feed::damaged(Set::kTable.info(), key, "another agency's");
    return set;
  }

  std::map<AgencyId, Set> sets_;
};

using EncKeyBook = NewestBook<EncKeySet>;
using EndpointBook = NewestBook<EndpointSet>;

}  // namespace comity::federation
