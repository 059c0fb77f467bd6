// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "test/sim/nodes/assembly.h"

namespace comity::sim::nodes {

/// An agency with valid keys, real agreements and a node that no longer keeps the rules: what its sessions
/// say is exchanged for worse before it is sealed. Which of the deeds a world sees is drawn by its seed.
class Hostile {
 public:
  enum class Deed : std::uint8_t {
    kReplay,       ///< says again what it said before, in this session or another
    kReorder,      ///< lets two messages change places
    kFlood,        ///< says one thing a thousand times
    kLieInHello,   ///< another instance, start, clock, vector or agreement
    kForge,        ///< entries of another agency under a key of its own
    kBadRun,       ///< one bit of a header, body or signature in the middle of a batch
    kRevoked,      ///< signs with a key that nobody has ever seen
    kPretend,      ///< claims to hold more of others' feeds, or other entries
    kGarbage,      ///< bytes that are no message
    kDeaf,         ///< stops reading
    kImpersonate,  ///< calls in the name of another agency, as one of its instances or a new one
    kAgreement,    ///< agreements that are wider, of other numbers, or bear signatures that are none
    kCount,
  };

  /// What it does is drawn by the seed; or it does `only` this, ten times as often.
  Hostile(Assembly& assembly, Agency& agency, std::optional<Deed> only = {});
  Hostile(const Hostile&) = delete;
  Hostile& operator=(const Hostile&) = delete;
  ~Hostile();

  /// Now and then: what needs no message of its own.
  void act();

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] const std::map<Deed, std::uint64_t>& done() const noexcept { return done_; }

 private:
  using Message = peer::Tap::Message;
  using Line = WireTap::Line;

  [[nodiscard]] std::vector<Message> exchange(const Line& line, Message message);
  void lie(const Line& line, v1::Hello& hello);
  void call_as_another(const AgencyId& to, peer::Claim& self);
  [[nodiscard]] std::optional<Message> agreement(const Line& line);
  [[nodiscard]] bool does(Deed deed, std::uint64_t in_a_thousand);
  [[nodiscard]] bool spoil(v1::Wire& wire);
  [[nodiscard]] bool forge(v1::EntryBatch& batch);
  [[nodiscard]] bool damage(v1::EntryBatch& batch);
  [[nodiscard]] bool resign(v1::EntryBatch& batch);
  void pretend(v1::Wire& wire);

  Assembly& assembly_;
  Agency& agency_;
  Random random_;
  Random impostor_;  ///< apart: the other deeds of a seed stay what they are
  Random papers_;    ///< so too
  std::set<Deed> deeds_;
  std::uint64_t times_ = 1;                 ///< as often as usual
  std::map<AgencyId, AgencyId> called_as_;  ///< in whose name each was called last; its own when absent
  std::deque<Message> said_;
  std::map<AgencyId, Message> held_;  ///< waits to be overtaken
  std::map<Deed, std::uint64_t> done_;
};

[[nodiscard]] std::string_view name_of(Hostile::Deed deed) noexcept;

}  // namespace comity::sim::nodes
