// SPDX-License-Identifier: EUPL-1.2
// Project Wycheproof: ordinary cases beside those that broke other implementations.
#include <algorithm>

#include <boost/json.hpp>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "crypto/aead.h"
#include "crypto/ed25519.h"
#include "crypto/hkdf.h"
#include "crypto/x25519.h"
#include "test/unit/crypto/hostile.h"
#include "test/unit/vectors.h"

namespace comity::crypto {
namespace {

namespace json = boost::json;
using proto::Bytes;

std::string_view text_at(const json::value& object, std::string_view name) {
  const json::string& text = object.at({name.data(), name.size()}).as_string();
  return {text.data(), text.size()};
}

Bytes hex_at(const json::value& object, std::string_view name) {
  return hex(text_at(object, name));
}

bool has_flag(const json::value& test, std::string_view flag) {
  return std::ranges::any_of(test.at("flags").as_array(), [&](const json::value& one) {
    return one.as_string() == json::string_view(flag.data(), flag.size());
  });
}

// Calls `passes(group, test)` for every test of `file` and counts what it returns.
template <class Passes>
void run(const std::string& file, Passes passes) {
  test::with_vectors("wycheproof/" + file, [&](const std::string& text, test::VectorCount& count) {
    const json::value parsed = json::parse(text);
    for (const json::value& group : parsed.at("testGroups").as_array()) {
      for (const json::value& test : group.at("tests").as_array()) {
        count.add(passes(group, test), fmt::format("test {}", test.at("tcId").to_number<int>()));
      }
    }
  });
}

bool is_valid(const json::value& test) {
  return text_at(test, "result") == "valid";
}

template <class Seal, class Open>
bool aead_passes(Seal seal, Open open, const json::value& test) {
  const Bytes key_bytes = hex_at(test, "key");
  if (key_bytes.size() != 32) return false;
  const AeadKey key = proto::ByteView(key_bytes).first<32>();
  const Bytes nonce = hex_at(test, "iv");
  const Bytes ad = hex_at(test, "aad");
  const Bytes plaintext = hex_at(test, "msg");
  const Bytes ciphertext = proto::concat({hex_at(test, "ct"), hex_at(test, "tag")});

  Bytes opened(plaintext.size());
  const bool opens = open(key, nonce, ad, ciphertext, opened).ok();
  Bytes sealed(plaintext.size() + kAeadTagBytes);
  const bool seals = seal(key, nonce, ad, plaintext, sealed).ok();
  if (is_valid(test)) return opens && opened == plaintext && seals && sealed == ciphertext;
  return !opens && (!seals || sealed != ciphertext);
}

}  // namespace

TEST_CASE("wycheproof Ed25519") {
  run("ed25519_test.json", [](const json::value& group, const json::value& test) {
    const auto key = Ed25519PublicKey::from(hex_at(group.at("publicKey"), "pk"));
    const auto signature = Ed25519Signature::from(hex_at(test, "sig"));
    const bool good = key.ok() && signature.ok() && ed25519_verify(*key, hex_at(test, "msg"), *signature);
    return good == is_valid(test);
  });
}

TEST_CASE("wycheproof X25519") {
  run("x25519_test.json", [](const json::value&, const json::value& test) {
    const auto pair = X25519KeyPair::from_private(hex_at(test, "private"));
    const auto theirs = X25519PublicKey::from(hex_at(test, "public"));
    if (!pair.ok() || !theirs.ok()) return false;
    const auto shared = pair->shared_secret(*theirs);
    if (has_flag(test, "ZeroSharedSecret")) {
      return !shared.ok() && shared.error().code == proto::Code::kLowOrderPoint;
    }
    return shared.ok() && equal_ct(shared->view(), hex_at(test, "shared"));
  });
}

TEST_CASE("wycheproof ChaCha20-Poly1305") {
  run("chacha20_poly1305_test.json", [](const json::value&, const json::value& test) {
    return aead_passes(chacha20poly1305_seal, chacha20poly1305_open, test);
  });
}

TEST_CASE("wycheproof XChaCha20-Poly1305") {
  run("xchacha20_poly1305_test.json", [](const json::value&, const json::value& test) {
    return aead_passes(xchacha20poly1305_seal, xchacha20poly1305_open, test);
  });
}

TEST_CASE("wycheproof HKDF-SHA-256") {
  run("hkdf_sha256_test.json", [](const json::value&, const json::value& test) {
    const Bytes secret = hex_at(test, "ikm");
    const Bytes info = hex_at(test, "info");
    const Key32 key = hkdf_extract(hex_at(test, "salt"), {secret});
    Bytes out(test.at("size").to_number<std::size_t>());
    const bool good = hkdf_expand(key.view(), {info}, out).ok();
    return is_valid(test) ? good && out == hex_at(test, "okm") : !good;
  });
}

TEST_CASE("wycheproof HMAC-SHA-256") {
  run("hmac_sha256_test.json", [](const json::value& group, const json::value& test) {
    const Bytes key = hex_at(test, "key");
    const Bytes message = hex_at(test, "msg");
    const Bytes tag = hex_at(test, "tag");
    // Comity never shortens a tag, so the groups with shorter ones are compared here.
    Key32 whole;
    hmac_sha256(key, {message}, whole.writable());
    const std::size_t size = group.at("tagSize").to_number<std::size_t>() / 8;
    const bool good = size == 32 ? hmac_sha256_verify(key, message, tag)
                                 : equal_ct(proto::ByteView(whole.view()).first(size), tag);
    return good == is_valid(test);
  });
}

}  // namespace comity::crypto
