// SPDX-License-Identifier: EUPL-1.2
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "storage/tables.h"

namespace comity::storage {
namespace {

std::string shape_text(const KeyField& field) {
  switch (field.shape) {
    case KeyShape::kBytes:
      return fmt::format("{} bytes", field.bytes);
    case KeyShape::kUnsigned:
      return fmt::format("u{} big-endian", field.bytes * 8);
    case KeyShape::kDescending:
      return fmt::format("u{} big-endian complement", field.bytes * 8);
    case KeyShape::kText:
      return "text, 00 as 00 ff, ended by 00 01";
  }
  return {};
}

std::string key_text(const TableInfo& table) {
  std::string out = fmt::format("{:02x}", table.prefix);
  for (std::size_t i = 0; i < table.field_count; ++i) {
    out += fmt::format(", {}: {}", table.fields[i].name, shape_text(table.fields[i]));
  }
  return out;
}

std::string life_text(const TableInfo& table) {
  return table.dropped == 0 ? fmt::format("since schema {}", table.since)
                            : fmt::format("schema {} to {}, dropped", table.since, table.dropped - 1);
}

}  // namespace

std::string_view name_of(Retention retention) {
  switch (retention) {
    case Retention::kNode:
      return "node";
    case Retention::kRecord:
      return "record";
    case Retention::kDisposable:
      return "disposable";
    case Retention::kRebuildable:
      return "rebuildable";
    case Retention::kTransient:
      return "transient";
  }
  return {};
}

std::string_view name_of(Placement placement) {
  switch (placement) {
    case Placement::kRows:
      return "rows";
    case Placement::kBodies:
      return "bodies";
    case Placement::kKeys:
      return "keys";
  }
  return {};
}

std::string schema_text(const Tables& tables, std::uint32_t schema) {
  std::string out = fmt::format("schema {}\n", schema);
  for (const TableInfo& table : tables.all()) {
    out += fmt::format(
        "\n{} ({})\n  {}\n  key        {}\n  value      {}\n  retention  {}\n  placement  {}{}\n", table.name,
        life_text(table), table.why, key_text(table), table.value, name_of(table.retention),
        name_of(table.placement), table.streamed ? "\n  streamed   its keys are in the change stream" : "");
  }
  return out;
}

std::string schema_json(const Tables& tables, std::uint32_t schema) {
  boost::json::array rows;
  for (const TableInfo& table : tables.all()) {
    boost::json::array fields;
    for (std::size_t i = 0; i < table.field_count; ++i) {
      fields.push_back(
          boost::json::object{{"name", table.fields[i].name}, {"layout", shape_text(table.fields[i])}});
    }
    boost::json::object row{{"name", table.name},
                            {"prefix", table.prefix},
                            {"why", table.why},
                            {"key", std::move(fields)},
                            {"value", table.value},
                            {"retention", name_of(table.retention)},
                            {"placement", name_of(table.placement)},
                            {"streamed", table.streamed},
                            {"since", table.since}};
    if (table.dropped != 0) row["dropped"] = table.dropped;
    rows.push_back(std::move(row));
  }
  return boost::json::serialize(boost::json::object{{"schema", schema}, {"tables", std::move(rows)}});
}

std::string schema_markdown(const Tables& tables, std::uint32_t schema) {
  std::string out = fmt::format(
      "# Tables of the store\n\nSchema {}. Written by the declarations in the source (`storage/table.h` has "
      "the "
      "words); `comity db schema` prints the same.\n",
      schema);
  for (const TableInfo& table : tables.all()) {
    out += fmt::format("\n## {}\n\n{}\n\n| | |\n|---|---|\n", table.name, table.why);
    out += fmt::format(
        "| key | {} |\n| value | {} |\n| retention | {} |\n| placement | {} |\n| streamed | {} |\n| life | "
        "{} |\n",
        key_text(table), table.value, name_of(table.retention), name_of(table.placement),
        table.streamed ? "yes" : "no", life_text(table));
  }
  return out;
}

}  // namespace comity::storage
