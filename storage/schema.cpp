// SPDX-License-Identifier: EUPL-1.2
#include "storage/schema.h"

#include <algorithm>

#include <fmt/format.h>

#include "storage/own_tables.h"
#include "storage/sum.h"

namespace comity::storage {
namespace {

using proto::Code;
using proto::Error;

constexpr std::size_t kNumberBytes = sizeof(std::uint32_t);
constexpr std::size_t kMostVersionText = 64;

Bytes created_key() {
  return kMetaTable.key("created");
}
Bytes instance_key() {
  return kMetaTable.key("instance");
}

Error damaged(ByteView key) {
  return {Code::kStoreCorrupt, fmt::format("meta {}", describe_key(kMetaTable.info(), key))};
}

/// The content of a row, or nothing when it is absent.
proto::Result<std::optional<Bytes>> read_row(const View& view, const Bytes& key) {
  COMITY_TRY(const auto value, view.get(key));
  if (!value) return std::optional<Bytes>();
  const auto content = without_sum(key, *value);
  if (!content) return damaged(key);
  return std::optional<Bytes>(proto::to_bytes(*content));
}

}  // namespace

namespace meta {

Bytes schema_key() {
  return kMetaTable.key("schema");
}

Bytes schema_value(std::uint32_t schema, std::string_view written_by) {
  return with_sum(schema_key(), proto::concat({proto::to_be(schema), proto::as_bytes(written_by)}));
}

Bytes migration_key() {
  return kMetaTable.key("migration");
}

Bytes migration_value(std::uint32_t schema, ByteView cursor) {
  return with_sum(migration_key(), proto::concat({proto::to_be(schema), cursor}));
}

proto::Result<std::optional<Running>> read_migration(const View& view) {
  COMITY_TRY(const auto value, read_row(view, migration_key()));
  if (!value) return std::optional<Running>();
  if (value->size() < kNumberBytes) return damaged(migration_key());
  return std::optional<Running>(
      {proto::from_be<std::uint32_t>(*value), proto::to_bytes(ByteView(*value).subspan(kNumberBytes))});
}

proto::Status check_row(ByteView key, ByteView value) {
  return without_sum(key, value) ? proto::Status() : proto::Status(damaged(key));
}

}  // namespace meta

proto::Status stamp_store(Store& store, const Stamp& stamp) {
  Batch batch;
  batch.expect_absent(meta::schema_key());
  batch.put(meta::schema_key(), meta::schema_value(stamp.schema, stamp.written_by));
  batch.put(created_key(), with_sum(created_key(), proto::to_be(stamp.created_ms)));
  batch.put(instance_key(), with_sum(instance_key(), stamp.instance.view()));
  const auto stamped = store.commit(std::move(batch));
  if (stamped.ok()) return {};
  if (stamped.error().code == Code::kStoreGuardFailed)
    return Error{Code::kStoreExists, "it is marked already"};
  return stamped.error();
}

proto::Result<StoreInfo> read_info(Store& store) {
  COMITY_TRY(const auto view, store.snapshot());
  StoreInfo info;
  COMITY_TRY(const auto schema, read_row(*view, meta::schema_key()));
  if (!schema) return Error{Code::kStoreForeign, "it says nowhere what it is"};
  if (schema->size() < kNumberBytes || schema->size() > kNumberBytes + kMostVersionText)
    return damaged(meta::schema_key());
  info.stamp.schema = proto::from_be<std::uint32_t>(*schema);
  info.stamp.written_by = std::string(proto::as_text(ByteView(*schema).subspan(kNumberBytes)));
  COMITY_TRY(const auto created, read_row(*view, created_key()));
  if (!created || created->size() != sizeof(std::uint64_t)) return damaged(created_key());
  info.stamp.created_ms = proto::from_be<std::uint64_t>(*created);
  COMITY_TRY(const auto instance, read_row(*view, instance_key()));
  if (!instance || instance->size() != proto::InstanceId::kSize) return damaged(instance_key());
  info.stamp.instance = proto::InstanceId::from(*instance).value();
  COMITY_TRY(const auto running, meta::read_migration(*view));
  if (running) info.migrating = running->schema;
  return info;
}

proto::Status check_schema(const StoreInfo& info, std::uint32_t schema) {
  if (info.stamp.schema <= schema && info.migrating.value_or(0) <= schema) return {};
  return Error{
      Code::kStoreNewerSchema,
      fmt::format("it has schema {} and needs Comity {}; this program knows schema {}",
                  std::max(info.stamp.schema, info.migrating.value_or(0)), info.stamp.written_by, schema)};
}

proto::Status renew_instance(Store& store, const proto::InstanceId& instance) {
  Batch batch;
  batch.expect_present(instance_key());
  batch.put(instance_key(), with_sum(instance_key(), instance.view()));
  const auto renewed = store.commit(std::move(batch));
  return renewed.ok() ? proto::Status() : proto::Status(renewed.error());
}

}  // namespace comity::storage
