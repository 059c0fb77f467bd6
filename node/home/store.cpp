// SPDX-License-Identifier: EUPL-1.2
#include "node/home/store.h"

#include <algorithm>

#include <fmt/format.h>

#include "node/community/tables.h"
#include "node/federation/sync/tables.h"
#include "node/federation/tables.h"
#include "node/feed/check_rows.h"
#include "node/feed/row.h"
#include "node/feed/tables.h"
#include "node/home/projections.h"
#include "node/home/tables.h"
#include "storage/migrate.h"
#include "storage/rocks/options.h"
#include "storage/rocks/rocks_store.h"
#include "storage/schema.h"

namespace comity::home {
namespace {

using proto::Bytes;
using proto::ByteView;
using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;

storage::RocksOptions options(const config::Settings& settings, Ballast ballast) {
  storage::RocksOptions options;
  options.memory_limit = static_cast<std::size_t>(settings.store.memory_limit.bytes);
  if (ballast == Ballast::kKeep) {
    options.ballast_bytes = static_cast<std::uint64_t>(settings.store.ballast.bytes);
    // RocksDB 7.8 may wait for ever for its own flush when the disk is full at the change of a log (its
    // Resume()). So writing ends while what is in the buffers still fits.
    options.reserve_bytes = storage::write_buffer_bytes(options.memory_limit);
  }
  return options;
}

constexpr const char* kBoots = "boots";
constexpr const char* kInstance = "instance";
constexpr const char* kSettings = "settings";

// The tables of the node and of its peers whose rows end in a check over themselves.
bool has_check(const storage::TableInfo& table) {
  const auto& with = {kNode.info().prefix,
                      federation::kAcks.info().prefix,
                      federation::kHeadStatements.info().prefix,
                      federation::kFeedOpens.info().prefix,
                      federation::kQuotas.info().prefix,
                      federation::kKeyDocs.info().prefix,
                      federation::kEncKeys.info().prefix,
                      federation::kEndpoints.info().prefix,
                      federation::kEncSecrets.info().prefix,
                      federation::kPeers.info().prefix,
                      federation::kUsedInvites.info().prefix,
                      federation::kAgreements.info().prefix,
                      federation::kFederation.info().prefix};
  return std::ranges::find(with, table.prefix) != std::ranges::end(with);
}

}  // namespace

storage::Tables node_tables() {
  std::vector<storage::TableInfo> all = feed::tables();
  for (const auto& more : {federation::sync_tables(), federation::tables(), community::tables()})
    all.insert(all.end(), more.begin(), more.end());
  all.push_back(kNode.info());
  return storage::Tables(std::move(all));
}

Status create_store(const Paths& paths, const config::Settings& settings, const Marker& marker,
                    const crypto::Key32& storage_key) {
  const storage::Stamp stamp{
      .schema = kSchema,
      .written_by = COMITY_VERSION,
      .created_ms = static_cast<std::uint64_t>(marker.created.time_since_epoch().count()),
      .instance = marker.instance};
  // The ballast is written when the node starts, so that a new directory is small and init quick.
  COMITY_TRY(const auto store, storage::RocksStore::create(paths.store().string(), node_tables(),
                                                           options(settings, Ballast::kLeave), stamp));
  const NodeProjections projections(marker.agency, storage_key);
  storage::Batch fresh;
  feed::put_fresh_projections(fresh, projections.synchronous(), projections.followers());
  COMITY_CHECK(store->commit(std::move(fresh)));
  return store->close();
}

Result<std::unique_ptr<storage::Store>> open_store(const Paths& paths, const config::Settings& settings,
                                                   const Marker& marker, Ballast ballast) {
  COMITY_TRY(auto store,
             storage::RocksStore::open(paths.store().string(), node_tables(), options(settings, ballast)));
  COMITY_TRY(const storage::StoreInfo info, storage::read_info(*store));
  COMITY_CHECK(storage::check_schema(info, kSchema));
  if (info.stamp.instance != marker.instance) {
    return Error{Code::kHomeForeign,
                 fmt::format("{} belongs to instance {}, the directory to {}", paths.store().string(),
                             info.stamp.instance.hex(), marker.instance.hex())};
  }
  COMITY_CHECK(storage::migrate(*store, {}, {.written_by = COMITY_VERSION}));
  return store;
}

Status check_row(const storage::View& view, const crypto::Key32& storage_key, const storage::TableInfo& table,
                 ByteView key, ByteView value) {
  if (has_check(table)) {
    const auto row = feed::RowReader::open(table, key, value);
    return row.ok() ? Status() : Status(row.error());
  }
  if (table.prefix == federation::kMissingGrants.info().prefix && !value.empty()) {
    return feed::damaged(table, key, "it holds something");
  }
  COMITY_CHECK(community::check_row(table, key, value));
  return feed::check_row(view, storage_key, table, key, value);
}

void put_node_row(storage::Batch& batch, const std::string& name, ByteView content) {
  const Bytes key = kNode.key(name);
  batch.put(key, std::move(feed::RowWriter().bytes(content)).finish(key));
}

Result<std::optional<Bytes>> node_row(const storage::View& view, const std::string& name) {
  const Bytes key = kNode.key(name);
  COMITY_TRY(const auto value, view.get(key));
  if (!value) return std::optional<Bytes>();
  COMITY_TRY(auto row, feed::RowReader::open(kNode.info(), key, *value));
  return std::optional<Bytes>(proto::to_bytes(row.rest()));
}

Result<std::uint64_t> stored_boots(storage::Store& store) {
  COMITY_TRY(const auto view, store.snapshot());
  COMITY_TRY(const auto value, node_row(*view, kBoots));
  if (!value) return std::uint64_t{0};
  if (value->size() != sizeof(std::uint64_t)) return Error{Code::kStoreCorrupt, "table node, row boots"};
  return proto::from_be<std::uint64_t>(*value);
}

Result<proto::InstanceId> spoken_instance(storage::Store& store, const Marker& marker) {
  COMITY_TRY(const auto view, store.snapshot());
  COMITY_TRY(const auto value, node_row(*view, kInstance));
  if (!value) return marker.instance;
  const auto instance = proto::InstanceId::from(*value);
  if (!instance.ok()) return Error{Code::kStoreCorrupt, "table node, row instance"};
  return *instance;
}

void put_instance(storage::Batch& batch, const proto::InstanceId& instance) {
  put_node_row(batch, kInstance, instance.view());
}

Status store_boots(storage::Store& store, std::uint64_t count) {
  storage::Batch batch;
  put_node_row(batch, kBoots, proto::to_be(count));
  const auto committed = store.commit(std::move(batch));
  if (!committed.ok()) return committed.error();
  return {};
}

Result<std::optional<config::Settings>> stored_settings(storage::Store& store) {
  COMITY_TRY(const auto view, store.snapshot());
  COMITY_TRY(const auto value, node_row(*view, kSettings));
  if (!value) return std::optional<config::Settings>();
  const config::Loaded loaded =
      config::parse_settings(proto::as_text(*value), "the settings of the last start");
  return std::optional(loaded.settings);
}

void put_settings(storage::Batch& batch, std::string_view text) {
  put_node_row(batch, kSettings, proto::as_bytes(text));
}

}  // namespace comity::home
