// SPDX-License-Identifier: EUPL-1.2
// What our faces of the primitives cost beside libsodium's bare functions.
#include <memory>

#include <fmt/format.h>
#include <sodium.h>

#include "crypto/aead.h"
#include "crypto/ed25519.h"
#include "crypto/hkdf.h"
#include "crypto/random.h"
#include "crypto/sha256.h"
#include "crypto/x25519.h"
#include "tools/benchmark/suites.h"

namespace comity::benchmark {
namespace {

using crypto::Ed25519KeyPair;
using crypto::Ed25519Signature;
using crypto::Key32;
using crypto::X25519KeyPair;
using proto::as_uchar;
using proto::Bytes;
using proto::ByteView;

constexpr std::size_t kKibibyte = 1024;
constexpr std::size_t kMebibyte = 1024 * kKibibyte;
constexpr double kTarget = 1.15;
constexpr const char* kLibsodium = "libsodium";
using Digest = std::array<unsigned char, 32>;

Bytes random_bytes(std::size_t size) {
  crypto::SystemRandom random;
  Bytes bytes(size);
  random.fill(bytes);
  return bytes;
}

std::string size_name(std::size_t size) {
  if (size >= kMebibyte) return fmt::format("{} MiB", size / kMebibyte);
  if (size >= kKibibyte && size % kKibibyte == 0) return fmt::format("{} KiB", size / kKibibyte);
  return fmt::format("{} B", size);
}

Comparison sha256_of(std::size_t size) {
  const auto ours = [bytes = random_bytes(size)](std::size_t times) {
    for (std::size_t i = 0; i < times; ++i)
      keep(crypto::sha256(bytes));
  };
  const auto theirs = [bytes = random_bytes(size)](std::size_t times) {
    Digest digest{};
    for (std::size_t i = 0; i < times; ++i) {
      crypto_hash_sha256(digest.data(), as_uchar(ByteView(bytes)), bytes.size());
      keep(digest);
    }
  };
  return {"sha256 " + size_name(size), size, kLibsodium, kTarget, ours, theirs};
}

void their_hmac(ByteView key, ByteView message, Digest& out) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, as_uchar(key), key.size());
  crypto_auth_hmacsha256_update(&state, as_uchar(message), message.size());
  crypto_auth_hmacsha256_final(&state, out.data());
}

Comparison hmac_of(std::size_t size) {
  const auto ours = [key = random_bytes(32), bytes = random_bytes(size)](std::size_t times) {
    Key32 out;
    for (std::size_t i = 0; i < times; ++i) {
      crypto::hmac_sha256(key, {bytes}, out.writable());
      keep(out);
    }
  };
  const auto theirs = [key = random_bytes(32), bytes = random_bytes(size)](std::size_t times) {
    Digest out{};
    for (std::size_t i = 0; i < times; ++i) {
      their_hmac(key, bytes, out);
      keep(out);
    }
  };
  return {"hmac-sha256 " + size_name(size), size, kLibsodium, kTarget, ours, theirs};
}

Comparison hkdf_extract_of(std::size_t size) {
  const auto ours = [salt = random_bytes(32), bytes = random_bytes(size)](std::size_t times) {
    for (std::size_t i = 0; i < times; ++i)
      keep(crypto::hkdf_extract(salt, {bytes}));
  };
  const auto theirs = [salt = random_bytes(32), bytes = random_bytes(size)](std::size_t times) {
    Digest out{};
    for (std::size_t i = 0; i < times; ++i) {
      their_hmac(salt, bytes, out);
      keep(out);
    }
  };
  return {"hkdf-sha256 extract " + size_name(size), 0, kLibsodium, kTarget, ours, theirs};
}

// libsodium 1.0.18 has no HKDF; this is what one would write over its HMAC.
void their_expand(ByteView key, ByteView info, std::span<unsigned char> out) {
  Digest block{};
  unsigned char counter = 0;
  for (std::size_t done = 0; done < out.size(); done += block.size()) {
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, as_uchar(key), key.size());
    if (counter > 0) crypto_auth_hmacsha256_update(&state, block.data(), block.size());
    crypto_auth_hmacsha256_update(&state, as_uchar(info), info.size());
    ++counter;
    crypto_auth_hmacsha256_update(&state, &counter, 1);
    crypto_auth_hmacsha256_final(&state, block.data());
    std::copy_n(block.begin(), std::min(block.size(), out.size() - done),
                out.begin() + static_cast<std::ptrdiff_t>(done));
  }
  sodium_memzero(block.data(), block.size());
}

