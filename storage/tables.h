// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <vector>

#include "storage/table.h"

namespace comity::storage {

/// Prefix bytes below this one are the store's own.
inline constexpr std::uint8_t kFirstNodePrefix = 0x10;

/// All tables of a store, its own two included. Immutable after construction; any thread.
class Tables {
 public:
  /// Throws std::logic_error when two tables share a prefix or a name, a prefix is out of range, or a name is
  /// not lower-case words: the declarations are part of the program.
  explicit Tables(std::vector<TableInfo> tables = {});

  /// The table to which a key or a range's begin belongs; nullptr when none is declared.
  [[nodiscard]] const TableInfo* find(ByteView key) const noexcept;
  [[nodiscard]] const TableInfo* find_name(std::string_view name) const noexcept;
  /// By prefix, dropped ones included.
  [[nodiscard]] const std::vector<TableInfo>& all() const noexcept { return tables_; }

 private:
  std::vector<TableInfo> tables_;
  std::array<std::uint16_t, 256> index_{};  // position + 1; 0 is none
};

/// "feed=3fe0… seq=17" for people: a key by the fields of its table, or hexadecimal when it has another
/// shape.
[[nodiscard]] std::string describe_key(const TableInfo& table, ByteView key);
/// The same with the table's name before it, "headers feed=3fe0… seq=17".
[[nodiscard]] std::string describe_key(const Tables& tables, ByteView key);

[[nodiscard]] std::string_view name_of(Retention retention);
[[nodiscard]] std::string_view name_of(Placement placement);

/// The tables as text for a terminal, as one JSON document with stable keys, and as the Markdown page of
/// docs.
[[nodiscard]] std::string schema_text(const Tables& tables, std::uint32_t schema);
[[nodiscard]] std::string schema_json(const Tables& tables, std::uint32_t schema);
[[nodiscard]] std::string schema_markdown(const Tables& tables, std::uint32_t schema);

}  // namespace comity::storage
