// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/keys/sealed.h"

#include <stdexcept>

namespace comity::federation {
namespace {

proto::Bytes place_of(proto::ByteView row, std::uint32_t index) {
  return proto::concat({row, proto::to_be(index)});
}

}  // namespace

proto::Bytes seal_key(const crypto::Key32& storage_key, proto::ByteView row, std::uint32_t index,
                      std::span<const std::byte, 32> secret, crypto::Random& random) {
  proto::Bytes sealed(kSealedKeyBytes);
  const auto nonce = std::span(sealed).first(crypto::kXChaChaNonceBytes);
  random.fill(nonce);
  if (!crypto::xchacha20poly1305_seal(storage_key.view(), nonce, place_of(row, index), secret,
                                      std::span(sealed).subspan(nonce.size()))
           .ok()) {
    throw std::logic_error("sizes of a sealed key");
  }
  return sealed;
}

proto::Status open_key(const crypto::Key32& storage_key, proto::ByteView row, std::uint32_t index,
                       proto::ByteView sealed, std::span<std::byte, 32> secret) {
  if (sealed.size() != kSealedKeyBytes) return proto::Error{proto::Code::kWrongSize, "a sealed key"};
  return crypto::xchacha20poly1305_open(storage_key.view(), sealed.first(crypto::kXChaChaNonceBytes),
                                        place_of(row, index), sealed.subspan(crypto::kXChaChaNonceBytes),
                                        secret);
}

}  // namespace comity::federation
