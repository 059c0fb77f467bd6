// SPDX-License-Identifier: EUPL-1.2
#include "crypto/grant.h"

#include "crypto/hpke.h"
#include "crypto/sha256.h"

namespace comity::crypto {
namespace {

using proto::Bytes;

Bytes info_of(const GrantContext& grant) {
  return proto::concat({context("grant"), grant.author.view(), grant.feed.view(),
                        proto::to_be(proto::raw(grant.epoch)), grant.recipient.view()});
}

// HPKE wants a name for the psk. It is the same for all, because a name of its own would tell relays which
// wraps belong to which pair.
std::optional<HpkePsk> named(const Key32* psk) {
  static const Bytes name = context("grant-psk");
  if (psk == nullptr) return std::nullopt;
  return HpkePsk{psk->view(), name};
}

bool opens(const WrappedFeedKey& wrapped, HpkeContext context, FeedKey& key) {
  return context.open({}, wrapped.ciphertext, key.bytes.writable()).ok();
}

}  // namespace

proto::Result<WrappedFeedKey> wrap_feed_key(const FeedKey& key, const GrantContext& grant,
                                            const X25519PublicKey& recipient_key, const Key32* psk,
                                            Random& random) {
  COMITY_TRY(HpkeSender sender, hpke_sender(recipient_key, info_of(grant), named(psk), random));
  WrappedFeedKey wrapped{sender.encapsulated, {}};
  COMITY_CHECK(sender.context.seal({}, key.bytes.view(), wrapped.ciphertext));
  return wrapped;
}

proto::Result<UnwrappedFeedKey> unwrap_feed_key(const WrappedFeedKey& wrapped, const GrantContext& grant,
                                                const X25519KeyPair& recipient_key,
                                                std::span<const Key32* const> psks) {
  COMITY_TRY(const Key32 shared, hpke::decapsulate(wrapped.encapsulated, recipient_key));
  const Bytes info = info_of(grant);
  UnwrappedFeedKey found;
  for (const Key32* psk : psks) {
    COMITY_TRY(HpkeKeys keys, hpke::key_schedule(shared, info, named(psk)));
    if (opens(wrapped, HpkeContext(std::move(keys)), found.key)) {
      found.with_psk = true;
      return found;
    }
  }
  COMITY_TRY(HpkeKeys keys, hpke::key_schedule(shared, info, std::nullopt));
  if (opens(wrapped, HpkeContext(std::move(keys)), found.key)) return found;
  return proto::Error{proto::Code::kNoGrant, {}};
}

}  // namespace comity::crypto
