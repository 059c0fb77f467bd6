// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>

#include "test/sim/nodes/knowledge.h"
#include "test/sim/nodes/script.h"

namespace comity::sim::nodes {

/// What a world of honest nodes promises, asked from outside: of their stores and books, against what their
/// operators meant and what they acknowledged. The hostile agency is asked nothing, and owed nothing.
class Checks {
 public:
  Checks(Assembly& assembly, const Script& script) : assembly_(assembly), script_(script) {}

  /// What is not yet equal everywhere; empty: all nodes agree. All nodes run.
  [[nodiscard]] std::string difference();

  /// After difference() is empty: the first broken promise about what is held; empty: none. Counts what it
  /// compared, so that a run that compares nothing is seen.
  [[nodiscard]] std::string broken_promise();

  /// Now, at any time: the first queue above its cap; empty: none.
  [[nodiscard]] std::string overfull();
  /// Now, at any time: an agreement in force at an honest agency that allows what its operator never agreed
  /// to; empty: none.
  [[nodiscard]] std::string too_wide();
  /// Now, at any time: an honest agency that another one counts as cloned, though nobody has its keys and
  /// its store was never put back; empty: none.
  [[nodiscard]] std::string false_clone();

  /// Whether everybody was told and holds only what they may know.
  [[nodiscard]] std::string leak(const Knowledge& knowledge, std::size_t& found_at_members);

  struct Compared {
    std::uint64_t feeds = 0;    ///< pairs of feed and reader
    std::uint64_t entries = 0;  ///< at readers
    std::uint64_t posts = 0;    ///< acknowledged, looked up at their author and at each reader
    std::uint64_t texts = 0;    ///< that were opened and equal
  };
  [[nodiscard]] const Compared& compared() const noexcept { return compared_; }

 private:
  struct Member {
    Agency* agency = nullptr;
    const community::Space* space = nullptr;
  };
  [[nodiscard]] bool honest(const Agency& agency) const { return &agency != script_.hostile(); }
  [[nodiscard]] std::vector<Agency*> members_of(const Planned& space);
  /// Whether the agreement in force lets `from` send `to` all that the space may hold.
  [[nodiscard]] bool may_send(Agency& from, Agency& to, const Planned& space);
  /// For a report: how far the steward's feed came to a reader.
  [[nodiscard]] std::string what_reached(Agency& steward, Agency& reader, const Planned& planned);
  [[nodiscard]] std::string difference_in(const Planned& space);
  [[nodiscard]] std::string agreements_differ();
  [[nodiscard]] std::string check_holder(Agency& holder);
  [[nodiscard]] std::string check_posts();
  /// Whether its author lost it in a restore that nothing showed, nobody else has it, and whoever holds an
  /// entry in its place holds the one that its author has there now.
  [[nodiscard]] bool is_forgotten(const Posted& post);
  /// Whether `reader` is owed the author's feed of that post.
  [[nodiscard]] bool is_owed(Agency& reader, const Posted& post);

  /// For a report: the grants of that key, at its author and at a reader.
  [[nodiscard]] std::string what_of_key(Agency& author, Agency& reader, const proto::FeedId& feed,
                                        proto::KeyEpoch epoch);
  [[nodiscard]] bool is_from_before(Agency& reader, const Posted& post, const feed::Header& header);

  Assembly& assembly_;
  const Script& script_;
  Compared compared_;
};

}  // namespace comity::sim::nodes
