// SPDX-License-Identifier: EUPL-1.2
#include "crypto/invite.h"

#include <algorithm>

#include <fmt/format.h>

#include "comity/v1/peering.pb.h"

#include "crypto/armour.h"
#include "crypto/sha256.h"
#include "crypto/wiped_at_end.h"
#include "proto/bounds.h"
#include "proto/decode.h"
#include "proto/utf8.h"

namespace comity::crypto {
namespace {

using proto::as_bytes;
using proto::as_text;
using proto::Bytes;
using proto::ByteView;
using proto::Code;
using proto::Error;

constexpr std::string_view kLabel = "INVITATION";
constexpr std::uint32_t kFormVersion = 1;
constexpr std::uint64_t kLastMoment = (std::uint64_t{1} << 48U) - 1;

Error broken(const char* rule) {
  return {Code::kInviteRule, rule};
}

Bytes signed_bytes(ByteView invite) {
  return proto::concat({context("invite"), invite});
}

// RFC 3339; with the calendar of <chrono>, because C's functions read the time zone of the machine.
std::string utc_text(Moment moment) {
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(moment - day));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

proto::Status check_texts(const Invite& invite) {
  const auto printable = [](char c) { return c > ' ' && c <= '~'; };
  for (const std::string& endpoint : invite.endpoints) {
    if (!std::ranges::all_of(endpoint, printable) || endpoint.find(':') == std::string::npos) {
      return broken("an endpoint that is not host:port");
    }
  }
  if (!proto::is_plain_line(as_bytes(invite.legal_name)))
    return broken("a legal name that is not one plain line");
  return {};
}

proto::Status check_rules(const Invite& invite) {
  if (invite.agency.is_zero() || invite.keydoc_hash.is_zero() || invite.id.is_zero() ||
      invite.terms_digest.is_zero() || equal_ct(invite.psk.view(), Key32().view())) {
    return broken("an id, a digest or a key of zeros");
  }
  COMITY_CHECK(check_public_key(invite.transport_key));
  COMITY_CHECK(check_public_key(invite.node_key));
  return check_texts(invite);
}

v1::Invite to_message(const Invite& invite, const Ed25519PublicKey& node_key) {
  const auto text = [](ByteView bytes) { return std::string(as_text(bytes)); };
  v1::Invite message;
  message.set_v(kFormVersion);
  message.set_agency(text(invite.agency.view()));
  message.set_keydoc_hash(text(invite.keydoc_hash.view()));
  message.set_transport_key(text(invite.transport_key.view()));
  message.set_node_key(text(node_key.view()));
  for (const std::string& endpoint : invite.endpoints)
    message.add_endpoint(endpoint);
  message.set_invite_id(text(invite.id.view()));
  message.set_psk(text(invite.psk.view()));
  message.set_terms_digest(text(invite.terms_digest.view()));
  message.set_expires(static_cast<std::uint64_t>(invite.expires.time_since_epoch().count()));
  message.set_legal_name(invite.legal_name);
  return message;
}

proto::Result<Invite> from_message(const v1::Invite& message) {
  if (message.v() != kFormVersion) return broken("another version of the form: use a newer Comity");
  if (message.expires() > kLastMoment) return broken("a time beyond the year 10000");
  Invite invite;
  COMITY_TRY(invite.agency, proto::AgencyId::from(as_bytes(message.agency())));
  COMITY_TRY(invite.keydoc_hash, proto::Sha256Digest::from(as_bytes(message.keydoc_hash())));
  COMITY_TRY(invite.transport_key, X25519PublicKey::from(as_bytes(message.transport_key())));
  COMITY_TRY(invite.node_key, Ed25519PublicKey::from(as_bytes(message.node_key())));
  invite.endpoints.assign(message.endpoint().begin(), message.endpoint().end());
  COMITY_TRY(invite.id, proto::InviteId::from(as_bytes(message.invite_id())));
  std::ranges::copy(as_bytes(message.psk()), invite.psk.writable().begin());
  COMITY_TRY(invite.terms_digest, proto::Sha256Digest::from(as_bytes(message.terms_digest())));
  invite.expires = Moment(std::chrono::milliseconds(static_cast<std::int64_t>(message.expires())));
  invite.legal_name = message.legal_name();
  COMITY_CHECK(check_rules(invite));
  return invite;
}

}  // namespace

proto::Result<std::string> write_invite(const Invite& invite, const Ed25519KeyPair& node) {
  v1::Invite message = to_message(invite, node.public_key());
  const WipedAtEnd psk(*message.mutable_psk());
  COMITY_TRY(Bytes bytes, proto::encode_checked(message));
  const WipedAtEnd wiped_bytes(bytes);
  COMITY_CHECK(from_message(message));
  v1::SignedInvite signed_invite;
  signed_invite.set_invite(as_text(bytes).data(), bytes.size());
  const WipedAtEnd inner(*signed_invite.mutable_invite());
  Bytes text = signed_bytes(bytes);
  const WipedAtEnd wiped_text(text);
  signed_invite.set_sig(std::string(as_text(node.sign(text).view())));
  COMITY_TRY(Bytes outer, proto::encode_checked(signed_invite));
  const WipedAtEnd wiped_outer(outer);
  return armour(kLabel, outer);
}

proto::Result<Invite> read_invite(std::string_view text, Moment now) {
  COMITY_TRY(Bytes outer, dearmour(kLabel, text));
  const WipedAtEnd wiped_outer(outer);
  COMITY_TRY(v1::SignedInvite signed_invite,
             proto::decode<v1::SignedInvite>(outer, proto::bounds::kInviteBytes));
  const WipedAtEnd inner(*signed_invite.mutable_invite());
  const ByteView bytes = as_bytes(signed_invite.invite());
  COMITY_TRY(v1::Invite message, proto::decode<v1::Invite>(bytes, proto::bounds::kInviteBytes));
  const WipedAtEnd psk(*message.mutable_psk());
  COMITY_TRY(Invite invite, from_message(message));
  COMITY_TRY(const Ed25519Signature signature, Ed25519Signature::from(as_bytes(signed_invite.sig())));
  Bytes signed_text = signed_bytes(bytes);
  const WipedAtEnd wiped_text(signed_text);
  if (!ed25519_verify(invite.node_key, signed_text, signature)) return Error{Code::kInviteSignature, {}};
  if (now > invite.expires) {
    return Error{Code::kInviteExpired, fmt::format("it was for use until {}", utc_text(invite.expires))};
  }
  return invite;
}

proto::Status check_invite(const Invite& invite, const KeyChain& chain, Moment now) {
  if (chain.agency() != invite.agency) return Error{Code::kKeyDocAgency, chain.agency().hex()};
  if (!chain.has_hash(invite.keydoc_hash)) return Error{Code::kKeyDocNewer, "the invitation names it"};
  COMITY_CHECK(chain.current_signing_key(key_id(invite.node_key), now));
  return chain.check_transport(invite.transport_key, now);
}

}  // namespace comity::crypto
