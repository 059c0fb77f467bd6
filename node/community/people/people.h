// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crypto/random.h"
#include "node/community/types.h"
#include "storage/batch.h"
#include "storage/view.h"

namespace comity::community {

/// What somebody may do beyond reading and writing. The numbers stand in rows.
enum class Role : std::uint8_t { kMember = 1, kModerator = 2, kRecords = 3, kAdmin = 4 };

/// "member", "moderator", "records", "admin".
[[nodiscard]] std::string_view role_text(Role role) noexcept;
[[nodiscard]] std::optional<Role> parse_role(std::string_view text) noexcept;

/// A person of our own agency.
struct PersonRow {
  UserId id;
  std::string handle{};  ///< as in maria@health
  std::string name{};
  std::string unit{};  ///< empty: none
  Role role = Role::kMember;
  bool disabled = false;
  WallTime since{};

  friend bool operator==(const PersonRow&, const PersonRow&) = default;
};

struct NewPerson {
  std::string handle{};
  std::string name{};  ///< empty: the handle
  std::string unit{};
  Role role = Role::kMember;
  std::vector<std::string> skills{};
};

/// A change of the table: rows that the caller commits, with the audit event that records the decision for
/// example. A change that somebody else was quicker with fails with kStoreGuardFailed.
struct PlannedPerson {
  PersonRow person;
  storage::Batch rows{};
};

/// A sign-in name: a letter, then letters, digits, dots and hyphens, lower case, at most 64 bytes, no dot or
/// hyphen at the end.
[[nodiscard]] bool is_handle(std::string_view text) noexcept;

/// Errors: kHandleRule, kTextRule for a name or unit that is not one plain line of at most 256 bytes,
/// kProfileRule for the skills, kUserExists, kFeedDamaged and those of the store.
[[nodiscard]] Result<PlannedPerson> add_person(const storage::View& view, const NewPerson& what,
                                               crypto::Random& random, WallTime now);
/// Errors: kUserUnknown, kFeedDamaged and those of the store. A disabled person stays, since old posts name
/// them.
[[nodiscard]] Result<PlannedPerson> set_disabled(const storage::View& view, std::string_view handle,
                                                 bool disabled);

/// The row of a person as it is to become, guarded by what it was.
void replace_person(storage::Batch& rows, const PersonRow& before, const PersonRow& after);

/// Error kUserUnknown.
[[nodiscard]] Result<PersonRow> find_person(const storage::View& view, std::string_view handle);
/// The same for somebody who is to act; error kUserDisabled too.
[[nodiscard]] Result<PersonRow> acting_person(const storage::View& view, std::string_view handle);
[[nodiscard]] Result<std::optional<PersonRow>> find_person(const storage::View& view, const UserId& user);

struct PeoplePage {
  std::vector<PersonRow> people;
  bool more = false;
};
/// In the order of handles, those after `after`; at most `limit`.
[[nodiscard]] Result<PeoplePage> list_people(const storage::View& view, std::string_view after,
                                             std::size_t limit);

/// People who may sign in. At most 2^32 - 1.
[[nodiscard]] Result<std::uint32_t> count_staff(const storage::View& view);

/// The person as one who reads; `agency` is ours.
[[nodiscard]] Reader reader_of(const AgencyId& agency, const PersonRow& person);

}  // namespace comity::community