Comparison hkdf_expand_of(std::size_t size) {
  const auto ours = [size, key = random_bytes(32), info = random_bytes(40)](std::size_t times) {
    Bytes out(size);
    for (std::size_t i = 0; i < times; ++i) {
      keep(crypto::hkdf_expand(key, {info}, out).ok());
      keep(out);
    }
  };
  const auto theirs = [size, key = random_bytes(32), info = random_bytes(40)](std::size_t times) {
    std::vector<unsigned char> out(size);
    for (std::size_t i = 0; i < times; ++i) {
      their_expand(key, info, out);
      keep(out);
    }
  };
  return {"hkdf-sha256 expand to " + size_name(size), 0, kLibsodium, kTarget, ours, theirs};
}

// libsodium's keys of one Ed25519 pair, made from the same seed as ours.
struct TheirSigner {
  explicit TheirSigner(ByteView seed) {
    crypto_sign_seed_keypair(public_key.data(), secret_key.data(), as_uchar(seed));
  }
  std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> public_key{};
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret_key{};
};

Comparison ed25519_sign_of(std::size_t size) {
  const Bytes message = random_bytes(size);
  const Bytes seed = random_bytes(32);
  const auto pair = std::make_shared<Ed25519KeyPair>(Ed25519KeyPair::from_seed(seed).value());
  const auto ours = [pair, message](std::size_t times) {
    for (std::size_t i = 0; i < times; ++i)
      keep(pair->sign(message));
  };
  const auto theirs = [signer = TheirSigner(seed), message](std::size_t times) {
    std::array<unsigned char, crypto_sign_BYTES> signature{};
    for (std::size_t i = 0; i < times; ++i) {
      crypto_sign_detached(signature.data(), nullptr, as_uchar(ByteView(message)), message.size(),
                           signer.secret_key.data());
      keep(signature);
    }
  };
  return {"ed25519 sign " + size_name(size), 0, kLibsodium, kTarget, ours, theirs};
}

Comparison ed25519_verify_of(std::size_t size) {
  const Bytes message = random_bytes(size);
  const Bytes seed = random_bytes(32);
  const Ed25519KeyPair pair = Ed25519KeyPair::from_seed(seed).value();
  const Ed25519Signature signature = pair.sign(message);
  const auto ours = [key = pair.public_key(), message, signature](std::size_t times) {
    for (std::size_t i = 0; i < times; ++i)
      keep(crypto::ed25519_verify(key, message, signature));
  };
  const auto theirs = [signer = TheirSigner(seed), message, signature](std::size_t times) {
    for (std::size_t i = 0; i < times; ++i) {
      keep(crypto_sign_verify_detached(as_uchar(signature.view()), as_uchar(ByteView(message)),
                                       message.size(), signer.public_key.data()));
    }
  };
  return {"ed25519 verify " + size_name(size), 0, kLibsodium, kTarget, ours, theirs};
}

Comparison x25519() {
  const Bytes scalar = random_bytes(32);
  const auto pair = std::make_shared<X25519KeyPair>(X25519KeyPair::from_private(scalar).value());
  crypto::SystemRandom random;
  const auto theirs_key = X25519KeyPair::generate(random).public_key();
  const auto ours = [pair, theirs_key](std::size_t times) {
    for (std::size_t i = 0; i < times; ++i)
      keep(pair->shared_secret(theirs_key));
  };
  const auto theirs = [scalar, theirs_key](std::size_t times) {
    Digest shared{};
    for (std::size_t i = 0; i < times; ++i) {
      keep(crypto_scalarmult(shared.data(), as_uchar(ByteView(scalar)), as_uchar(theirs_key.view())));
      keep(shared);
    }
  };
  return {"x25519 shared secret", 0, kLibsodium, kTarget, ours, theirs};
}

struct Aead {
  const char* name;
  std::size_t nonce_bytes;
  decltype(&crypto::chacha20poly1305_seal) seal;
  decltype(&crypto::chacha20poly1305_open) open;
  decltype(&crypto_aead_chacha20poly1305_ietf_encrypt) their_seal;
  decltype(&crypto_aead_chacha20poly1305_ietf_decrypt) their_open;
};

