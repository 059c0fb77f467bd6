// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/community/people/people.h"

namespace comity::community {

/// The row that makes this the hash of a person's password, as crypto::hash_password() gave it.
void put_password(storage::Batch& rows, const UserId& user, ByteView hash);

/// The stored hash; nothing for who has no password and therefore cannot sign in. Errors: kFeedDamaged and
/// those of the store.
[[nodiscard]] Result<std::optional<Bytes>> find_password(const storage::View& view, const UserId& user);

/// Whether somebody may sign in: the person, when `password` is theirs and the account is not disabled;
/// nothing else, whatever is wrong. It takes as long for an unknown name as for a wrong password. On the
/// pool, since it costs what crypto::PasswordCost says. Errors: kFeedDamaged, kKeyFileMemory and those of the
/// store.
[[nodiscard]] Result<std::optional<PersonRow>> sign_in(const storage::View& view, std::string_view handle,
                                                       ByteView password);

}  // namespace comity::community
