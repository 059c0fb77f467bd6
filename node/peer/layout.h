// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <array>
#include <cstddef>

#include "node/peer/contact.h"
#include "proto/bounds.h"

/// The fixed layouts of the handshake (docs/protocol/transport.md): nothing has a length, so nothing before
/// authentication is allocated or parsed by what a stranger says. Numbers are big-endian. What is reserved is
/// zero and is refused otherwise: a later version says so in its preamble or in the features of message 2.
/// Any thread.
namespace comity::peer {

/// "CMTY", version, suite, two bytes of flags: in the clear before message 1.
inline constexpr std::size_t kPreambleBytes = 8;
inline constexpr std::array<std::byte, kPreambleBytes> kPreamble{
    std::byte{'C'}, std::byte{'M'}, std::byte{'T'}, std::byte{'Y'}, std::byte{1},  // version
    std::byte{1},  // suite: Noise_XKpsk3_25519_ChaChaPoly_SHA256
    std::byte{0},   std::byte{0}};

inline constexpr std::size_t kFirstPayloadBytes = 32;  ///< purpose(1) invite id(16) zero(15)
inline constexpr std::size_t kSecondPayloadBytes =
    16;  ///< features(8) least minor(2) highest minor(2) zero(4)
inline constexpr std::size_t kThirdPayloadBytes = 72;  ///< AgencyID(32) KeyDoc version(4) hash(32) zero(4)

inline constexpr std::size_t kFirstBytes = kPreambleBytes + 32 + kFirstPayloadBytes + 16;  ///< on the wire
inline constexpr std::size_t kSecondBytes = 32 + kSecondPayloadBytes + 16;
inline constexpr std::size_t kThirdBytes = 32 + 16 + kThirdPayloadBytes + 16;
inline constexpr std::size_t kMostHandshakeBytes =
    kThirdBytes;  ///< of one message: all that is ever buffered
static_assert(kFirstBytes <= kMostHandshakeBytes && kSecondBytes <= kMostHandshakeBytes);
static_assert(2 * kMostHandshakeBytes <= proto::bounds::kPreAuthBytes);

/// The minor versions that this program speaks.
inline constexpr std::uint16_t kLeastMinor = 0;
inline constexpr std::uint16_t kHighestMinor = 0;
/// A bit that means nothing and is always sent, so that nobody builds a peer that fails at an unknown one.
inline constexpr std::uint64_t kGreaseFeature = std::uint64_t{1} << 63U;
/// The same among the feature numbers of Hello.
inline constexpr std::uint32_t kGreaseNumber = 4'000'000'063;

/// "comity.v1.noise" NUL ‖ preamble: what both sides hash before the first message.
[[nodiscard]] Bytes prologue();

struct FirstPayload {
  Purpose purpose = Purpose::kPeer;
  proto::InviteId invite{};  ///< zero exactly with kPeer
};

struct SecondPayload {
  std::uint64_t features = 0;
  std::uint16_t least_minor = 0;
  std::uint16_t highest_minor = 0;
};

[[nodiscard]] std::array<std::byte, kFirstPayloadBytes> write_first(const FirstPayload& payload);
[[nodiscard]] std::array<std::byte, kSecondPayloadBytes> write_second(const SecondPayload& payload);
[[nodiscard]] std::array<std::byte, kThirdPayloadBytes> write_third(const Claim& claim);

/// Each reads exactly the bytes of its layout. Error kHandshakeFailed for what no sender of this version
/// writes, or another size.
[[nodiscard]] Result<FirstPayload> read_first(ByteView bytes);
[[nodiscard]] Result<SecondPayload> read_second(ByteView bytes);
[[nodiscard]] Result<Claim> read_third(ByteView bytes);

}  // namespace comity::peer