constexpr std::array<Aead, 2> kAeads{{
    {"chacha20-poly1305", crypto::kChaChaNonceBytes, crypto::chacha20poly1305_seal,
     crypto::chacha20poly1305_open, crypto_aead_chacha20poly1305_ietf_encrypt,
     crypto_aead_chacha20poly1305_ietf_decrypt},
    {"xchacha20-poly1305", crypto::kXChaChaNonceBytes, crypto::xchacha20poly1305_seal,
     crypto::xchacha20poly1305_open, crypto_aead_xchacha20poly1305_ietf_encrypt,
     crypto_aead_xchacha20poly1305_ietf_decrypt},
}};

// One message under one key, and room for the result.
struct AeadInput {
  AeadInput(const Aead& aead, std::size_t size)
      : key(random_bytes(32)),
        nonce(random_bytes(aead.nonce_bytes)),
        ad(random_bytes(32)),
        plain(random_bytes(size)) {
    sealed.resize(size + crypto::kAeadTagBytes);
    keep(aead.seal(fixed_key(), nonce, ad, plain, sealed).ok());
    room.resize(sealed.size());
  }
  [[nodiscard]] crypto::AeadKey fixed_key() const { return ByteView(key).first<32>(); }

  Bytes key;
  Bytes nonce;
  Bytes ad;
  Bytes plain;
  Bytes sealed;
  Bytes room;
};

Comparison seal_of(const Aead& aead, std::size_t size) {
  const AeadInput input(aead, size);
  const auto ours = [&aead, in = input](std::size_t times) mutable {
    for (std::size_t i = 0; i < times; ++i) {
      keep(aead.seal(in.fixed_key(), in.nonce, in.ad, in.plain, in.room).ok());
      keep(in.room);
    }
  };
  const auto theirs = [&aead, in = input](std::size_t times) mutable {
    for (std::size_t i = 0; i < times; ++i) {
      aead.their_seal(as_uchar(std::span(in.room)), nullptr, as_uchar(ByteView(in.plain)), in.plain.size(),
                      as_uchar(ByteView(in.ad)), in.ad.size(), nullptr, as_uchar(ByteView(in.nonce)),
                      as_uchar(ByteView(in.key)));
      keep(in.room);
    }
  };
  return {fmt::format("{} seal {}", aead.name, size_name(size)), size, kLibsodium, kTarget, ours, theirs};
}

Comparison open_of(const Aead& aead, std::size_t size) {
  AeadInput input(aead, size);
  input.room.resize(size);
  const auto ours = [&aead, in = input](std::size_t times) mutable {
    for (std::size_t i = 0; i < times; ++i) {
      keep(aead.open(in.fixed_key(), in.nonce, in.ad, in.sealed, in.room).ok());
      keep(in.room);
    }
  };
  const auto theirs = [&aead, in = input](std::size_t times) mutable {
    for (std::size_t i = 0; i < times; ++i) {
      keep(aead.their_open(as_uchar(std::span(in.room)), nullptr, nullptr, as_uchar(ByteView(in.sealed)),
                           in.sealed.size(), as_uchar(ByteView(in.ad)), in.ad.size(),
                           as_uchar(ByteView(in.nonce)), as_uchar(ByteView(in.key))));
      keep(in.room);
    }
  };
  return {fmt::format("{} open {}", aead.name, size_name(size)), size, kLibsodium, kTarget, ours, theirs};
}

}  // namespace

std::vector<Comparison> primitive_comparisons() {
  std::vector<Comparison> all;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{65}, std::size_t{300}, std::size_t{1500}, 64 * kKibibyte, kMebibyte})
    all.push_back(sha256_of(size));
  for (const std::size_t size : {std::size_t{32}, std::size_t{1500}, 64 * kKibibyte})
    all.push_back(hmac_of(size));
  all.push_back(hkdf_extract_of(32));
  for (const std::size_t size : {32, 64})
    all.push_back(hkdf_expand_of(size));
  for (const std::size_t size : {300, 1500}) {
    all.push_back(ed25519_sign_of(size));
    all.push_back(ed25519_verify_of(size));
  }
  all.push_back(x25519());
  for (const Aead& aead : kAeads) {
    for (const std::size_t size : {std::size_t{64}, std::size_t{1500}, 64 * kKibibyte}) {
      all.push_back(seal_of(aead, size));
      all.push_back(open_of(aead, size));
    }
  }
  return all;
}

}  // namespace comity::benchmark
