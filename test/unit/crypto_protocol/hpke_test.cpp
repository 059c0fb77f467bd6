// SPDX-License-Identifier: EUPL-1.2
#include "crypto/hpke.h"

#include <doctest/doctest.h>

#include "test/unit/crypto_protocol/json.h"
#include "test/unit/crypto_protocol/low_order.h"
#include "test/unit/crypto_protocol/scripted_random.h"
#include "test/unit/seeded.h"
#include "test/unit/vectors.h"

namespace comity::crypto {
namespace {

using boost::json::value;
using proto::as_bytes;
using proto::Bytes;
using proto::Code;
using test::SeededRandom;

std::size_t number_of(const value& object, std::string_view name) {
  return std::stoul(text_of(object, name));
}

bool messages_agree(const value& vector, HpkeContext& sender, HpkeContext& receiver) {
  std::size_t sequence = 0;
  for (const value& message : vector.at("encryptions").as_array()) {
    const Bytes plain = bytes_of(message, "pt");
    Bytes sealed(plain.size() + kAeadTagBytes);
    Bytes opened(plain.size());
    for (; sequence < number_of(message, "sequence_number"); ++sequence) {
      if (!sender.seal({}, plain, sealed).ok() || !receiver.open({}, sealed, opened).ok()) return false;
    }
    const Bytes aad = bytes_of(message, "aad");
    if (!sender.seal(aad, plain, sealed).ok() || sealed != bytes_of(message, "ct")) return false;
    if (!receiver.open(aad, sealed, opened).ok() || opened != plain) return false;
    ++sequence;
  }
  return sequence > 0;
}

bool exports_agree(const value& vector, const HpkeContext& context) {
  for (const value& each : vector.at("exports").as_array()) {
    Bytes out(number_of(each, "L"));
    if (!context.export_secret(bytes_of(each, "exporter_context"), out).ok()) return false;
    if (out != bytes_of(each, "exported_value")) return false;
  }
  return true;
}

bool passes(const value& vector) {
  const X25519KeyPair ephemeral = hpke_derive_key_pair(bytes_of(vector, "ikmE"));
  const X25519KeyPair receiver = hpke_derive_key_pair(bytes_of(vector, "ikmR"));
  const Bytes info = bytes_of(vector, "info");
  Bytes psk_key;
  Bytes psk_id;
  std::optional<HpkePsk> psk;
  if (text_of(vector, "mode") == "1") {
    psk_key = bytes_of(vector, "psk");
    psk_id = bytes_of(vector, "psk_id");
    psk = HpkePsk{psk_key, psk_id};
  }
  const auto same = [&](ByteView ours, std::string_view name) {
    return proto::equal(ours, bytes_of(vector, name));
  };
  if (!same(ephemeral.public_key().view(), "pkEm") || !same(ephemeral.private_key(), "skEm")) return false;
  if (!same(receiver.public_key().view(), "pkRm") || !same(receiver.private_key(), "skRm")) return false;

  const Key32 shared = hpke::encapsulate(ephemeral, receiver.public_key()).value();
  const Key32 received = hpke::decapsulate(ephemeral.public_key(), receiver).value();
  if (!same(shared.view(), "shared_secret") || !same(received.view(), "shared_secret")) return false;
  const HpkeKeys keys = hpke::key_schedule(shared, info, psk).value();
  if (!same(keys.key.view(), "key") || !same(keys.base_nonce.view(), "base_nonce") ||
      !same(keys.exporter_secret.view(), "exporter_secret")) {
    return false;
  }

  ScriptedRandom random(bytes_of(vector, "skEm"));
  HpkeSender sending = hpke_sender(receiver.public_key(), info, psk, random).value();
  HpkeContext receiving = hpke_receiver(sending.encapsulated, receiver, info, psk).value();
  return same(sending.encapsulated.view(), "enc") && messages_agree(vector, sending.context, receiving) &&
         exports_agree(vector, sending.context) && exports_agree(vector, receiving);
}

}  // namespace

TEST_CASE("HPKE agrees with RFC 9180 A.2, key schedule and exporter included") {
  test::with_vectors("hpke/rfc9180_x25519_hkdfsha256_chacha20poly1305.json",
                     [](const std::string& file, test::VectorCount& count) {
                       const value root = boost::json::parse(file);
                       for (const value& vector : root.at("vectors").as_array())
                         count.add(passes(vector), text_of(vector, "name"));
                     });
}

TEST_CASE("a message opens only with its key, info, associated data, psk and place in the sequence") {
  SeededRandom random(2);
  const X25519KeyPair receiver = X25519KeyPair::generate(random);
  const X25519KeyPair other = X25519KeyPair::generate(random);
  const Bytes key(32, std::byte{1});
  const Bytes key2(32, std::byte{2});
  const HpkePsk psk{key, as_bytes("id")};
  HpkeSender sender = hpke_sender(receiver.public_key(), as_bytes("info"), psk, random).value();
  Bytes sealed(4 + kAeadTagBytes);
  REQUIRE(sender.context.seal(as_bytes("ad"), as_bytes("text"), sealed).ok());

  const auto opens = [&](const X25519KeyPair& keys, std::string_view info, const std::optional<HpkePsk>& with,
                         std::string_view ad, ByteView message) {
    HpkeContext context = hpke_receiver(sender.encapsulated, keys, as_bytes(info), with).value();
    Bytes opened(4);
    const proto::Status status = context.open(as_bytes(ad), message, opened);
    if (!status.ok()) CHECK(status.error().code == Code::kAuthentication);
    return status.ok();
  };
  CHECK(opens(receiver, "info", psk, "ad", sealed));
  CHECK_FALSE(opens(other, "info", psk, "ad", sealed));
  CHECK_FALSE(opens(receiver, "Info", psk, "ad", sealed));
  CHECK_FALSE(opens(receiver, "info", psk, "Ad", sealed));
  CHECK_FALSE(opens(receiver, "info", std::nullopt, "ad", sealed));
  CHECK_FALSE(opens(receiver, "info", HpkePsk{key2, as_bytes("id")}, "ad", sealed));
  CHECK_FALSE(opens(receiver, "info", HpkePsk{key, as_bytes("di")}, "ad", sealed));
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes changed = sealed;
    changed[bit / 8] ^= std::byte{1} << (bit % 8);
    REQUIRE_FALSE(opens(receiver, "info", psk, "ad", changed));
  }
  Bytes second(4 + kAeadTagBytes);
  REQUIRE(sender.context.seal(as_bytes("ad"), as_bytes("text"), second).ok());
  CHECK(second != sealed);
  CHECK_FALSE(opens(receiver, "info", psk, "ad", second));
}

