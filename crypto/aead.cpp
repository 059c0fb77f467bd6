// SPDX-License-Identifier: EUPL-1.2
#include "crypto/aead.h"

#include <fmt/format.h>
#include <sodium.h>

namespace comity::crypto {
namespace {

using proto::as_uchar;
using proto::ByteView;
using proto::Code;
using proto::Error;
using proto::Status;

using Encrypt = decltype(&crypto_aead_chacha20poly1305_ietf_encrypt);
using Decrypt = decltype(&crypto_aead_chacha20poly1305_ietf_decrypt);

Status check_sizes(ByteView nonce, std::size_t nonce_bytes, std::size_t plain, std::size_t sealed) {
  if (nonce.size() != nonce_bytes) {
    return Error{Code::kWrongSize,
                 fmt::format("a nonce of {} bytes where {} belong", nonce.size(), nonce_bytes)};
  }
  if (sealed < kAeadTagBytes || sealed - kAeadTagBytes != plain) {
    return Error{Code::kWrongSize, fmt::format("{} plain bytes against {} sealed ones", plain, sealed)};
  }
  return {};
}

Status seal(Encrypt encrypt, AeadKey key, ByteView nonce, ByteView ad, ByteView plaintext,
            std::span<std::byte> out) {
  init_sodium();
  encrypt(as_uchar(out), nullptr, as_uchar(plaintext), plaintext.size(), as_uchar(ad), ad.size(), nullptr,
          as_uchar(nonce), as_uchar(key));
  return {};
}

Status open(Decrypt decrypt, AeadKey key, ByteView nonce, ByteView ad, ByteView ciphertext,
            std::span<std::byte> out) {
  init_sodium();
  if (decrypt(as_uchar(out), nullptr, nullptr, as_uchar(ciphertext), ciphertext.size(), as_uchar(ad),
              ad.size(), as_uchar(nonce), as_uchar(key)) != 0) {
    wipe(out);
    return Error{Code::kAuthentication, {}};
  }
  return {};
}

}  // namespace

Status chacha20poly1305_seal(AeadKey key, ByteView nonce, ByteView ad, ByteView plaintext,
                             std::span<std::byte> out) {
  COMITY_CHECK(check_sizes(nonce, kChaChaNonceBytes, plaintext.size(), out.size()));
  return seal(crypto_aead_chacha20poly1305_ietf_encrypt, key, nonce, ad, plaintext, out);
}

Status chacha20poly1305_open(AeadKey key, ByteView nonce, ByteView ad, ByteView ciphertext,
                             std::span<std::byte> out) {
  COMITY_CHECK(check_sizes(nonce, kChaChaNonceBytes, out.size(), ciphertext.size()));
  return open(crypto_aead_chacha20poly1305_ietf_decrypt, key, nonce, ad, ciphertext, out);
}

Status xchacha20poly1305_seal(AeadKey key, ByteView nonce, ByteView ad, ByteView plaintext,
                              std::span<std::byte> out) {
  COMITY_CHECK(check_sizes(nonce, kXChaChaNonceBytes, plaintext.size(), out.size()));
  return seal(crypto_aead_xchacha20poly1305_ietf_encrypt, key, nonce, ad, plaintext, out);
}

Status xchacha20poly1305_open(AeadKey key, ByteView nonce, ByteView ad, ByteView ciphertext,
                              std::span<std::byte> out) {
  COMITY_CHECK(check_sizes(nonce, kXChaChaNonceBytes, out.size(), ciphertext.size()));
  return open(crypto_aead_xchacha20poly1305_ietf_decrypt, key, nonce, ad, ciphertext, out);
}

}  // namespace comity::crypto
