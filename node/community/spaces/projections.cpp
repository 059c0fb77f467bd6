// SPDX-License-Identifier: EUPL-1.2
#include "node/community/spaces/projections.h"

#include "node/community/spaces/manifest.h"
#include "node/community/tables.h"
#include "node/feed/row.h"
#include "proto/bounds.h"
#include "proto/decode.h"

namespace comity::community {

std::vector<storage::TableInfo> Manifests::tables() const {
  return {kManifests.info()};
}

void Manifests::apply(const feed::EntryFacts& facts, storage::Batch& rows) const {
  if (facts.header.kind != v1::KIND_SPACE_MANIFEST) return;
  const auto manifest = read_manifest(facts.clear_body);
  if (!manifest.ok() || manifest->space != facts.space || manifest->steward != facts.header.agency) return;
  const Bytes key = kManifests.key(facts.space, Falling{manifest->message.term()},
                                   Falling{manifest->message.revision()}, facts.header.id);
  feed::RowWriter row;
  row.bytes(facts.header.feed.view()).number(raw(facts.header.seq)).number(millis(facts.received));
  rows.put(key, std::move(row).finish(key));
}

std::vector<storage::TableInfo> Grants::tables() const {
  return {kGrants.info()};
}

void Grants::apply(const feed::EntryFacts& facts, storage::Batch& rows) const {
  if (facts.header.kind != v1::KIND_KEY_GRANT || facts.header.agency != self_) return;
  const auto grant = proto::decode<v1::KeyGrant>(facts.clear_body, proto::bounds::kSealedBodyBytes);
  if (!grant.ok()) return;
  for (const v1::Wrap& wrap : grant->wrap()) {
    rows.put(kGrants.key(facts.header.feed, KeyEpoch{grant->key_epoch()}, id_in<AgencyId>(wrap.to())), {});
  }
}

}  // namespace comity::community
