// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "test/sim/nodes/operators.h"

namespace comity::sim::nodes {

using proto::EntryId;
using proto::FeedId;
using proto::Seq;
using proto::SpaceId;

/// A post that its node has acknowledged: it is on disk there and may not be lost.
struct Posted {
  Agency* author = nullptr;
  SpaceId space;
  FeedId feed;
  Seq seq{};
  EntryId id;
  std::string text;
  unsigned restores = 0;   ///< of the author, when it was acknowledged
  bool withdrawn = false;  ///< acknowledged too
  bool secret = false;     ///< in an inside space
};

/// A space as its steward's operator meant it.
struct Planned {
  Agency* steward = nullptr;
  SpaceId id;
  std::string slug;
  bool inside = false;
  bool forgets = false;            ///< new readers are given nothing of the past
  std::set<Agency*> members;       ///< now, besides the steward
  std::set<Agency*> ever_members;  ///< at any time
};

/// What may happen in a world besides the weather; a random subset of it does.
struct Plot {
  bool membership = false;   ///< members are added and removed
  bool histories = false;    ///< spaces that give new readers nothing of the past
  bool late_spaces = false;  ///< spaces are created in the middle of the run
  bool withdrawals = false;
  bool agreements = false;  ///< narrowed and widened
  bool suspensions = false;
  bool leaving = false;      ///< spaces are left and joined again
  bool clock_jumps = false;  ///< an hour either way
  bool cuts = false;         ///< power fails in the middle of a write
  bool restores = false;     ///< a store is put back from an older copy
  bool hostile = false;      ///< one agency breaks every rule it can

  [[nodiscard]] static Plot draw(Random& random);
  /// Switches off what `words` name, as describe() writes it, with commas between. False for other words.
  [[nodiscard]] bool without(std::string_view words);
  [[nodiscard]] std::string describe() const;
};

/// People at work: they post, reply and withdraw, and their operators change who is in what. Random, by the
/// seed. Keeps what the nodes have acknowledged.
class Script {
 public:
  Script(Assembly& assembly, const Plot& plot);

  /// Who peers with whom, and under which terms.
  [[nodiscard]] std::vector<std::unique_ptr<Pairing>> pairings();
  /// Whether one side's operator has agreed to all that these terms allow, as if that side had proposed them.
  [[nodiscard]] bool agreed_to(Agency& at, Agency& other, const federation::Terms& terms) const;
  /// Whether two agencies were paired by this script.
  [[nodiscard]] bool paired(Agency& a, Agency& b) const;

  /// Makes the person who writes, where the agency has none yet. False: not yet.
  bool staff(Agency& agency);
  /// The first spaces; again until all are there.
  bool found_spaces();
  /// Something random happens now.
  void act();
  /// What is in the way of agreement ends: suspensions are lifted, offers signed. Again until true.
  bool settle();

  [[nodiscard]] const std::vector<Posted>& posts() const noexcept { return posts_; }
  [[nodiscard]] const std::vector<Planned>& spaces() const noexcept { return spaces_; }
  [[nodiscard]] std::uint64_t asked() const noexcept { return asked_; }
  /// What nodes answered to people, by code.
  [[nodiscard]] const std::map<proto::Code, std::uint64_t>& refused() const noexcept { return refused_; }
  /// The agency that is not honest, or nullptr.
  [[nodiscard]] Agency* hostile() const noexcept { return hostile_; }
  [[nodiscard]] const Plot& plot() const noexcept { return plot_; }

 private:
  [[nodiscard]] Agency& any_agency() { return assembly_.at(random_.below(assembly_.agencies().size())); }
  [[nodiscard]] bool chance(std::uint64_t percent) { return random_.below(100) < percent; }
  void create_space(Agency& steward);
  void post();
  void reply();
  void withdraw();
  void change_members();
  void leave_or_join();
  void change_agreement();
  void suspend_or_resume();
  void posted(Agency* author, const SpaceId& space, const std::string& text, bool secret,
              const proto::Result<feed::Appended>& result);

  Assembly& assembly_;
  Plot plot_;
  Random random_;
  Agency* hostile_ = nullptr;
  std::vector<std::pair<Agency*, Agency*>> pairs_;
  /// What the first one's operator offered or signed, ever; as if the first one had proposed it.
  std::map<std::pair<Agency*, Agency*>, std::vector<federation::Terms>> agreed_to_;
  std::vector<Planned> spaces_;
  std::vector<Posted> posts_;
  std::map<proto::Code, std::uint64_t> refused_;
  std::uint64_t asked_ = 0;
  std::uint64_t number_ = 0;
};

}  // namespace comity::sim::nodes
