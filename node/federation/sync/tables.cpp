// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/sync/tables.h"

namespace comity::federation {

std::vector<storage::TableInfo> sync_tables() {
  return {kAcks.info(), kHeadStatements.info(), kFeedOpens.info(), kReceipts.info(), kQuotas.info()};
}

}  // namespace comity::federation
