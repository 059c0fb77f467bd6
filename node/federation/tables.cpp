// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/tables.h"

#include "node/feed/row.h"

namespace comity::federation {

Bytes checked_row(ByteView key, std::initializer_list<ByteView> parts) {
  feed::RowWriter row;
  for (const ByteView part : parts)
    row.bytes(part);
  return std::move(row).finish(key);
}

std::vector<storage::TableInfo> tables() {
  return {kKeyDocs.info(),       kEncKeys.info(),     kEndpoints.info(),  kEncSecrets.info(),
          kPeers.info(),         kUsedInvites.info(), kAgreements.info(), kFederation.info(),
          kMissingGrants.info(), kDistrusts.info()};
}

}  // namespace comity::federation
