// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "node/feed/reader.h"
#include "test/sim/nodes/assembly.h"

namespace comity::sim::nodes {

/// Who may know which space, feed and entry: by what their authors have signed (the AUDIENCE entries), read
/// here anew and not by the rules of the nodes. Ids are 32 random bytes, so finding one where it should not
/// be is no accident.
class Knowledge {
 public:
  using Id = std::array<std::byte, 32>;
  struct Secret {
    std::string what;  ///< for a person
    AgencyId owner;
    std::set<AgencyId> may_know{};
    Id space{};  ///< of a manifest: every AUDIENCE in its space names it, so that whoever may know that knows
                 ///< it
    bool is_manifest = false;

    friend bool operator==(const Secret&, const Secret&) = default;
  };

  /// Learns the ids that `agency` has made, from its own store: at the end, and before a part of it is lost.
  /// Throws std::runtime_error for a store that cannot be read.
  void learn(Agency& agency, storage::Store& store);

  /// Every AUDIENCE that an agency has signed lists these agencies only.
  struct Listed {
    proto::SpaceId space;
    AgencyId author;
    std::set<AgencyId> members{};
  };
  [[nodiscard]] const std::vector<Listed>& listed() const noexcept { return listed_; }

  struct Found {
    std::string what;
    std::size_t at = 0;  ///< its first byte
  };
  /// The first secret that `agency` may not know and that stands in `bytes`, but not in `blabbed`, which is
  /// nobody's fault whom a promise binds.
  [[nodiscard]] std::optional<Found> find_forbidden(const AgencyId& agency, proto::ByteView bytes,
                                                    proto::ByteView blabbed) const;
  /// How many of the ids that `agency` may know, and that others made, stand in `bytes`: shows that the
  /// search finds what is there.
  [[nodiscard]] std::size_t count_allowed(const AgencyId& agency, proto::ByteView bytes) const;

  [[nodiscard]] const std::map<Id, Secret>& secrets() const noexcept { return secrets_; }

 private:
  void note(proto::ByteView id, const AgencyId& owner, const std::string& what,
            const std::set<AgencyId>& may_know);
  [[nodiscard]] bool may_know(const Secret& secret, const AgencyId& agency) const;
  template <class Visit>
  void each_found(proto::ByteView bytes, Visit visit) const;

  std::map<Id, Secret> secrets_;
  std::vector<Listed> listed_;
};

/// Everything that a store holds, keys and values one after the other. Throws std::runtime_error.
[[nodiscard]] proto::Bytes all_rows(storage::Store& store);

}  // namespace comity::sim::nodes
