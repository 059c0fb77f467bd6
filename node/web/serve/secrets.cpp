// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/secrets.h"

#include <algorithm>

#include "crypto/base32.h"
#include "crypto/secret.h"

namespace comity::web {
namespace {

constexpr std::size_t kHalf = 16;

std::array<std::byte, kHalf> half(const Sha256Digest& digest) {
  std::array<std::byte, kHalf> out{};
  std::ranges::copy(digest.view().first(kHalf), out.begin());
  return out;
}

std::array<std::byte, kHalf> mark(const Sha256Digest& key, std::string_view handle, proto::ByteView name) {
  return half(crypto::tagged_hash("web-device", {key.view(), name, proto::as_bytes(handle)}));
}

}  // namespace

FormSecret form_secret(std::string_view cookie) {
  return half(crypto::tagged_hash("web-form", {proto::as_bytes(cookie)}));
}

std::string masked(const FormSecret& secret, crypto::Random& random) {
  std::array<std::byte, 2 * kHalf> out{};
  random.fill(std::span(out).first(kHalf));
  for (std::size_t i = 0; i < kHalf; ++i)
    out[kHalf + i] = out[i] ^ secret[i];
  return crypto::base32_encode(out);
}

bool unmasks_to(std::string_view text, const FormSecret& secret) {
  const auto bytes = crypto::base32_decode(text);
  if (!bytes || bytes->size() != 2 * kHalf) return false;
  FormSecret plain{};
  for (std::size_t i = 0; i < kHalf; ++i)
    plain[i] = (*bytes)[i] ^ (*bytes)[kHalf + i];
  return crypto::equal_ct(plain, secret);
}

std::string random_text(crypto::Random& random) {
  std::array<std::byte, kHalf> bytes{};
  random.fill(bytes);
  return crypto::base32_encode(bytes);
}

std::string device_text(const Sha256Digest& key, std::string_view handle, crypto::Random& random) {
  std::array<std::byte, kHalf> name{};
  random.fill(name);
  const auto proof = mark(key, handle, name);
  return crypto::base32_encode(proto::concat({name, proof}));
}

std::optional<std::string> device_of(const Sha256Digest& key, std::string_view handle,
                                     std::string_view text) {
  const auto bytes = crypto::base32_decode(text);
  if (!bytes || bytes->size() != 2 * kHalf) return std::nullopt;
  const proto::ByteView name = proto::ByteView(*bytes).first(kHalf);
  if (!crypto::equal_ct(mark(key, handle, name), proto::ByteView(*bytes).subspan(kHalf))) return std::nullopt;
  return crypto::base32_encode(name);
}

}  // namespace comity::web
