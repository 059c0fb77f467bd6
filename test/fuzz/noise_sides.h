// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "crypto/noise/handshake.h"
#include "crypto/noise/record.h"
#include "test/unit/seeded.h"

/// Both sides of one pairing handshake whose keys and ephemerals never change, so that messages in the
/// corpora stay genuine: a fuzzer cannot make one.
namespace comity::fuzz {

inline constexpr std::string_view kProloguePiece = "fuzz";
inline constexpr std::string_view kFirstPayload = "first";
inline constexpr std::string_view kSecondPayload = "second";
inline constexpr std::string_view kThirdPayload = "third";

struct NoiseSides {
  NoiseSides() : initiator_random(1), responder_random(2) {
    test::SeededRandom keys(3);
    initiator_keys.emplace(crypto::X25519KeyPair::generate(keys));
    responder_keys.emplace(crypto::X25519KeyPair::generate(keys));
    keys.fill(psk.writable());
  }
  crypto::noise::Handshake initiator() {
    crypto::noise::HandshakeSetup setup{crypto::noise::kXKpsk3, crypto::noise::Role::kInitiator,
                                        proto::as_bytes(kProloguePiece)};
    setup.local_static = initiator_keys->clone();
    setup.remote_static = responder_keys->public_key();
    setup.psk = psk.clone();
    return crypto::noise::Handshake(std::move(setup), initiator_random);
  }
  crypto::noise::Handshake responder() {
    crypto::noise::HandshakeSetup setup{crypto::noise::kXKpsk3, crypto::noise::Role::kResponder,
                                        proto::as_bytes(kProloguePiece)};
    setup.local_static = responder_keys->clone();
    return crypto::noise::Handshake(std::move(setup), responder_random);
  }
  crypto::noise::PskLookup find_psk() {
    return [this](const crypto::X25519PublicKey& who) -> std::optional<crypto::Key32> {
      if (who != initiator_keys->public_key()) return std::nullopt;
      return psk.clone();
    };
  }

  test::SeededRandom initiator_random;
  test::SeededRandom responder_random;
  std::optional<crypto::X25519KeyPair> initiator_keys;
  std::optional<crypto::X25519KeyPair> responder_keys;
  crypto::Key32 psk;
};

/// The next message of `side` with this payload.
[[nodiscard]] inline proto::Bytes written(crypto::noise::Handshake& side, std::string_view payload) {
  proto::Bytes message(payload.size() + side.overhead());
  if (!side.write_message(proto::as_bytes(payload), message).ok()) std::abort();
  return message;
}

/// Whether every call says that the handshake is over.
[[nodiscard]] inline bool dead(crypto::noise::Handshake& side) {
  proto::Bytes out(256);
  return side.write_message({}, out).error().code == proto::Code::kNoiseDead &&
         side.read_message(out, out).error().code == proto::Code::kNoiseDead &&
         side.split().error().code == proto::Code::kNoiseDead;
}

}  // namespace comity::fuzz
