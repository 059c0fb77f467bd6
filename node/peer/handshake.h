// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "crypto/noise/handshake.h"
#include "node/peer/layout.h"

namespace comity::peer {

/// What a finished handshake leaves behind: the keys of both directions and what was proven.
struct Established {
  crypto::noise::Session keys;
  Contact contact;
  std::uint64_t features = 0;  ///< of message 2; 0 when we were dialled: they come with the Hello
};

/// The bytes of one fixed-size message as they come in, however they are cut.
class Inbox {
 public:
  void expect(std::size_t size) noexcept {
    wanted_ = size;
    size_ = 0;
  }
  /// Bytes still missing.
  [[nodiscard]] std::size_t missing() const noexcept { return wanted_ - size_; }
  /// Precondition: at most missing() bytes.
  void take(ByteView bytes);
  [[nodiscard]] ByteView bytes() const noexcept { return ByteView(bytes_).first(size_); }

 private:
  std::array<std::byte, kMostHandshakeBytes> bytes_{};
  std::size_t size_ = 0;
  std::size_t wanted_ = 0;
};

/// Who answers instead of Comity, from its first bytes: "HTTP", "TLS", "SSH", "a mail or file server";
/// nullptr when they could be anything. Any thread.
[[nodiscard]] const char* other_protocol(ByteView bytes);

/// Whom to call, and what we show.
struct Call {
  Purpose purpose = Purpose::kPeer;
  proto::InviteId invite{};    ///< zero exactly with kPeer
  proto::AgencyId expected{};  ///< whose node this should be; its Hello must say the same
  crypto::X25519PublicKey remote_static{};
  crypto::X25519KeyPair own_static;  ///< a clone() for this handshake
  crypto::Key32 psk;                 ///< the pair's key for Noise, or that of the invitation
  Claim self{};
};

/// The side that dials, without input or output. After the first error it is dead and gives kNoiseDead. The
/// other side has proven nothing about the pre-shared key until its first record opens. One object belongs to
/// one thread.
class Initiator {
 public:
  /// Writes the first message. Error kLowOrderPoint when `call.remote_static` is no key.
  [[nodiscard]] static Result<Initiator> begin(Call call, crypto::Random& random);

  /// Bytes to send now, once each; empty when there are none.
  [[nodiscard]] Bytes take_output();
  /// How many bytes it waits for; 0 when finished.
  [[nodiscard]] std::size_t wanted() const noexcept { return inbox_.missing(); }
  /// Takes up to wanted() bytes, cut anywhere. Errors: kHandshakeFailed, kNotComity, kProtocolTooOld,
  /// kLowOrderPoint, kNoiseDead; kWrongSize for more than wanted().
  [[nodiscard]] Status take(ByteView bytes);
  /// Why the handshake ended when the stream did, with `error`: what came so far may show who answers.
  [[nodiscard]] Error ended(const Error& error) const;
  [[nodiscard]] bool finished() const noexcept { return !dead_ && handshake_.finished(); }
  /// The outcome, once, when finished(). Errors: kNoiseOrder, kNoiseDead.
  [[nodiscard]] Result<Established> finish();

 private:
  Initiator(const Call& call, crypto::Random& random);
  [[nodiscard]] Status read_answer();

  Claim self_;
  Contact contact_;
  crypto::noise::Handshake handshake_;
  bool dead_ = false;
  Inbox inbox_;
  Bytes output_;
  std::uint64_t features_ = 0;
};

/// Whom a node talks to: asked by Responder while it does not know yet who calls. Answering changes nothing
/// and counts nobody as seen: the claims are not proven before the handshake ends.
class Acquaintances {
 public:
  Acquaintances() = default;
  Acquaintances(const Acquaintances&) = delete;
  Acquaintances& operator=(const Acquaintances&) = delete;
  virtual ~Acquaintances() = default;

  /// Clones of the live transport keys, newest first; at most two are tried.
  [[nodiscard]] virtual std::vector<crypto::X25519KeyPair> statics() const = 0;
  /// Whether this invitation is open: ours, not expired, not used up.
  [[nodiscard]] virtual bool invite_open(const proto::InviteId& invite) const = 0;
  /// The pre-shared key for a caller: with kPair that of the invitation, else the one shared with the agency
  /// that has this transport key. Nothing means a stranger.
  [[nodiscard]] virtual std::optional<crypto::Key32> psk(
      Purpose purpose, const proto::InviteId& invite,
      const crypto::X25519PublicKey& claimed_static) const = 0;
  /// Whether `agency`, which a caller with kPeer names, is the one that has this transport key. The caller
  /// has proven the key by then: it speaks for its owner and for nobody else.
  [[nodiscard]] virtual bool owns(const crypto::X25519PublicKey& proven_static,
                                  const proto::AgencyId& agency) const = 0;
};

/// The side that is dialled, without input or output: it has nothing to send before message 1 has shown that
/// the caller knows our static key, and never anything to a caller with an invitation that is not open. After
/// the first error it is dead, and the connection is to be closed without a byte. One object belongs to one
/// thread; `known` and `random` outlive it.
class Responder {
 public:
  static constexpr std::size_t kMostStatics = 2;

  Responder(const Acquaintances& known, crypto::Random& random);

  [[nodiscard]] Bytes take_output();
  [[nodiscard]] std::size_t wanted() const noexcept { return inbox_.missing(); }
  /// As in Initiator. Errors: kBadPreamble, kHandshakeFailed (nobody who knows us, or a bad message), kNoPsk,
  /// kLowOrderPoint, kInviteUsed (not open), kNoiseDead; kWrongSize for more than wanted().
  [[nodiscard]] Status take(ByteView bytes);
  [[nodiscard]] Error ended(const Error& error) const { return error; }
  [[nodiscard]] bool finished() const noexcept { return handshake_ && handshake_->finished(); }
  [[nodiscard]] Result<Established> finish();
  /// Whether a message 1 has been opened: the caller is no silent stranger any more.
  [[nodiscard]] bool greeted() const noexcept { return handshake_.has_value(); }

 private:
  [[nodiscard]] Status advance();
  [[nodiscard]] Status read_call(ByteView message);
  [[nodiscard]] Status read_proof(ByteView message);

  const Acquaintances& known_;
  crypto::Random& random_;
  Contact contact_;
  std::optional<crypto::noise::Handshake> handshake_;  // from message 1 on
  bool dead_ = false;
  Inbox inbox_;
  Bytes output_;
};

}  // namespace comity::peer
