// SPDX-License-Identifier: EUPL-1.2
#include "tools/comity/offline/open_value.h"

#include "node/feed/reader.h"
#include "node/feed/tables.h"
#include "proto/bounds.h"
#include "proto/decode.h"

namespace comity::cli {
namespace {

using proto::Bytes;
using proto::ByteView;

// The part of a stored body that is sealed: all of it, or one field.
Bytes sealed_part(const feed::Header& header, ByteView body) {
  if (feed::is_sealed(header.kind)) return proto::to_bytes(body);
  if (header.kind == v1::KIND_WITHDRAW) {
    const auto message = proto::decode<v1::Withdraw>(body, proto::bounds::kSealedBodyBytes);
    if (message.ok()) return proto::to_bytes(proto::as_bytes(message->sealed_note()));
  }
  if (header.kind == v1::KIND_SPACE_MANIFEST) {
    const auto message = proto::decode<v1::SpaceManifest>(body, proto::bounds::kSealedBodyBytes);
    if (message.ok()) return proto::to_bytes(proto::as_bytes(message->sealed_card()));
  }
  return {};
}

}  // namespace

std::optional<Bytes> open_value(const storage::View& view, const crypto::Key32& storage_key,
                                const storage::TableInfo& table, ByteView key) {
  if (table.prefix != feed::kBodies.info().prefix) return std::nullopt;
  const auto place = feed::kBodies.parse(key);
  if (!place.ok()) return std::nullopt;
  const feed::FeedReader reader(view, storage_key);
  const auto stored = reader.header(std::get<0>(*place), std::get<1>(*place));
  if (!stored.ok()) return std::nullopt;
  auto body = reader.body(stored->header);
  if (!body.ok()) body = reader.quarantined_body(stored->header);
  if (!body.ok()) return std::nullopt;
  const Bytes sealed = sealed_part(stored->header, *body);
  if (!sealed.empty()) {
    if (const auto content = reader.open_sealed(stored->header, sealed); content.ok())
      proto::append(*body, *content);
  }
  return *std::move(body);
}

}  // namespace comity::cli
