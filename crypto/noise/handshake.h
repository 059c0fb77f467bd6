// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "crypto/noise/pattern.h"
#include "crypto/noise/symmetric_state.h"
#include "crypto/reset_on_move.h"
#include "crypto/x25519.h"

namespace comity::crypto::noise {

enum class Role : std::uint8_t { kInitiator, kResponder };

/// What a side brings to a handshake. Present exactly when the pattern asks for it, but a reader may leave
/// out the pre-shared key and look it up later.
struct HandshakeSetup {
  Pattern pattern;
  Role role;
  ByteView prologue;  ///< both sides must hold the same bytes; hashed, not sent
  std::optional<X25519KeyPair> local_static{};
  std::optional<X25519PublicKey> remote_static{};
  std::optional<Key32> psk{};
};

/// Finds the pre-shared key for the peer that claims this static key. The claim is not proven yet, only the
/// end of the handshake proves it: look the key up and change nothing, count nobody as seen, close no other
/// session. Nothing means a stranger.
using PskLookup = std::function<std::optional<Key32>(const X25519PublicKey& claimed_static)>;

/// What a finished handshake leaves behind.
struct Session {
  CipherState send;
  CipherState receive;
  Sha256Digest handshake_hash;                     ///< unique to this session, equal on both sides
  std::optional<X25519PublicKey> remote_static{};  ///< authenticated
};

/// Noise_*_25519_ChaChaPoly_SHA256 (Noise specification revision 34, section 5.3) without any input or
/// output: the caller carries the messages. After the first error the handshake is dead: its secrets are
/// wiped and every later call returns kNoiseDead, as it does after it was moved away. One object belongs to
/// one thread at a time; `random` gives the ephemeral key and outlives the object.
class Handshake {
 public:
  /// Throws std::invalid_argument when `setup` lacks a key that the pattern needs or holds one that it sends.
  Handshake(HandshakeSetup setup, Random& random);

  /// Whether the next step is a write_message() of this side.
  [[nodiscard]] bool may_write() const noexcept { return !finished() && writes_next(); }
  /// Whether all messages were exchanged and split() may be called.
  [[nodiscard]] bool finished() const noexcept { return next_message_ == pattern_.messages.size(); }
  /// Bytes that the next message has beyond its payload; 0 when finished.
  [[nodiscard]] std::size_t overhead() const;
  /// The other side's static key as soon as it is known; authenticated once finished.
  [[nodiscard]] const std::optional<X25519PublicKey>& remote_static() const noexcept {
    return remote_static_;
  }

  /// Writes the next message into the start of `out`, which has at least payload.size() + overhead() bytes,
  /// and returns its size. Errors: kNoiseOrder when it is the other side's turn, kWrongSize for a message
  /// over 65,535 bytes or a short `out`, kLowOrderPoint, kNoPsk, kNoiseDead.
  [[nodiscard]] proto::Result<std::size_t> write_message(ByteView payload, std::span<std::byte> out);

  /// Reads the next message, puts its payload into the start of `payload`, which has at least
  /// message.size() - overhead() bytes, and returns the payload's size. When the message mixes a pre-shared
  /// key that the setup did not hold, `find_psk` is asked after the static key was decrypted. Errors as
  /// above, and kAuthentication.
  [[nodiscard]] proto::Result<std::size_t> read_message(ByteView message, std::span<std::byte> payload,
                                                        const PskLookup& find_psk = {});

  /// The session, once, when finished; the handshake is then dead. Errors: kNoiseOrder, kNoiseDead.
  [[nodiscard]] proto::Result<Session> split();

 private:
  [[nodiscard]] bool writes_next() const noexcept {
    return (next_message_ % 2 == 0) == (role_ == Role::kInitiator);
  }
  [[nodiscard]] proto::Status write(ByteView payload, std::span<std::byte> out);
  [[nodiscard]] proto::Status read(ByteView message, std::span<std::byte> payload, const PskLookup& find_psk);
  [[nodiscard]] proto::Status mix_secret(Token token, const PskLookup& find_psk);
  [[nodiscard]] proto::Status mix_psk(const PskLookup& find_psk);
  void mix_ephemeral(const X25519PublicKey& key);
  void die() noexcept;

  Pattern pattern_;
  Role role_;
  Random* random_;
  ResetOnMove<SymmetricState> symmetric_;  // empty when dead
  std::optional<X25519KeyPair> local_static_;
  std::optional<X25519KeyPair> local_ephemeral_;
  std::optional<X25519PublicKey> remote_static_;
  std::optional<X25519PublicKey> remote_ephemeral_;
  std::optional<Key32> psk_;
  std::size_t next_message_ = 0;
};

}  // namespace comity::crypto::noise
