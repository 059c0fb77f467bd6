// SPDX-License-Identifier: EUPL-1.2
#include "storage/migrate.h"

#include <stdexcept>

#include <fmt/format.h>

#include "storage/failpoint.h"

namespace comity::storage {
namespace {

using proto::Code;
using proto::Error;

void check_list(std::span<const Migration> migrations) {
  for (std::size_t i = 1; i < migrations.size(); ++i) {
    if (migrations[i].schema != migrations[i - 1].schema + 1) {
      throw std::logic_error(fmt::format("no migration leads to schema {}", migrations[i - 1].schema + 1));
    }
  }
}

/// Where an interrupted run stopped; the beginning when none was.
proto::Result<Bytes> first_cursor(Store& store, const Migration& migration) {
  COMITY_TRY(const auto view, store.snapshot());
  COMITY_TRY(const auto running, meta::read_migration(*view));
  if (!running) return Bytes{};
  if (running->schema != migration.schema) {
    return Error{Code::kStoreCorrupt, fmt::format("a migration to schema {} was under way", running->schema)};
  }
  return running->cursor;
}

/// One step and its cursor in one batch. The cursor of the next step, or nothing at the end.
proto::Result<std::optional<Bytes>> take_step(Store& store, const Migration& migration, const StoreInfo& info,
                                              ByteView cursor, const MigrateOptions& options) {
  MigrationStep step;
  {
    COMITY_TRY(const auto view, store.snapshot());
    COMITY_TRY(step, migration.step(*view, cursor));
  }
  step.batch.expect_equal(meta::schema_key(), meta::schema_value(info.stamp.schema, info.stamp.written_by));
  if (step.cursor) {
    step.batch.put(meta::migration_key(), meta::migration_value(migration.schema, *step.cursor));
  } else {
    step.batch.put(meta::schema_key(), meta::schema_value(migration.schema, options.written_by));
    step.batch.erase(meta::migration_key());
  }
  COMITY_FAILPOINT("migrate.before_commit");
  const auto committed = store.commit(std::move(step.batch));
  if (!committed.ok()) return committed.error();
  COMITY_FAILPOINT("migrate.after_commit");
  return std::move(step.cursor);
}

proto::Status run(Store& store, const Migration& migration, const MigrateOptions& options) {
  COMITY_TRY(const auto info, read_info(store));
  COMITY_TRY(Bytes cursor, first_cursor(store, migration));
  if (!info.migrating && !options.checkpoint.empty()) {
    const auto made = store.checkpoint(options.checkpoint);
    if (!made.ok() && made.error().code != Code::kStoreExists) return made;
  }
  COMITY_FAILPOINT("migrate.after_checkpoint");
  for (std::uint64_t steps = 1;; ++steps) {
    COMITY_TRY(auto next, take_step(store, migration, info, cursor, options));
    if (options.progress) options.progress({migration, steps, !next});
    if (!next) return {};
    cursor = *std::move(next);
  }
}

}  // namespace

proto::Status migrate(Store& store, std::span<const Migration> migrations, const MigrateOptions& options) {
  check_list(migrations);
  COMITY_TRY(const auto info, read_info(store));
  if (migrations.empty()) return {};
  COMITY_CHECK(check_schema(info, migrations.back().schema));
  if (info.stamp.schema + 1 < migrations.front().schema) {
    return Error{Code::kStoreOlderSchema,
                 fmt::format("it has schema {}, written by Comity {}; migrations start from schema {}",
                             info.stamp.schema, info.stamp.written_by, migrations.front().schema - 1)};
  }
  for (const Migration& migration : migrations) {
    if (migration.schema > info.stamp.schema) COMITY_CHECK(run(store, migration, options));
  }
  return {};
}

}  // namespace comity::storage
