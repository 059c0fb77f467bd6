// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/keys/enc_keys.h"

#include <fmt/format.h>

#include "node/config/value.h"
#include "proto/decode.h"

namespace comity::federation {
namespace {

constexpr std::size_t kEncKeysBytes = 16384;  // as the schema bounds them
constexpr std::size_t kEndpointsBytes = 4096;
constexpr std::uint64_t kLastMoment = (std::uint64_t{1} << 48U) - 1;
constexpr std::string_view kEncKeysThing = "enc-keys";
constexpr std::string_view kEndpointsThing = "endpoints";

template <class Set, class Inner>
Status read_common(Set& set, const Inner& inner, const v1::Sig& sig, Code rule) {
  COMITY_TRY(set.agency, AgencyId::from(view_of(inner.agency())));
  COMITY_TRY(set.signer, KeyId::from(view_of(sig.key_id())));
  if (inner.issued() > kLastMoment) return Error{rule, "a time beyond the year 10000"};
  set.serial = inner.serial();
  set.keydoc = inner.keydoc_version();
  set.issued = from_millis(inner.issued());
  return {};
}

template <class Inner>
void write_common(Inner& inner, const AgencyId& agency, std::uint64_t serial, WallTime issued,
                  const feed::SigningKey& key) {
  inner.set_agency(field(agency.view()));
  inner.set_serial(serial);
  inner.set_keydoc_version(key.keydoc);
  inner.set_issued(millis(issued));
}

Result<EncKey> read_key(const v1::Key& message) {
  EncKey key;
  COMITY_TRY(key.key, crypto::X25519PublicKey::from(view_of(message.pk())));
  COMITY_CHECK(crypto::check_public_key(key.key));
  if (message.not_after() > kLastMoment || message.not_before() > message.not_after()) {
    return Error{Code::kEncKeysRule, "a key with an impossible time"};
  }
  key.not_before = from_millis(message.not_before());
  key.not_after = from_millis(message.not_after());
  if (key.not_after - key.not_before > crypto::kMostKeyLife) {
    return Error{Code::kEncKeysRule, "a key that lives longer than 400 days"};
  }
  return key;
}

}  // namespace

const EncKey* EncKeySet::usable(WallTime now) const {
  for (const EncKey& key : keys) {
    if (key.valid_at(now)) return &key;
  }
  for (const EncKey& key : keys) {
    if (key.valid_at(now + kClockAllowance)) return &key;
  }
  // One that begins later still is better than none, and its owner has the other half: one of the two clocks
  // is wrong, and a feed that ends meanwhile could never be granted again.
  for (const EncKey& key : keys) {
    if (now < key.not_after) return &key;
  }
  return nullptr;
}

Result<EncKeySet> EncKeySet::read(const v1::SignedEncKeys& message) {
  COMITY_TRY(const auto inner, proto::decode<v1::EncKeys>(view_of(message.enc_keys()), kEncKeysBytes));
  EncKeySet set{.message = message};
  COMITY_CHECK(read_common(set, inner, message.sig(), Code::kEncKeysRule));
  for (const v1::Key& key : inner.keys()) {
    if (key.alg() != v1::ALG_X25519) continue;
    auto read = read_key(key);
    if (!read.ok()) return Error{Code::kEncKeysRule, proto::to_string(read.error())};
    set.keys.push_back(*read);
  }
  return set;
}

Result<EncKeySet> EncKeySet::verify(const v1::SignedEncKeys& message, const crypto::KeyChain& chain,
                                    WallTime now) {
  COMITY_TRY(EncKeySet set, read(message));
  if (set.agency != chain.agency()) return Error{Code::kEncKeysRule, "the keys of another agency"};
  COMITY_CHECK(check_keydoc_version(chain, set.keydoc, Code::kEncKeysRule));
  COMITY_CHECK(check_node_signature(chain, message.sig(), kEncKeysThing, view_of(message.enc_keys()), now,
                                    Code::kEncKeysSignature));
  return set;
}

Result<v1::SignedEncKeys> sign_enc_keys(const AgencyId& agency, std::uint64_t serial,
                                        std::span<const EncKey> keys, WallTime issued,
                                        const feed::SigningKey& key) {
  v1::EncKeys inner;
  write_common(inner, agency, serial, issued, key);
  for (const EncKey& enc : keys) {
    v1::Key* const message = inner.add_keys();
    message->set_alg(v1::ALG_X25519);
    message->set_pk(field(enc.key.view()));
    message->set_not_before(millis(enc.not_before));
    message->set_not_after(millis(enc.not_after));
  }
  COMITY_TRY(const Bytes bytes, proto::encode_checked(inner));
  v1::SignedEncKeys out;
  out.set_enc_keys(field(bytes));
  *out.mutable_sig() = sign_as_node(key, kEncKeysThing, bytes);
  COMITY_CHECK(proto::encode_checked(out));
  COMITY_CHECK(EncKeySet::read(out));
  return out;
}

Result<EndpointSet> EndpointSet::read(const v1::SignedEndpoints& message) {
  COMITY_TRY(const auto inner, proto::decode<v1::Endpoints>(view_of(message.endpoints()), kEndpointsBytes));
  EndpointSet set{.message = message};
  COMITY_CHECK(read_common(set, inner, message.sig(), Code::kEndpointsRule));
  for (const std::string& endpoint : inner.endpoint()) {
    if (!config::parse_endpoint(endpoint)) {
      return Error{Code::kEndpointsRule, fmt::format("'{}' is not host:port", endpoint)};
    }
    set.endpoints.push_back(endpoint);
  }
  return set;
}

Result<EndpointSet> EndpointSet::verify(const v1::SignedEndpoints& message, const crypto::KeyChain& chain,
                                        WallTime now) {
  COMITY_TRY(EndpointSet set, read(message));
  if (set.agency != chain.agency()) return Error{Code::kEndpointsRule, "the addresses of another agency"};
  COMITY_CHECK(check_keydoc_version(chain, set.keydoc, Code::kEndpointsRule));
  COMITY_CHECK(check_node_signature(chain, message.sig(), kEndpointsThing, view_of(message.endpoints()), now,
                                    Code::kEndpointsSignature));
  return set;
}

Result<v1::SignedEndpoints> sign_endpoints(const AgencyId& agency, std::uint64_t serial,
                                           std::span<const std::string> endpoints, WallTime issued,
                                           const feed::SigningKey& key) {
  v1::Endpoints inner;
  write_common(inner, agency, serial, issued, key);
  for (const std::string& endpoint : endpoints)
    inner.add_endpoint(endpoint);
  COMITY_TRY(const Bytes bytes, proto::encode_checked(inner));
  v1::SignedEndpoints out;
  out.set_endpoints(field(bytes));
  *out.mutable_sig() = sign_as_node(key, kEndpointsThing, bytes);
  COMITY_CHECK(proto::encode_checked(out));
  COMITY_CHECK(EndpointSet::read(out));
  return out;
}

}  // namespace comity::federation
