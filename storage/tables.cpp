// SPDX-License-Identifier: EUPL-1.2
#include "storage/tables.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "storage/own_tables.h"

namespace comity::storage {
namespace {

constexpr std::size_t kShownBytes = 16;  // of an id in a message for people

bool is_word_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::string shortened_hex(ByteView bytes) {
  if (bytes.size() <= kShownBytes) return proto::to_hex(bytes);
  return proto::to_hex(bytes.first(kShownBytes)) + "…";
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const bool plain = c >= ' ' && c <= '~' && c != '"' && c != '\\';
    out += plain ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  return out + '"';
}

std::uint64_t unsigned_of(ByteView bytes, bool complement) {
  std::uint64_t value = 0;
  for (const std::byte byte : bytes) {
    value = (value << 8U) | std::to_integer<std::uint64_t>(complement ? ~byte : byte);
  }
  return value;
}

}  // namespace

Tables::Tables(std::vector<TableInfo> tables) : tables_(std::move(tables)) {
  for (const TableInfo& table : tables_) {
    // 0xff stays free, because a range needs a key behind the last table.
    if (table.prefix < kFirstNodePrefix || table.prefix == 0xff) {
      throw std::logic_error(
          fmt::format("table {} has the prefix {:#04x}, which is reserved", table.name, table.prefix));
    }
  }
  tables_.push_back(kMetaTable.info());
  tables_.push_back(kChangesTable.info());
  std::sort(tables_.begin(), tables_.end(), [](const auto& a, const auto& b) { return a.prefix < b.prefix; });
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    const TableInfo& table = tables_[i];
    if (!is_word_name(table.name) || table.why.empty() || table.value.empty() || table.check_key == nullptr) {
      throw std::logic_error(fmt::format("table {:#04x} ({}) is not described", table.prefix, table.name));
    }
    if (index_[table.prefix] != 0)
      throw std::logic_error(fmt::format("two tables have the prefix {:#04x}", table.prefix));
    if (find_name(table.name) != &table)
      throw std::logic_error(fmt::format("two tables have the name {}", table.name));
    index_[table.prefix] = static_cast<std::uint16_t>(i + 1);
  }
}

const TableInfo* Tables::find(ByteView key) const noexcept {
  if (key.empty()) return nullptr;
  const std::uint16_t position = index_[std::to_integer<std::size_t>(key[0])];
  return position == 0 ? nullptr : &tables_[position - 1U];
}

const TableInfo* Tables::find_name(std::string_view name) const noexcept {
  const auto found =
      std::find_if(tables_.begin(), tables_.end(), [&](const auto& table) { return table.name == name; });
  return found == tables_.end() ? nullptr : &*found;
}

std::string describe_key(const TableInfo& table, ByteView key) {
  if (table.check_key == nullptr || !table.check_key(key).ok()) return "key " + shortened_hex(key);
  ByteView rest = key.subspan(1);
  std::string out;
  for (std::size_t i = 0; i < table.field_count; ++i) {
    const KeyField& field = table.fields[i];
    out += fmt::format("{}{}=", i == 0 ? "" : " ", field.name);
    if (field.shape == KeyShape::kText) {
      const auto text = KeyPart<std::string>::decode(rest);
      out += quoted(text.value());
      continue;
    }
    const ByteView bytes = rest.first(field.bytes);
    rest = rest.subspan(field.bytes);
    out += field.shape == KeyShape::kBytes
               ? shortened_hex(bytes)
               : fmt::to_string(unsigned_of(bytes, field.shape == KeyShape::kDescending));
  }
  return out;
}

std::string describe_key(const Tables& tables, ByteView key) {
  const TableInfo* table = tables.find(key);
  if (table == nullptr) return "unknown table, key " + shortened_hex(key);
  return fmt::format("{} {}", table->name, describe_key(*table, key));
}

}  // namespace comity::storage
