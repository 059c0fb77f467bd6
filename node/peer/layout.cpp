// SPDX-License-Identifier: EUPL-1.2
#include "node/peer/layout.h"

#include <algorithm>

#include "crypto/sha256.h"

namespace comity::peer {
namespace {

/// Writes one field after the other into a fixed layout; what is left stays zero.
class Writer {
 public:
  explicit Writer(std::span<std::byte> out) : out_(out) {}
  Writer& add(ByteView bytes) {
    std::ranges::copy(bytes, out_.begin());
    out_ = out_.subspan(bytes.size());
    return *this;
  }

 private:
  std::span<std::byte> out_;
};

/// Takes one field after the other from bytes whose size was checked.
class Reader {
 public:
  explicit Reader(ByteView in) : in_(in) {}
  ByteView take(std::size_t size) {
    const ByteView field = in_.first(size);
    in_ = in_.subspan(size);
    return field;
  }
  template <class Unsigned>
  Unsigned number() {
    return proto::from_be<Unsigned>(take(sizeof(Unsigned)));
  }
  template <class Id>
  Id id() {
    return Id::from(take(Id::kSize)).value();
  }
  [[nodiscard]] bool rest_is_zero() const {
    return std::ranges::all_of(in_, [](std::byte b) { return b == std::byte{0}; });
  }

 private:
  ByteView in_;
};

Error refused(const char* why) {
  return Error{Code::kHandshakeFailed, why};
}

}  // namespace

Bytes prologue() {
  Bytes bytes = crypto::context("noise");
  proto::append(bytes, kPreamble);
  return bytes;
}

std::array<std::byte, kFirstPayloadBytes> write_first(const FirstPayload& payload) {
  std::array<std::byte, kFirstPayloadBytes> out{};
  Writer(out).add(proto::to_be(static_cast<std::uint8_t>(payload.purpose))).add(payload.invite.view());
  return out;
}

std::array<std::byte, kSecondPayloadBytes> write_second(const SecondPayload& payload) {
  std::array<std::byte, kSecondPayloadBytes> out{};
  Writer(out)
      .add(proto::to_be(payload.features))
      .add(proto::to_be(payload.least_minor))
      .add(proto::to_be(payload.highest_minor));
  return out;
}

std::array<std::byte, kThirdPayloadBytes> write_third(const Claim& claim) {
  std::array<std::byte, kThirdPayloadBytes> out{};
  Writer(out).add(claim.agency.view()).add(proto::to_be(claim.keydoc)).add(claim.keydoc_hash.view());
  return out;
}

Result<FirstPayload> read_first(ByteView bytes) {
  if (bytes.size() != kFirstPayloadBytes) return refused("message 1 has another size");
  Reader in(bytes);
  const auto purpose = in.number<std::uint8_t>();
  const auto invite = in.id<proto::InviteId>();
  if (!in.rest_is_zero()) return refused("message 1 holds what is reserved");
  if (purpose != static_cast<std::uint8_t>(Purpose::kPeer) &&
      purpose != static_cast<std::uint8_t>(Purpose::kPair)) {
    return refused("message 1 has no known purpose");
  }
  if (invite.is_zero() != (purpose == static_cast<std::uint8_t>(Purpose::kPeer))) {
    return refused("an invitation and the purpose do not go together");
  }
  return FirstPayload{static_cast<Purpose>(purpose), invite};
}

Result<SecondPayload> read_second(ByteView bytes) {
  if (bytes.size() != kSecondPayloadBytes) return refused("message 2 has another size");
  Reader in(bytes);
  SecondPayload payload;
  payload.features = in.number<std::uint64_t>();
  payload.least_minor = in.number<std::uint16_t>();
  payload.highest_minor = in.number<std::uint16_t>();
  if (!in.rest_is_zero()) return refused("message 2 holds what is reserved");
  if (payload.least_minor > payload.highest_minor) return refused("message 2 names no version");
  return payload;
}

Result<Claim> read_third(ByteView bytes) {
  if (bytes.size() != kThirdPayloadBytes) return refused("message 3 has another size");
  Reader in(bytes);
  Claim claim;
  claim.agency = in.id<proto::AgencyId>();
  claim.keydoc = in.number<std::uint32_t>();
  claim.keydoc_hash = in.id<proto::Sha256Digest>();
  if (!in.rest_is_zero()) return refused("message 3 holds what is reserved");
  if (claim.agency.is_zero() || claim.keydoc == 0 || claim.keydoc_hash.is_zero()) {
    return refused("message 3 names nobody");
  }
  return claim;
}

}  // namespace comity::peer
