// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/key_epochs.h"

#include <stdexcept>

#include <fmt/format.h>

#include "node/feed/row.h"
#include "node/feed/tables.h"

namespace comity::feed {
namespace {
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kRowBytes = crypto::kXChaChaNonceBytes + kKeyBytes + crypto::kAeadTagBytes;
}  // namespace

void put_feed_key(storage::Batch& batch, const FeedId& feed, KeyEpoch epoch, const crypto::FeedKey& key,
                  const crypto::Key32& storage_key, crypto::Random& random) {
  const Bytes place = kKeyEpochs.key(feed, epoch);
  Bytes value(kRowBytes);
  const auto nonce = std::span(value).first(crypto::kXChaChaNonceBytes);
  random.fill(nonce);
  if (!crypto::xchacha20poly1305_seal(storage_key.view(), nonce, place, key.bytes.view(),
                                      std::span(value).subspan(nonce.size()))
           .ok()) {
    throw std::logic_error("sizes of a sealed key");
  }
  batch.put(place, value);
}

Result<crypto::FeedKey> get_feed_key(const storage::View& view, const FeedId& feed, KeyEpoch epoch,
                                     const crypto::Key32& storage_key) {
  const Bytes place = kKeyEpochs.key(feed, epoch);
  COMITY_TRY(const auto value, view.get(place));
  if (!value) return Error{Code::kFeedNoKey, fmt::format("feed {}, key epoch {}", feed.hex(), raw(epoch))};
  crypto::FeedKey key;
  if (value->size() != kRowBytes ||
      !crypto::xchacha20poly1305_open(storage_key.view(), ByteView(*value).first(crypto::kXChaChaNonceBytes),
                                      place, ByteView(*value).subspan(crypto::kXChaChaNonceBytes),
                                      key.bytes.writable())
           .ok()) {
    return damaged(kKeyEpochs.info(), place, "it does not open with the storage key");
  }
  return key;
}

}  // namespace comity::feed
