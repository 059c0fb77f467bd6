// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>
#include <string>

#include "storage/store.h"

namespace comity::storage {

/// What a new store is marked with.
struct Stamp {
  std::uint32_t schema = 1;      ///< number of its layout
  std::string written_by;        ///< version of the program, as in "0.1.0"
  std::uint64_t created_ms = 0;  ///< milliseconds since 1970, by the caller's clock
  proto::InstanceId instance;    ///< random: tells this store from its copies and predecessors
};

/// What a store says of itself.
struct StoreInfo {
  Stamp stamp;                             ///< schema and written_by are those of the last migration
  std::optional<std::uint32_t> migrating;  ///< the schema that an interrupted migration leads to
};

/// Marks a store without rows. Errors: kStoreExists when it is marked, and those of Store::submit().
[[nodiscard]] proto::Status stamp_store(Store& store, const Stamp& stamp);

/// Errors: kStoreForeign when it was never marked, kStoreCorrupt when the marks do not decode.
[[nodiscard]] proto::Result<StoreInfo> read_info(Store& store);

/// Whether a program that knows layouts up to `schema` may use this store. Error kStoreNewerSchema, which
/// names the version that is needed.
[[nodiscard]] proto::Status check_schema(const StoreInfo& info, std::uint32_t schema);

/// Gives the store another instance, as restoring or cloning must (DESIGN 5.10).
[[nodiscard]] proto::Status renew_instance(Store& store, const proto::InstanceId& instance);

/// The rows behind these, for migrations and tests.
namespace meta {
[[nodiscard]] Bytes schema_key();
[[nodiscard]] Bytes schema_value(std::uint32_t schema, std::string_view written_by);
[[nodiscard]] Bytes migration_key();
/// The schema it leads to, and the cursor of its next step.
[[nodiscard]] Bytes migration_value(std::uint32_t schema, ByteView cursor);
struct Running {
  std::uint32_t schema = 0;
  Bytes cursor;
};
[[nodiscard]] proto::Result<std::optional<Running>> read_migration(const View& view);
/// Judges a row of the table, for verify(). Error kStoreCorrupt.
[[nodiscard]] proto::Status check_row(ByteView key, ByteView value);
}  // namespace meta

}  // namespace comity::storage
