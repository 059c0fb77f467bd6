// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/entry_rows.h"

#include "crypto/aead.h"
#include "node/feed/row.h"
#include "node/feed/tables.h"

namespace comity::feed {
namespace {

enum Flag : std::uint8_t { kSigned = 1, kAhead = 2 };
constexpr std::size_t kSigBytes = crypto::Ed25519Signature::kSize;

// A body key seals one body, once: hence the nonce may be constant.
constexpr std::array<std::byte, crypto::kChaChaNonceBytes> kNonce{};

void put_body(storage::Batch& batch, const NewEntry& entry, crypto::Random& random) {
  const Bytes place = kBodies.key(entry.header.feed, entry.header.seq);
  crypto::Key32 key;
  random.fill(key.writable());
  Bytes wrapped(entry.body.size() + crypto::kAeadTagBytes);
  if (!crypto::chacha20poly1305_seal(key.view(), kNonce, place, entry.body, wrapped).ok()) {
    throw std::logic_error("sizes of a wrapped body");
  }
  batch.put(place, wrapped);
  const Bytes key_place = kBodyKeys.key(entry.header.feed, entry.header.seq);
  batch.put(key_place, std::move(RowWriter().bytes(key.view())).finish(key_place));
}

}  // namespace

void put_entry(storage::Batch& batch, const NewEntry& entry, const SpaceId& space, Projections projections,
               crypto::Random& random) {
  const Header& header = entry.header;
  const Bytes place = kHeaders.key(header.feed, header.seq);
  RowWriter row;
  row.number(static_cast<std::uint8_t>((entry.sig.empty() ? 0 : kSigned) | (entry.ahead ? kAhead : 0)));
  row.number(millis(entry.received)).bytes(entry.sig).bytes(entry.bytes);
  batch.put(place, std::move(row).finish(place));

  if (!entry.body.empty()) put_body(batch, entry, random);
  batch.put(kEntries.key(ref_of(header.id)),
            proto::concat({header.feed.view(), proto::to_be(raw(header.seq))}));
  if (entry.withheld != Withholding::kNone) {
    const Bytes key = kWithheld.key(header.feed, header.seq);
    batch.put(key, encode_withheld(key, {entry.withheld, entry.received}));
  }
  if (header.expires != 0 && !entry.body.empty()) {
    batch.put(kExpiring.key(header.expires, header.feed, header.seq), {});
  }
  const EntryFacts facts{
      .header = header,
      .space = space,
      .received = entry.received,
      .ahead = entry.ahead,
      .clear_body = is_sealed(header.kind) || entry.withheld != Withholding::kNone ? ByteView() : entry.body};
  for (const Projection* projection : projections)
    projection->apply(facts, batch);
}

Result<StoredHeader> decode_header_row(ByteView key, ByteView value) {
  COMITY_TRY(const auto place, kHeaders.parse(key));
  COMITY_TRY(auto row, RowReader::open(kHeaders.info(), key, value));
  StoredHeader out;
  const auto flags = row.number<std::uint8_t>();
  out.received = from_millis(row.number<std::uint64_t>());
  out.ahead = (flags & kAhead) != 0;
  if ((flags & kSigned) != 0) out.sig = proto::to_bytes(row.bytes(kSigBytes));
  out.bytes = proto::to_bytes(row.rest());
  auto header = read_header(out.bytes);
  if (!row.done() || !header.ok()) return damaged(kHeaders.info(), key, "no header");
  if (header->feed != std::get<0>(place) || header->seq != std::get<1>(place)) {
    return damaged(kHeaders.info(), key, "the header of another place");
  }
  out.header = *std::move(header);
  return out;
}

Result<Bytes> unwrap_body(const FeedId& feed, Seq seq, ByteView key_row, ByteView body_row) {
  const Bytes key_place = kBodyKeys.key(feed, seq);
  COMITY_TRY(auto row, RowReader::open(kBodyKeys.info(), key_place, key_row));
  const ByteView key = row.bytes(32);
  if (!row.done() || key.size() != 32) return damaged(kBodyKeys.info(), key_place, "no key");
  const Bytes place = kBodies.key(feed, seq);
  if (body_row.size() < crypto::kAeadTagBytes) return damaged(kBodies.info(), place, "the row is too short");
  Bytes body(body_row.size() - crypto::kAeadTagBytes);
  if (!crypto::chacha20poly1305_open(crypto::AeadKey(key.data(), 32), kNonce, place, body_row, body).ok()) {
    return damaged(kBodies.info(), place, "the body is not the one that was stored");
  }
  return body;
}

Bytes encode_withheld(ByteView key, const WithheldRow& row) {
  return std::move(RowWriter().number(static_cast<std::uint8_t>(row.why)).number(millis(row.since)))
      .finish(key);
}

Result<WithheldRow> decode_withheld(ByteView key, ByteView value) {
  COMITY_TRY(auto row, RowReader::open(kWithheld.info(), key, value));
  WithheldRow out;
  out.why = static_cast<Withholding>(row.number<std::uint8_t>());
  out.since = from_millis(row.number<std::uint64_t>());
  if (!row.done()) return damaged(kWithheld.info(), key, "the layout is another one");
  return out;
}

}  // namespace comity::feed
