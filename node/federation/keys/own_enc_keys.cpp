// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/keys/own_enc_keys.h"

#include <algorithm>

#include "node/federation/keys/sealed.h"

namespace comity::federation {
namespace {

constexpr std::size_t kMostAnnounced = 4;

}  // namespace

Bytes OwnEncKeys::row_of(ByteView key, const Held& held) {
  return checked_row(key, {held.public_key.key.view(), proto::to_be(millis(held.public_key.not_before)),
                           proto::to_be(millis(held.public_key.not_after)),
                           seal_key(storage_key_, key, 0, held.pair.private_key(), random_)});
}

Status OwnEncKeys::load(const storage::View& view) {
  std::map<KeyId, Held> loaded;
  Status failed;
  const auto read = [&](ByteView key, ByteView value) -> Status {
    COMITY_TRY(const auto parsed, kEncSecrets.parse(key));
    COMITY_TRY(auto row, feed::RowReader::open(kEncSecrets.info(), key, value));
    EncKey public_key;
    public_key.key = row.id<crypto::X25519PublicKey>();
    public_key.not_before = from_millis(row.number<std::uint64_t>());
    public_key.not_after = from_millis(row.number<std::uint64_t>());
    const ByteView sealed = row.rest();
    crypto::Key32 secret;
    if (!row.done() || !open_key(storage_key_, key, 0, sealed, secret.writable()).ok()) {
      return feed::damaged(kEncSecrets.info(), key, "it does not open with the storage key");
    }
    COMITY_TRY(auto pair, crypto::X25519KeyPair::from_private(secret.view()));
    if (pair.public_key() != public_key.key || public_key.id() != std::get<0>(parsed)) {
      return feed::damaged(kEncSecrets.info(), key, "its halves do not belong together");
    }
    loaded.emplace(std::get<0>(parsed), Held{public_key, std::move(pair)});
    return {};
  };
  COMITY_CHECK(view.walk(kEncSecrets.range(), false, [&](ByteView key, ByteView value) {
    failed = read(key, value);
    return failed.ok();
  }));
  COMITY_CHECK(failed);
  keys_ = std::move(loaded);
  return {};
}

Result<OwnEncKeys::Renewed> OwnEncKeys::renew(EncKeyBook& book, const ChainBook& chains,
                                              const feed::SigningKey& signing, WallTime now, bool fresh) {
  Renewed out;
  const bool lasts = std::ranges::any_of(keys_, [&](const auto& item) {
    const EncKey& key = item.second.public_key;
    return key.not_before <= now && key.not_after - kEncKeyRenewBefore > now;
  });
  if (fresh || !lasts) {
    auto pair = crypto::X25519KeyPair::generate(random_);
    const EncKey made{pair.public_key(), now, now + kEncKeyLife};
    const KeyId id = made.id();
    const Held& held = keys_.emplace(id, Held{made, std::move(pair)}).first->second;
    const Bytes key = kEncSecrets.key(id);
    out.rows.put(key, row_of(key, held));
    out.made = true;
  }
  const EncKeySet* const announced = book.find(self_);
  if (!out.made && announced != nullptr && announced->signer == signing.id &&
      announced->keydoc == signing.keydoc) {
    return out;
  }
  std::vector<EncKey> keys;
  for (const auto& [id, held] : keys_) {
    if (held.public_key.not_after >= now) keys.push_back(held.public_key);
  }
  std::ranges::sort(keys, std::greater<>(), &EncKey::not_before);
  if (keys.size() > kMostAnnounced) keys.resize(kMostAnnounced);
  COMITY_TRY(out.announce, sign_enc_keys(self_, book.serial(self_) + 1, keys, now, signing));
  COMITY_TRY(Rows rows, book.take(*out.announce, chains, now));
  out.rows.add(std::move(rows));
  return out;
}

Rows OwnEncKeys::destroy(WallTime now, WallTime last_full_sync) {
  Rows rows;
  std::erase_if(keys_, [&](const auto& item) {
    const EncKey& key = item.second.public_key;
    if (key.not_after + kEncKeyKeep > now || last_full_sync <= key.not_after) return false;
    rows.erase(kEncSecrets.key(item.first));
    return true;
  });
  return rows;
}

const crypto::X25519KeyPair* OwnEncKeys::find(const KeyId& key) const {
  const auto at = keys_.find(key);
  return at == keys_.end() ? nullptr : &at->second.pair;
}

}  // namespace comity::federation
