// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "crypto/secret.h"
#include "node/config/settings.h"
#include "node/home/marker.h"
#include "node/home/paths.h"
#include "storage/store.h"

namespace comity::home {

/// Makes the empty store of a new directory and closes it. Errors: those of the store.
[[nodiscard]] proto::Status create_store(const Paths& paths, const config::Settings& settings,
                                         const Marker& marker, const crypto::Key32& storage_key);

/// Whether the store keeps its ballast (docs/files.md): a running node does, a short visit changes nothing
/// about it.
enum class Ballast { kKeep, kLeave };

/// Opens the store and brings its layout up to date. Errors: those of the store, which name the file;
/// kHomeForeign when it belongs to another installation than the rest of the directory.
[[nodiscard]] proto::Result<std::unique_ptr<storage::Store>> open_store(const Paths& paths,
                                                                        const config::Settings& settings,
                                                                        const Marker& marker,
                                                                        Ballast ballast);

/// Judges a row of a node's store above the level of bytes, for Store::verify(): feed::check_row() and the
/// tables of the node itself. Errors: kFeedDamaged and those of the store.
[[nodiscard]] proto::Status check_row(const storage::View& view, const crypto::Key32& storage_key,
                                      const storage::TableInfo& table, proto::ByteView key,
                                      proto::ByteView value);

/// Rows of the table node, each closed by a check. Errors: kFeedDamaged, and those of the store.
void put_node_row(storage::Batch& batch, const std::string& name, proto::ByteView content);
[[nodiscard]] proto::Result<std::optional<proto::Bytes>> node_row(const storage::View& view,
                                                                  const std::string& name);

/// How often the node had started when this store was last written; 0 for one that never ran.
[[nodiscard]] proto::Result<std::uint64_t> stored_boots(storage::Store& store);
[[nodiscard]] proto::Status store_boots(storage::Store& store, std::uint64_t count);

/// As which instance the node speaks to peers: that of the marker, until the store was put back or copied.
[[nodiscard]] proto::Result<proto::InstanceId> spoken_instance(storage::Store& store, const Marker& marker);
void put_instance(storage::Batch& batch, const proto::InstanceId& instance);

/// The settings of the last start that was recorded; nothing before the first.
[[nodiscard]] proto::Result<std::optional<config::Settings>> stored_settings(storage::Store& store);
/// Adds the row for the next start; `text` is the text of a settings file.
void put_settings(storage::Batch& batch, std::string_view text);

}  // namespace comity::home
