// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/keys/grants.h"

#include "crypto/hkdf.h"
#include "crypto/sha256.h"

namespace comity::federation {
namespace {

crypto::X25519KeyPair recovery_pair(const GrantSetup& setup) {
  const crypto::Key32 key =
      crypto::hkdf_expand_key(setup.storage_key.view(), {crypto::context("recovery"), setup.self.view()});
  return crypto::X25519KeyPair::from_private(key.view()).value();
}

v1::Wrap to_message(const crypto::WrappedFeedKey& wrapped, const AgencyId& to, const KeyId& key) {
  v1::Wrap wrap;
  wrap.set_to(field(to.view()));
  wrap.set_key_id(field(key.view()));
  wrap.set_enc(field(wrapped.encapsulated.view()));
  wrap.set_ct(field(wrapped.ciphertext));
  return wrap;
}

}  // namespace

Grants::Grants(GrantSetup setup) : setup_(std::move(setup)), recovery_(recovery_pair(setup_)) {}

crypto::Key32 Grants::recovery_psk() const {
  return crypto::hkdf_expand_key(setup_.storage_key.view(),
                                 {crypto::context("recovery-psk"), setup_.self.view()});
}

Result<v1::Wrap> Grants::wrap(const crypto::FeedKey& key, const crypto::GrantContext& context) {
  if (context.recipient == setup_.self) {
    const crypto::Key32 psk = recovery_psk();
    COMITY_TRY(const auto wrapped,
               crypto::wrap_feed_key(key, context, recovery_.public_key(), &psk, setup_.random));
    return to_message(wrapped, setup_.self, crypto::key_id(recovery_.public_key()));
  }
  const EncKeySet* const set = setup_.enc_keys.find(context.recipient);
  const EncKey* const theirs = set == nullptr ? nullptr : set->usable(setup_.now());
  if (theirs == nullptr) {
    // Ahead of the batch with the epoch itself, in the same queue: a note too many harms nothing.
    storage::Batch note;
    note.put(kMissingGrants.key(context.feed, context.epoch, context.recipient), {});
    setup_.store.submit(std::move(note), storage::Durability::kBuffered,
                        [](const Result<storage::Version>&) {});
    return Error{Code::kFeedNoGrant, context.recipient.hex()};
  }
  const auto psks = setup_.psks(context.recipient);
  COMITY_TRY(const auto wrapped,
             crypto::wrap_feed_key(key, context, theirs->key, psks.empty() ? nullptr : &psks.front(),
                                   setup_.random));
  return to_message(wrapped, context.recipient, theirs->id());
}

Result<crypto::FeedKey> Grants::open(const crypto::GrantContext& context, const v1::Wrap& wrap) {
  crypto::WrappedFeedKey wrapped;
  const auto encapsulated = crypto::X25519PublicKey::from(view_of(wrap.enc()));
  if (!encapsulated.ok() || wrap.ct().size() != wrapped.ciphertext.size()) {
    return Error{Code::kNoGrant, "it is of a suite that this version does not know"};
  }
  wrapped.encapsulated = *encapsulated;
  std::ranges::copy(view_of(wrap.ct()), wrapped.ciphertext.begin());
  COMITY_TRY(const KeyId id, KeyId::from(view_of(wrap.key_id())));
  if (context.author == setup_.self) {
    // Wraps by us for us: whoever has not our storage key makes none that open.
    const crypto::Key32 psk = recovery_psk();
    const crypto::Key32* const only[] = {&psk};
    COMITY_TRY(auto opened, crypto::unwrap_feed_key(wrapped, context, recovery_, only));
    if (!opened.with_psk) return Error{Code::kNoGrant, "a wrap for us that we did not make"};
    return std::move(opened.key);
  }
  const crypto::X25519KeyPair* const pair = setup_.own.find(id);
  if (pair == nullptr) return Error{Code::kFeedNoGrant, "our key " + id.hex() + " is gone"};
  const auto psks = setup_.psks(context.author);
  std::vector<const crypto::Key32*> each;
  for (const crypto::Key32& psk : psks)
    each.push_back(&psk);
  COMITY_TRY(auto opened, crypto::unwrap_feed_key(wrapped, context, *pair, each));
  return std::move(opened.key);
}

Result<std::vector<Grants::Missing>> Grants::due() const {
  constexpr std::size_t kMost = 1000;
  std::vector<Missing> out;
  COMITY_TRY(const auto view, setup_.store.snapshot());
  Status failed;
  COMITY_CHECK(view->walk(kMissingGrants.range(), false, [&](ByteView key, ByteView /*value*/) {
    const auto parsed = kMissingGrants.parse(key);
    if (!parsed.ok()) {
      failed = parsed.error();
      return false;
    }
    const auto& [feed, epoch, agency] = *parsed;
    const EncKeySet* const set = setup_.enc_keys.find(agency);
    if (set != nullptr && set->usable(setup_.now()) != nullptr) out.push_back({feed, epoch, agency});
    return out.size() < kMost;
  }));
  COMITY_CHECK(failed);
  return out;
}

void Grants::made(storage::Batch& batch, const Missing& missing) {
  batch.erase(kMissingGrants.key(missing.feed, missing.epoch, missing.agency));
}

}  // namespace comity::federation
