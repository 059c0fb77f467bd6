// SPDX-License-Identifier: EUPL-1.2
#include "crypto/noise/handshake.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "crypto/random.h"

namespace comity::crypto::noise {
namespace {

constexpr std::size_t kKeyBytes = X25519PublicKey::kSize;

void require(bool condition, const char* what) {
  if (!condition) throw std::invalid_argument(what);
}

}  // namespace

Handshake::Handshake(HandshakeSetup setup, Random& random)
    : pattern_(setup.pattern),
      role_(setup.role),
      random_(&random),
      symmetric_(std::in_place, fmt::format("Noise_{}_25519_ChaChaPoly_SHA256", setup.pattern.name)),
      local_static_(std::move(setup.local_static)),
      remote_static_(setup.remote_static),
      psk_(std::move(setup.psk)) {
  const bool initiator = role_ == Role::kInitiator;
  const bool local_known = initiator ? pattern_.initiator_known : pattern_.responder_known;
  const bool remote_known = initiator ? pattern_.responder_known : pattern_.initiator_known;
  const bool local_sent = pattern_.contains(Token::kS, initiator ? 0 : 1);
  require(local_static_.has_value() == (local_known || local_sent),
          "a local static key where the pattern has none, or none");
  require(remote_static_.has_value() == remote_known,
          "a remote static key where the pattern has none, or none");
  require(pattern_.has_psk() || !psk_, "a pre-shared key for a pattern without one");

  symmetric_->mix_hash(setup.prologue);
  if (pattern_.initiator_known) {
    symmetric_->mix_hash(initiator ? local_static_->public_key().view() : remote_static_->view());
  }
  if (pattern_.responder_known) {
    symmetric_->mix_hash(initiator ? remote_static_->view() : local_static_->public_key().view());
  }
}

std::size_t Handshake::overhead() const {
  if (finished() || !symmetric_) return 0;
  bool keyed = symmetric_->has_key();
  std::size_t bytes = 0;
  for (const Token token : pattern_.messages[next_message_]) {
    if (token == Token::kE) {
      bytes += kKeyBytes;
      keyed = keyed || pattern_.has_psk();
    } else if (token == Token::kS) {
      bytes += kKeyBytes + (keyed ? kAeadTagBytes : 0);
    } else {
      keyed = true;
    }
  }
  return bytes + (keyed ? kAeadTagBytes : 0);
}

proto::Result<std::size_t> Handshake::write_message(ByteView payload, std::span<std::byte> out) {
  if (!symmetric_) return proto::Error{proto::Code::kNoiseDead};
  const std::size_t size = payload.size() + overhead();
  proto::Status done;
  if (!may_write()) {
    done = proto::Error{proto::Code::kNoiseOrder};
  } else if (size > kMaxMessageBytes || size > out.size()) {
    done = proto::Error{proto::Code::kWrongSize, "handshake message to write"};
  } else {
    done = write(payload, out.first(size));
  }
  if (!done.ok()) {
    die();
    return done.error();
  }
  ++next_message_;
  return size;
}

proto::Result<std::size_t> Handshake::read_message(ByteView message, std::span<std::byte> payload,
                                                   const PskLookup& find_psk) {
  if (!symmetric_) return proto::Error{proto::Code::kNoiseDead};
  const std::size_t added = overhead();
  proto::Status done;
  if (finished() || writes_next()) {
    done = proto::Error{proto::Code::kNoiseOrder};
  } else if (message.size() > kMaxMessageBytes || message.size() < added ||
             payload.size() < message.size() - added) {
    done = proto::Error{proto::Code::kWrongSize, "handshake message read"};
  } else {
    done = read(message, payload.first(message.size() - added), find_psk);
  }
  if (!done.ok()) {
    die();
    return done.error();
  }
  ++next_message_;
  return message.size() - added;
}

proto::Status Handshake::write(ByteView payload, std::span<std::byte> out) {
  for (const Token token : pattern_.messages[next_message_]) {
    if (token == Token::kE) {
      local_ephemeral_ = X25519KeyPair::ephemeral(*random_);
      std::ranges::copy(local_ephemeral_->public_key().view(), out.begin());
      mix_ephemeral(local_ephemeral_->public_key());
      out = out.subspan(kKeyBytes);
    } else if (token == Token::kS) {
      const std::size_t size = kKeyBytes + symmetric_->tag_bytes();
      COMITY_CHECK(symmetric_->encrypt_and_hash(local_static_->public_key().view(), out.first(size)));
      out = out.subspan(size);
    } else {
      COMITY_CHECK(mix_secret(token, {}));
    }
  }
  return symmetric_->encrypt_and_hash(payload, out);
}

proto::Status Handshake::read(ByteView message, std::span<std::byte> payload, const PskLookup& find_psk) {
  for (const Token token : pattern_.messages[next_message_]) {
    if (token == Token::kE) {
      COMITY_TRY(remote_ephemeral_, X25519PublicKey::from(message.first(kKeyBytes)));
      mix_ephemeral(*remote_ephemeral_);
      message = message.subspan(kKeyBytes);
    } else if (token == Token::kS) {
      const std::size_t size = kKeyBytes + symmetric_->tag_bytes();
      X25519PublicKey key;
      COMITY_CHECK(symmetric_->decrypt_and_hash(message.first(size), key.writable()));
      remote_static_ = key;
      message = message.subspan(size);
    } else {
      COMITY_CHECK(mix_secret(token, find_psk));
    }
  }
  return symmetric_->decrypt_and_hash(message, payload);
}

void Handshake::mix_ephemeral(const X25519PublicKey& key) {
  symmetric_->mix_hash(key.view());
  // Section 9.2: with a pre-shared key the ephemeral also enters the key, so that no key repeats.
  if (pattern_.has_psk()) symmetric_->mix_key(key.view());
}

proto::Status Handshake::mix_secret(Token token, const PskLookup& find_psk) {
  if (token == Token::kPsk) return mix_psk(find_psk);
  // The first letter of a token names the initiator's key, the second the responder's.
  const bool initiator = role_ == Role::kInitiator;
  const bool initiator_static = token == Token::kSe || token == Token::kSs;
  const bool responder_static = token == Token::kEs || token == Token::kSs;
  const auto& local = (initiator ? initiator_static : responder_static) ? local_static_ : local_ephemeral_;
  const auto& remote = (initiator ? responder_static : initiator_static) ? remote_static_ : remote_ephemeral_;
  COMITY_TRY(const Key32 shared, local.value().shared_secret(remote.value()));
  symmetric_->mix_key(shared.view());
  return {};
}

proto::Status Handshake::mix_psk(const PskLookup& find_psk) {
  if (!psk_ && find_psk && remote_static_) psk_ = find_psk(*remote_static_);
  if (!psk_) return proto::Error{proto::Code::kNoPsk};
  symmetric_->mix_key_and_hash(psk_->view());
  return {};
}

proto::Result<Session> Handshake::split() {
  if (!symmetric_) return proto::Error{proto::Code::kNoiseDead};
  if (!finished()) {
    die();
    return proto::Error{proto::Code::kNoiseOrder};
  }
  auto [first, second] = symmetric_->split();
  const bool initiator = role_ == Role::kInitiator;
  Session session{std::move(initiator ? first : second), std::move(initiator ? second : first),
                  symmetric_->hash(), remote_static_};
  die();
  return session;
}

void Handshake::die() noexcept {
  symmetric_.reset();
  local_static_.reset();
  local_ephemeral_.reset();
  psk_.reset();
}

}  // namespace comity::crypto::noise
