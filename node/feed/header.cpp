// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/header.h"

#include <fmt/format.h>

#include "crypto/sha256.h"
#include "proto/bounds.h"
#include "proto/decode.h"

namespace comity::feed {
namespace {

constexpr std::uint32_t kVersion = 1;

// An id field that may be absent; the walker has seen to its size.
template <class Id>
Id optional_id(const std::string& bytes) {
  Id id;
  if (bytes.size() == Id::kSize)
    std::copy_n(proto::as_bytes(bytes).begin(), Id::kSize, id.writable().begin());
  return id;
}

template <class Id>
std::string optional_field(const Id& id) {
  return id.is_zero() ? std::string() : field(id.view());
}

Status check_alone(const Header& header) {
  const auto bad = [&](std::string_view what) {
    return Error{Code::kFeedBadHeader, fmt::format("seq {}: {}", raw(header.seq), what)};
  };
  const bool first = header.seq == Seq{1};
  if (first != header.prev.is_zero()) return bad("prev belongs to every entry but the first");
  if (first != (header.kind == v1::KIND_FEED_OPEN)) return bad("FEED_OPEN is the first entry and no other");
  if ((header.audience_seq == Seq{0}) != header.audience_id.is_zero()) return bad("half an audience");
  if (header.audience_seq >= header.seq) return bad("its audience lies ahead of it");
  if (header.body_size > proto::bounds::kSealedBodyBytes) return bad("its body is too large");
  if (is_sealed(header.kind) && header.key_epoch == KeyEpoch{0})
    return bad("a sealed body without key epoch");
  // Whoever lets an AUDIENCE or a grant expire would make its feed unreadable for everybody who holds it.
  if (header.expires != 0 && is_known(header.kind) && !is_sealed(header.kind))
    return bad("an expiry where the protocol itself needs the body");
  return {};
}

}  // namespace

EntryId entry_id(ByteView header) {
  return EntryId(crypto::tagged_hash("entry", {header}).bytes());
}

FeedId feed_id(const AgencyId& agency, const SpaceId& space, const Incarnation& incarnation) {
  return FeedId(crypto::tagged_hash("feed", {agency.view(), space.view(), incarnation.view()}).bytes());
}

Sha256Digest body_hash(ByteView stored_body) {
  return crypto::tagged_hash("body", {stored_body});
}

Bytes signed_bytes(ByteView header) {
  static const Bytes prefix = crypto::context("entry-sig");
  return proto::concat({prefix, header});
}

Result<Header> read_header(ByteView bytes) {
  COMITY_TRY(const auto message, proto::decode<v1::EntryHeader>(bytes, proto::bounds::kHeaderBytes));
  if (message.v() != kVersion) return Error{Code::kFeedVersion, fmt::format("version {}", message.v())};
  COMITY_TRY(auto label, policy::label_from(message.label()));
  Header header{.id = entry_id(bytes),
                .agency = optional_id<AgencyId>(message.agency()),
                .feed = optional_id<FeedId>(message.feed()),
                .seq = Seq{message.seq()},
                .prev = optional_id<EntryId>(message.prev()),
                .hlc = Hlc{message.hlc()},
                .signer = optional_id<KeyId>(message.signer()),
                .keydoc = message.keydoc(),
                .kind = message.kind(),
                .body_hash = optional_id<Sha256Digest>(message.body_hash()),
                .body_size = message.body_size(),
                .key_epoch = KeyEpoch{message.key_epoch()},
                .audience_seq = Seq{message.audience_seq()},
                .audience_id = optional_id<EntryId>(message.audience_id()),
                .label = std::move(label),
                .release = optional_id<Sha256Digest>(message.release()),
                .expires = message.expires(),
                .blind = optional_id<Blind>(message.blind())};
  COMITY_CHECK(check_alone(header));
  return header;
}

Bytes write_header(const Header& header) {
  v1::EntryHeader message;
  message.set_v(kVersion);
  message.set_agency(field(header.agency.view()));
  message.set_feed(field(header.feed.view()));
  message.set_seq(raw(header.seq));
  message.set_prev(optional_field(header.prev));
  message.set_hlc(raw(header.hlc));
  message.set_signer(field(header.signer.view()));
  message.set_keydoc(header.keydoc);
  message.set_kind(header.kind);
  message.set_body_hash(field(header.body_hash.view()));
  message.set_body_size(header.body_size);
  message.set_key_epoch(raw(header.key_epoch));
  message.set_audience_seq(raw(header.audience_seq));
  message.set_audience_id(optional_field(header.audience_id));
  *message.mutable_label() = policy::to_message(header.label);
  message.set_release(optional_field(header.release));
  message.set_expires(header.expires);
  message.set_blind(field(header.blind.view()));
  return proto::encode(message);
}

bool is_known(v1::Kind kind) noexcept {
  return kind != v1::KIND_NONE && v1::Kind_IsValid(kind);
}

bool is_sealed(v1::Kind kind) noexcept {
  return kind == v1::KIND_CONTENT;
}

}  // namespace comity::feed
