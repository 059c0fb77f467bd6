// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>

#include "node/community/people/cards.h"
#include "node/community/spaces/sights.h"

namespace comity::community {

/// A person as people see them: ours as their row and profile say, another agency's as its card does.
struct KnownPerson {
  Person id{};
  std::string agency{};  ///< our name for it
  v1::ProfileCard card{};
  bool card_known = false;  ///< false: met in a space, without a card of the directory
  /// Another person of that agency bears the same sign-in name.
  bool namesake = false;
};
/// "maria@health"; "maria~k3v5a2tx@health" where two people of that agency bear the name.
[[nodiscard]] std::string address_text(const KnownPerson& person);

struct PeopleQuery {
  std::string text{};  ///< words; each begins a word of the card. Empty: everybody
  std::optional<AgencyId> agency{};
  std::string skill{};  ///< exactly this one, whatever its case; empty: any
  std::string after{};  ///< PeopleFound::next
  std::size_t limit = 50;
};
struct PeopleFound {
  std::vector<KnownPerson> people{};
  std::string next{};  ///< to be given back for the next page; empty: this was the last one
};

/// Reads the people of this agency and of partners as they were at one moment, for one reader: a card is seen
/// by whom its directory admits, and the people of an agency that is suspended or revoked are nobody. One
/// thread at a time; view and sights outlive it.
class PeopleReader {
 public:
  /// Rows and bytes of one agency's cards that a search looks at; an agency that told more is searched in
  /// part.
  static constexpr std::size_t kMostCards = 100'000;
  static constexpr std::size_t kMostCardBytes = 64U * 1024 * 1024;
  static constexpr std::size_t kMostQueryWords = 16;

  PeopleReader(const storage::View& view, const Sights& sights, Reader reader)
      : view_(view), sights_(sights), reader_(std::move(reader)) {}

  /// Somebody by id; nothing when no card of theirs may be seen.
  [[nodiscard]] Result<std::optional<KnownPerson>> find(const Person& person) const;
  /// Somebody of `agency` by sign-in name, by NAME~ID where the name is not enough, or by their id in
  /// base32, as rows of posts tell it. Of people without a card, those are known who wrote in a shared space
  /// that the reader may read. Errors: kUserUnknown, also with "several" in its detail.
  [[nodiscard]] Result<KnownPerson> named(std::string_view handle, const AgencyId& agency) const;
  /// What rows call somebody whose entry stands in `space`: by the card, else as the space was told, else by
  /// the start of the id.
  [[nodiscard]] Result<KnownPerson> author(const SpaceId& space, const Person& person) const;
  /// In the order of agencies, our own first, and of sign-in names. Who left is not found. Errors:
  /// kQueryRule, kIdRule for a place that is none, kStoreBounds for a limit.
  [[nodiscard]] Result<PeopleFound> search(const PeopleQuery& query) const;

 private:
  struct Found;
  class Matcher;
  [[nodiscard]] const SpaceSight* directory(const AgencyId& agency) const;
  [[nodiscard]] Result<std::optional<KnownPerson>> own(const UserId& user) const;
  [[nodiscard]] Result<std::optional<KnownPerson>> told(const SpaceSight& space, const Person& person) const;
  [[nodiscard]] Result<std::vector<KnownPerson>> told(const SpaceSight& space, const AgencyId& agency,
                                                      std::string_view handle) const;
  [[nodiscard]] Result<KnownPerson> by_id(std::string_view text, const AgencyId& agency) const;
  [[nodiscard]] Result<std::vector<KnownPerson>> candidates(std::string_view handle,
                                                            const AgencyId& agency) const;
  [[nodiscard]] Status search_own(const Matcher& matcher, std::vector<Found>& found) const;
  [[nodiscard]] Status search_told(const SpaceSight& directory, const Matcher& matcher,
                                   std::vector<Found>& found) const;

  const storage::View& view_;
  const Sights& sights_;
  Reader reader_;
};

}  // namespace comity::community
