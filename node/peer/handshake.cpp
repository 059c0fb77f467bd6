// SPDX-License-Identifier: EUPL-1.2
#include "node/peer/handshake.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "node/peer/tap.h"

namespace comity::peer {
namespace {

namespace noise = crypto::noise;

noise::Handshake make_initiator(const Call& call, crypto::Random& random) {
  const Bytes hashed = prologue();
  noise::HandshakeSetup setup{noise::kXKpsk3, noise::Role::kInitiator, hashed};
  setup.local_static = call.own_static.clone();
  setup.remote_static = call.remote_static;
  setup.psk = call.psk.clone();
  return {std::move(setup), random};
}

noise::Handshake make_responder(crypto::X25519KeyPair own, crypto::Random& random) {
  const Bytes hashed = prologue();
  noise::HandshakeSetup setup{noise::kXKpsk3, noise::Role::kResponder, hashed};
  setup.local_static = std::move(own);
  return {std::move(setup), random};
}

/// A failed decryption says which message it was; everything else is passed on.
Error in_handshake(const Error& error, const char* message) {
  if (error.code != Code::kAuthentication) return error;
  return Error{Code::kHandshakeFailed, fmt::format("{} does not open", message)};
}

}  // namespace

const char* other_protocol(ByteView bytes) {
  const std::string_view text = proto::as_text(bytes);
  if (text.starts_with("HTTP/")) return "HTTP";
  if (text.starts_with("SSH-")) return "SSH";
  if (text.starts_with("220")) return "a mail or file server";
  // A TLS alert or handshake record of any version 3.x.
  if (bytes.size() >= 3 && (bytes[0] == std::byte{0x15} || bytes[0] == std::byte{0x16}) &&
      bytes[1] == std::byte{3} && std::to_integer<unsigned>(bytes[2]) <= 4) {
    return "TLS";
  }
  return nullptr;
}

void Inbox::take(ByteView bytes) {
  std::ranges::copy(bytes, bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
  size_ += bytes.size();
}

Result<Initiator> Initiator::begin(Call call, crypto::Random& random) {
#ifdef COMITY_TEST_TAPS
  if (tap() != nullptr) tap()->calls(call.expected, call.self);
#endif
  Initiator initiator(call, random);
  initiator.output_.resize(kFirstBytes);
  std::ranges::copy(kPreamble, initiator.output_.begin());
  const auto payload = write_first({call.purpose, call.invite});
  const auto written =
      initiator.handshake_.write_message(payload, std::span(initiator.output_).subspan(kPreambleBytes));
  if (!written.ok()) return written.error();
  return initiator;
}

Initiator::Initiator(const Call& call, crypto::Random& random)
    : self_(call.self), handshake_(make_initiator(call, random)) {
  contact_.purpose = call.purpose;
  contact_.invite = call.invite;
  contact_.claimed = call.expected;
  contact_.remote_static = call.remote_static;
  contact_.we_dialled = true;
  inbox_.expect(kSecondBytes);
}

Bytes Initiator::take_output() {
  return std::exchange(output_, {});
}

Status Initiator::take(ByteView bytes) {
  if (dead_) return Error{Code::kNoiseDead, {}};
  if (bytes.size() > inbox_.missing()) return Error{Code::kWrongSize, "more than one handshake message"};
  if (bytes.empty()) return {};
  inbox_.take(bytes);
  if (inbox_.missing() != 0) return {};
  Status status = read_answer();
  dead_ = !status.ok();
  return status;
}

Status Initiator::read_answer() {
  std::array<std::byte, kSecondBytes> room{};
  const auto read = handshake_.read_message(inbox_.bytes(), room);
  if (!read.ok()) {
    if (const char* other = other_protocol(inbox_.bytes())) return Error{Code::kNotComity, other};
    return in_handshake(read.error(), "message 2");
  }
  COMITY_TRY(const SecondPayload payload, read_second(ByteView(room).first(read.value())));
  if (payload.least_minor > kHighestMinor || payload.highest_minor < kLeastMinor) {
    return Error{Code::kProtocolTooOld, fmt::format("theirs {} to {}, ours {} to {}", payload.least_minor,
                                                    payload.highest_minor, kLeastMinor, kHighestMinor)};
  }
  features_ = payload.features;
  output_.resize(kThirdBytes);
  const auto written = handshake_.write_message(write_third(self_), output_);
  if (!written.ok()) return written.error();
  return {};
}

Error Initiator::ended(const Error& error) const {
  if (const char* other = other_protocol(inbox_.bytes())) return Error{Code::kNotComity, other};
  if (error.code == Code::kEndOfStream || error.code == Code::kConnectionReset) {
    return Error{Code::kHandshakeRefused, inbox_.bytes().empty() ? "without a byte" : "within its answer"};
  }
  return error;
}

Result<Established> Initiator::finish() {
  if (dead_) return Error{Code::kNoiseDead, {}};
  COMITY_TRY(noise::Session keys, handshake_.split());
  contact_.handshake_hash = keys.handshake_hash;
  return Established{std::move(keys), contact_, features_};
}

Responder::Responder(const Acquaintances& known, crypto::Random& random) : known_(known), random_(random) {
  inbox_.expect(kFirstBytes);
}

Bytes Responder::take_output() {
  return std::exchange(output_, {});
}

Status Responder::take(ByteView bytes) {
  if (dead_) return Error{Code::kNoiseDead, {}};
  if (bytes.size() > inbox_.missing()) return Error{Code::kWrongSize, "more than one handshake message"};
  if (bytes.empty()) return {};
  inbox_.take(bytes);
  Status status = advance();
  if (!status.ok()) {
    dead_ = true;
    handshake_.reset();
    inbox_.expect(0);
    output_.clear();
  }
  return status;
}

Status Responder::advance() {
  const ByteView got = inbox_.bytes();
  if (!handshake_) {
    const ByteView start = got.first(std::min(got.size(), kPreambleBytes));
    if (!proto::equal(start, ByteView(kPreamble).first(start.size()))) return Error{Code::kBadPreamble, {}};
  }
  if (inbox_.missing() != 0) return {};
  return handshake_ ? read_proof(got) : read_call(got.subspan(kPreambleBytes));
}

Status Responder::read_call(ByteView message) {
  std::array<std::byte, kFirstBytes> room{};
  std::size_t tried = 0;
  for (crypto::X25519KeyPair& own : known_.statics()) {
    if (++tried > kMostStatics) break;
    noise::Handshake handshake = make_responder(std::move(own), random_);
    const auto read = handshake.read_message(message, room);
    if (!read.ok()) continue;
    COMITY_TRY(const FirstPayload payload, read_first(ByteView(room).first(read.value())));
    if (payload.purpose == Purpose::kPair && !known_.invite_open(payload.invite)) {
      return Error{Code::kInviteUsed, "a caller shows an invitation that is not open"};
    }
    contact_.purpose = payload.purpose;
    contact_.invite = payload.invite;
    output_.resize(kSecondBytes);
    const auto answer = write_second({kGreaseFeature, kLeastMinor, kHighestMinor});
    const auto written = handshake.write_message(answer, output_);
    if (!written.ok()) return written.error();
    handshake_.emplace(std::move(handshake));
    inbox_.expect(kThirdBytes);
    return {};
  }
  return Error{Code::kHandshakeFailed, "message 1 does not open"};
}

Status Responder::read_proof(ByteView message) {
  std::array<std::byte, kThirdBytes> room{};
  crypto::X25519PublicKey shown{};
  const noise::PskLookup lookup = [this, &shown](const crypto::X25519PublicKey& claimed) {
    shown = claimed;
    return known_.psk(contact_.purpose, contact_.invite, claimed);
  };
  const auto read = handshake_->read_message(message, room, lookup);
  if (!read.ok()) return in_handshake(read.error(), "message 3");
  COMITY_TRY(const Claim claim, read_third(ByteView(room).first(read.value())));
  // Before anybody acts on the name: what belongs to one agency is not to be had, or ended, by another.
  if (contact_.purpose == Purpose::kPeer && !known_.owns(shown, claim.agency)) {
    return Error{Code::kHandshakeFailed, "message 3 names another agency than has the key"};
  }
  contact_.claimed = claim.agency;
  contact_.keydoc = claim.keydoc;
  contact_.keydoc_hash = claim.keydoc_hash;
  inbox_.expect(0);
  return {};
}

Result<Established> Responder::finish() {
  if (!handshake_) return Error{Code::kNoiseDead, {}};
  COMITY_TRY(noise::Session keys, handshake_->split());
  contact_.handshake_hash = keys.handshake_hash;
  contact_.remote_static = keys.remote_static.value();
  return Established{std::move(keys), contact_, 0};
}

}  // namespace comity::peer
