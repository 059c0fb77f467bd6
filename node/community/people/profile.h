// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/community/people/people.h"

namespace comity::community {

/// What a person of ours says of themselves, beside name and unit, and how much of it partners are told.
struct Profile {
  std::string position{};
  std::vector<std::string> skills{};     ///< lower case, each once, at most 64
  std::vector<std::string> languages{};  ///< tags such as "nb", each once, at most 16
  std::string mail{};
  std::string phone{};
  std::string about{};   ///< CommonMark
  bool listed = true;    ///< a card is released to partners
  bool contact = false;  ///< mail and telephone stand on it too

  friend bool operator==(const Profile&, const Profile&) = default;
};

/// Most bytes of an encoded ProfileCard: every field at its bound, and room for their tags.
inline constexpr std::size_t kProfileCardBytes = 20 * 1024;

/// Judges a card, ours before it is released and others' before it is believed. Error kProfileRule names the
/// field: a handle that is none, what is no plain line, skills or languages that repeat. Any thread.
[[nodiscard]] Status check_card(const v1::ProfileCard& card);

/// The whole card, as colleagues see it.
[[nodiscard]] v1::ProfileCard own_card(const PersonRow& person, const Profile& profile);
/// The card that partners are given; nothing when none is. Of a disabled person name and `left` alone.
[[nodiscard]] std::optional<v1::ProfileCard> released_card(const PersonRow& person, const Profile& profile);

/// An empty one when nothing was ever said. Errors: kFeedDamaged and those of the store.
[[nodiscard]] Result<Profile> find_profile(const storage::View& view, const UserId& user);

/// What is to change; the rest stays.
struct ProfileChange {
  std::optional<std::string> name{};
  std::optional<std::string> unit{};
  std::optional<std::string> position{};
  std::optional<std::vector<std::string>> skills{};     ///< upper case is lowered, repetitions go
  std::optional<std::vector<std::string>> languages{};  ///< likewise
  std::optional<std::string> mail{};
  std::optional<std::string> phone{};
  std::optional<std::string> about{};
  std::optional<bool> listed{};
  std::optional<bool> contact{};
};
/// Rows that the caller commits, as those of add_person(). Errors: kUserUnknown, kUserDisabled, kProfileRule,
/// kFeedDamaged and those of the store.
[[nodiscard]] Result<PlannedPerson> change_profile(const storage::View& view, std::string_view handle,
                                                   const ProfileChange& change);
/// The same for rows of somebody who is being added.
[[nodiscard]] Status put_profile(storage::Batch& rows, const PersonRow& person, const ProfileChange& change);

}  // namespace comity::community
