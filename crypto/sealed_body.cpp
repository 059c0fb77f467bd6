// SPDX-License-Identifier: EUPL-1.2
#include "crypto/sealed_body.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "crypto/hkdf.h"
#include "crypto/padme.h"
#include "crypto/random.h"

namespace comity::crypto {
namespace {

using proto::Bytes;
using proto::ByteView;
using proto::Code;
using proto::Error;

constexpr std::size_t kSlotBytes = 32 + 32 + 8 + 32;
constexpr std::size_t kSmallest = kSealedBodyOverhead + 1;  // the padding's end mark is always there

using SlotBytes = std::array<std::byte, kSlotBytes>;

SlotBytes bytes_of(const Slot& slot) {
  SlotBytes out;
  auto end = std::ranges::copy(slot.agency.view(), out.begin()).out;
  end = std::ranges::copy(slot.feed.view(), end).out;
  end = std::ranges::copy(proto::to_be(proto::raw(slot.seq)), end).out;
  std::ranges::copy(slot.prev.view(), end);
  return out;
}

struct BodyKeys {
  Key32 key;
  Key32 commitment;
};

BodyKeys body_keys(const ContentKey& content_key) {
  static const Bytes label = context("body-key");
  SecretArray<64> both;
  if (!hkdf_expand(content_key.bytes.view(), {label}, both.writable()).ok()) {
    throw std::logic_error("HKDF refused a short output");
  }
  BodyKeys keys;
  std::ranges::copy(both.view().first<32>(), keys.key.writable().begin());
  std::ranges::copy(both.view().last<32>(), keys.commitment.writable().begin());
  return keys;
}

ContentKey derive(const FeedKey& key, ByteView n, const SlotBytes& slot) {
  static const Bytes label = context("cek");
  return {hkdf_expand_key(key.bytes.view(), {label, n, slot})};
}

proto::Status check_size(ByteView body) {
  if (body.size() >= kSmallest && body.size() <= proto::bounds::kSealedBodyBytes) return {};
  return Error{Code::kWrongSize, fmt::format("a sealed body of {} bytes", body.size())};
}

ByteView nonce_of(ByteView body) {
  return body.subspan(kCommitmentBytes, kXChaChaNonceBytes);
}

}  // namespace

FeedKey FeedKey::generate(Random& random) {
  FeedKey key;
  random.fill(key.bytes.writable());
  return key;
}

std::size_t sealed_body_bytes(std::size_t content) noexcept {
  return padme_size(content + 1) + kSealedBodyOverhead;
}

proto::Result<Bytes> seal_body(const FeedKey& key, const Slot& slot, ByteView content, Random& random) {
  const std::size_t size = sealed_body_bytes(content.size());
  if (size > proto::bounds::kSealedBodyBytes) {
    return Error{Code::kBodyTooLarge, fmt::format("{} bytes", content.size())};
  }
  const SlotBytes place = bytes_of(slot);
  Bytes body(size);
  const auto n = std::span(body).subspan(kCommitmentBytes, kXChaChaNonceBytes);
  random.fill(n);
  const BodyKeys keys = body_keys(derive(key, n, place));
  std::ranges::copy(keys.commitment.view(), body.begin());
  const auto sealed = std::span(body).subspan(kCommitmentBytes + kXChaChaNonceBytes);
  const auto plain = sealed.first(sealed.size() - kAeadTagBytes);
  padme_pad(content, plain);
  COMITY_CHECK(xchacha20poly1305_seal(keys.key.view(), n, place, plain, sealed));
  return body;
}

proto::Result<ContentKey> content_key(const FeedKey& key, const Slot& slot, ByteView body) {
  COMITY_CHECK(check_size(body));
  return derive(key, nonce_of(body), bytes_of(slot));
}

proto::Result<Bytes> open_body(const FeedKey& key, const Slot& slot, ByteView body) {
  COMITY_TRY(const ContentKey opened_by, content_key(key, slot, body));
  return open_disclosed(opened_by, slot, body);
}

proto::Result<Bytes> open_disclosed(const ContentKey& key, const Slot& slot, ByteView body) {
  COMITY_CHECK(check_size(body));
  const BodyKeys keys = body_keys(key);
  if (!equal_ct(keys.commitment.view(), body.first(kCommitmentBytes))) return Error{Code::kKeyCommitment, {}};
  const ByteView sealed = body.subspan(kCommitmentBytes + kXChaChaNonceBytes);
  Bytes padded(sealed.size() - kAeadTagBytes);
  COMITY_CHECK(xchacha20poly1305_open(keys.key.view(), nonce_of(body), bytes_of(slot), sealed, padded));
  COMITY_TRY(const ByteView content, padme_unpad(padded));
  padded.resize(content.size());
  return padded;
}

}  // namespace comity::crypto
