// SPDX-License-Identifier: EUPL-1.2
#include "crypto/keydoc/keydoc.h"

#include "comity/v1/identity.pb.h"

#include "crypto/keydoc/rules.h"
#include "crypto/keydoc/wire.h"
#include "crypto/sha256.h"
#include "proto/bounds.h"
#include "proto/decode.h"

namespace comity::crypto {
namespace {

using proto::as_bytes;
using proto::as_text;
using proto::Bytes;
using proto::ByteView;
using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;

// The range of a hybrid logical clock; also keeps arithmetic on moments from overflowing.
constexpr std::uint64_t kLastMoment = (std::uint64_t{1} << 48U) - 1;

Error broken(const char* rule) {
  return {Code::kKeyDocRule, rule};
}

Result<Moment> moment_of(std::uint64_t milliseconds) {
  if (milliseconds > kLastMoment) return broken("a time beyond the year 10000");
  return Moment(std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds)));
}

std::uint64_t milliseconds_of(Moment moment) {
  return static_cast<std::uint64_t>(moment.time_since_epoch().count());
}

void put_id(std::string* field, ByteView id) {
  field->assign(as_text(id));
}

template <class Id>
Result<Id> read_id(const std::string& field) {
  if (field.empty()) return Id();
  COMITY_TRY(const Id id, Id::from(as_bytes(field)));
  // All zero means "none" to the rest of the program, so nobody may send it as a value.
  if (id.is_zero()) return broken("an id of zeros");
  return id;
}

template <class PublicKey>
void put_key(v1::Key& out, v1::Alg algorithm, const TimedKey<PublicKey>& key) {
  out.set_alg(algorithm);
  out.set_pk(std::string(as_text(key.key.view())));
  out.set_not_before(milliseconds_of(key.not_before));
  out.set_not_after(milliseconds_of(key.not_after));
}

template <class PublicKey>
Status read_keys(const google::protobuf::RepeatedPtrField<v1::Key>& fields, v1::Alg algorithm,
                 std::vector<TimedKey<PublicKey>>& out) {
  for (const v1::Key& field : fields) {
    if (!v1::Alg_IsValid(field.alg())) continue;
    if (field.alg() != algorithm) return broken("a key of the wrong algorithm for its purpose");
    COMITY_TRY(const PublicKey key, PublicKey::from(as_bytes(field.pk())));
    COMITY_TRY(const Moment not_before, moment_of(field.not_before()));
    COMITY_TRY(const Moment not_after, moment_of(field.not_after()));
    out.push_back({key, not_before, not_after});
  }
  return {};
}

Status read_roots(const v1::KeyDoc& message, RootSet& out) {
  out.threshold = message.threshold();
  for (const v1::Key& field : message.root()) {
    COMITY_TRY(RootKey key, read_root(field));
    out.keys.push_back(std::move(key));
  }
  return {};
}

Status read_revocations(const v1::KeyDoc& message, std::vector<Revocation>& out) {
  for (const v1::Revoked& field : message.revoked()) {
    Revocation revocation;
    COMITY_TRY(revocation.key, proto::KeyId::from(as_bytes(field.key_id())));
    revocation.reason = static_cast<RevocationReason>(field.reason());
    revocation.last_good_tick = field.last_good_tick();
    if (field.since() != 0) {
      COMITY_TRY(revocation.since, moment_of(field.since()));
    }
    out.push_back(revocation);
  }
  return {};
}

Result<KeyDoc> from_message(const v1::KeyDoc& message) {
  KeyDoc doc;
  doc.version = message.version();
  COMITY_TRY(doc.prev, read_id<proto::Sha256Digest>(message.prev()));
  COMITY_TRY(doc.agency, read_id<proto::AgencyId>(message.agency()));
  COMITY_TRY(doc.next_root_commit, read_id<proto::Sha256Digest>(message.next_root_commit()));
  COMITY_TRY(doc.nonce, read_id<proto::Sha256Digest>(message.nonce()));
  COMITY_CHECK(read_roots(message, doc.roots));
  COMITY_CHECK(read_keys(message.node_sign(), v1::ALG_ED25519, doc.node_sign));
  COMITY_CHECK(read_keys(message.transport(), v1::ALG_X25519, doc.transport));
  COMITY_CHECK(read_keys(message.witness(), v1::ALG_ED25519, doc.witness));
  COMITY_CHECK(read_revocations(message, doc.revoked));
  COMITY_TRY(doc.expires, moment_of(message.expires()));
  doc.short_name = message.short_name();
  doc.legal_name = message.legal_name();
  COMITY_CHECK(check_rules(doc));
  return doc;
}

v1::KeyDoc to_message(const KeyDoc& doc) {
  v1::KeyDoc message;
  message.set_version(doc.version);
  if (!doc.prev.is_zero()) put_id(message.mutable_prev(), doc.prev.view());
  if (!doc.agency.is_zero()) put_id(message.mutable_agency(), doc.agency.view());
  for (const RootKey& key : doc.roots.keys)
    write_root(key, *message.add_root());
  message.set_threshold(doc.roots.threshold);
  if (!doc.next_root_commit.is_zero())
    put_id(message.mutable_next_root_commit(), doc.next_root_commit.view());
  for (const SigningKey& key : doc.node_sign)
    put_key(*message.add_node_sign(), v1::ALG_ED25519, key);
  for (const TransportKey& key : doc.transport)
    put_key(*message.add_transport(), v1::ALG_X25519, key);
  for (const Revocation& each : doc.revoked) {
    v1::Revoked& field = *message.add_revoked();
    put_id(field.mutable_key_id(), each.key.view());
    field.set_reason(static_cast<v1::RevocationReason>(each.reason));
    field.set_last_good_tick(each.last_good_tick);
    if (each.since) field.set_since(milliseconds_of(*each.since));
  }
  message.set_expires(milliseconds_of(doc.expires));
  message.set_short_name(doc.short_name);
  message.set_legal_name(doc.legal_name);
  if (!doc.nonce.is_zero()) put_id(message.mutable_nonce(), doc.nonce.view());
  for (const SigningKey& key : doc.witness)
    put_key(*message.add_witness(), v1::ALG_ED25519, key);
  return message;
}

}  // namespace

Result<Bytes> encode_keydoc(const KeyDoc& doc) {
  COMITY_TRY(Bytes bytes, proto::encode_checked(to_message(doc)));
  COMITY_CHECK(decode_keydoc(bytes));
  return bytes;
}

Result<KeyDoc> decode_keydoc(ByteView bytes) {
  COMITY_TRY(const v1::KeyDoc message, proto::decode<v1::KeyDoc>(bytes, proto::bounds::kKeyDocBytes));
  return from_message(message);
}

proto::Sha256Digest keydoc_hash(ByteView bytes) {
  return tagged_hash("keydoc", {bytes});
}

proto::AgencyId agency_id_of(ByteView first_version) {
  return proto::AgencyId(tagged_hash("agency", {first_version}).bytes());
}

KeyDoc next_version(const KeyDoc& current, ByteView current_bytes) {
  KeyDoc next = current;
  next.version = current.version + 1;
  next.prev = keydoc_hash(current_bytes);
  if (current.version == 1) next.agency = agency_id_of(current_bytes);
  next.revoked.clear();
  next.nonce = {};
  return next;
}

}  // namespace comity::crypto