TEST_CASE("a context that was moved away seals and opens nothing") {
  SeededRandom random(5);
  const X25519KeyPair receiver = X25519KeyPair::generate(random);
  HpkeSender sender = hpke_sender(receiver.public_key(), {}, std::nullopt, random).value();
  HpkeContext taken = std::move(sender.context);
  Bytes sealed(kAeadTagBytes);
  // NOLINTBEGIN(bugprone-use-after-move)
  CHECK(sender.context.seal({}, {}, sealed).error().code == Code::kNoiseDead);
  CHECK(sender.context.open({}, sealed, {}).error().code == Code::kNoiseDead);
  CHECK(sender.context.export_secret({}, sealed).error().code == Code::kNoiseDead);
  // NOLINTEND(bugprone-use-after-move)
  CHECK(taken.seal({}, {}, sealed).ok());
}

TEST_CASE("sizes that cannot be are refused without touching the sequence") {
  SeededRandom random(3);
  const X25519KeyPair receiver = X25519KeyPair::generate(random);
  HpkeSender sender = hpke_sender(receiver.public_key(), {}, std::nullopt, random).value();
  HpkeContext context = hpke_receiver(sender.encapsulated, receiver, {}, std::nullopt).value();
  Bytes sealed(4 + kAeadTagBytes);
  Bytes opened(4);
  CHECK(sender.context.seal({}, as_bytes("text"), opened).error().code == Code::kWrongSize);
  REQUIRE(sender.context.seal({}, as_bytes("text"), sealed).ok());
  for (std::size_t size = 0; size < sealed.size(); ++size)
    CHECK(context.open({}, ByteView(sealed).first(size), opened).error().code == Code::kWrongSize);
  CHECK(context.open({}, sealed, opened).ok());
  Bytes too_long(255 * 32 + 1);
  CHECK(context.export_secret({}, too_long).error().code == Code::kKeyTooLong);
}

TEST_CASE("a psk comes with its name and with 32 bytes at least") {
  SeededRandom random(4);
  const X25519KeyPair receiver = X25519KeyPair::generate(random);
  const Bytes key(32, std::byte{1});
  const auto code = [&](HpkePsk psk) {
    const auto sender = hpke_sender(receiver.public_key(), {}, psk, random);
    const auto context = hpke_receiver(receiver.public_key(), receiver, {}, psk);
    REQUIRE(sender.ok() == context.ok());
    return sender.ok() ? Code::kUnknown : sender.error().code;
  };
  CHECK(code({key, as_bytes("id")}) == Code::kUnknown);
  CHECK(code({key, {}}) == Code::kBadPsk);
  CHECK(code({ByteView(key).first(31), as_bytes("id")}) == Code::kBadPsk);
  CHECK(code({{}, as_bytes("id")}) == Code::kBadPsk);
  CHECK(code({{}, {}}) == Code::kBadPsk);
}

TEST_CASE("keys of low order are refused on both sides") {
  SeededRandom random(5);
  const X25519KeyPair receiver = X25519KeyPair::generate(random);
  for (const std::string_view point : kLowOrderX25519) {
    const auto key = X25519PublicKey::from(proto::from_hex(point).value()).value();
    CHECK(hpke_sender(key, {}, std::nullopt, random).error().code == Code::kLowOrderPoint);
    CHECK(hpke_receiver(key, receiver, {}, std::nullopt).error().code == Code::kLowOrderPoint);
  }
}

}  // namespace comity::crypto
