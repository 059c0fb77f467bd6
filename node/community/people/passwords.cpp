// SPDX-License-Identifier: EUPL-1.2
#include "node/community/people/passwords.h"

#include "crypto/password.h"
#include "node/community/tables.h"
#include "node/feed/row.h"

namespace comity::community {
namespace {

// Checked against where there is no password: of the usual cost, and nobody's.
Bytes nobodys_hash() {
  const crypto::PasswordCost cost;
  Bytes out = proto::concat(
      {proto::to_be(std::uint8_t{1}), proto::to_be(cost.passes), proto::to_be(cost.memory_kib)});
  out.resize(crypto::kPasswordHashBytes);
  return out;
}

}  // namespace

void put_password(storage::Batch& rows, const UserId& user, ByteView hash) {
  const Bytes key = kPasswords.key(user);
  feed::RowWriter row;
  row.bytes(hash);
  rows.put(key, std::move(row).finish(key));
}

Result<std::optional<Bytes>> find_password(const storage::View& view, const UserId& user) {
  const Bytes key = kPasswords.key(user);
  COMITY_TRY(const auto value, view.get(key));
  if (!value) return std::optional<Bytes>();
  COMITY_TRY(auto row, feed::RowReader::open(kPasswords.info(), key, *value));
  const ByteView hash = row.rest();
  return std::optional(Bytes(hash.begin(), hash.end()));
}

Result<std::optional<PersonRow>> sign_in(const storage::View& view, std::string_view handle,
                                         ByteView password) {
  std::optional<PersonRow> person;
  std::optional<Bytes> hash;
  auto found = find_person(view, handle);
  if (found.ok()) {
    COMITY_TRY(hash, find_password(view, found->id));
    person = *std::move(found);
  } else if (found.error().code != Code::kUserUnknown) {
    return found.error();
  }
  COMITY_TRY(const bool fits, crypto::password_fits(password, hash ? *hash : nobodys_hash()));
  if (!fits || !hash || person->disabled) return std::optional<PersonRow>();
  return person;
}

}  // namespace comity::community
