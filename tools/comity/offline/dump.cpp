// SPDX-License-Identifier: EUPL-1.2
#include <algorithm>
#include <charconv>

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "node/home/tables.h"
#include "proto/bounds.h"
#include "storage/own_tables.h"
#include "tools/comity/offline/offline.h"
#include "tools/comity/offline/open_value.h"
#include "tools/comity/offline/opened.h"

namespace comity::cli {
namespace {

using proto::Code;
using proto::Error;
using proto::Result;

/// Which rows a dump shows.
struct Selection {
  std::vector<const storage::TableInfo*> tables;  // of the Tables given to select()
  std::size_t limit = 0;
  proto::Bytes after;  // key of the last row of the page before
  bool raw_ids = false;
};

Result<Selection> select(const Arguments& arguments, const storage::Tables& tables) {
  Selection selection{.limit = proto::bounds::kListPage, .raw_ids = arguments.has("--raw-ids")};
  if (const auto name = arguments.find("TABLE")) {
    const storage::TableInfo* table = tables.find_name(*name);
    if (table == nullptr) return Error{Code::kUsage, "there is no table " + *name + "; see comity db schema"};
    if (table->name == storage::kChangesTable.info().name) {
      return Error{Code::kUsage, "the change stream has no rows to show"};
    }
    selection.tables.push_back(table);
  } else {
    for (const storage::TableInfo& table : tables.all()) {
      if (table.name != storage::kChangesTable.info().name) selection.tables.push_back(&table);
    }
  }
  if (const auto limit = arguments.find("--limit")) {
    const auto [end, error] = std::from_chars(limit->data(), limit->data() + limit->size(), selection.limit);
    if (error != std::errc() || end != limit->data() + limit->size() || selection.limit == 0) {
      return Error{Code::kUsage, "--limit takes a number from 1"};
    }
  }
  if (const auto after = arguments.find("--after")) {
    auto key = proto::from_hex(*after);
    if (!key.ok() || key->empty())
      return Error{Code::kUsage, "--after takes the key that ended the page before"};
    selection.after = *std::move(key);
  }
  return selection;
}

void show_row(Context& context, const Selection& selection, const storage::TableInfo& table,
              proto::ByteView key, proto::ByteView value, const std::optional<proto::Bytes>& opened) {
  if (context.output.json()) {
    boost::json::object row{{"table", table.name},
                            {"key", proto::to_hex(key)},
                            {"row", storage::describe_key(table, key)},
                            {"value", proto::to_hex(value)}};
    if (opened) row["opened"] = proto::to_hex(*opened);
    context.output.document(row);
    return;
  }
  if (selection.raw_ids) {
    context.output.text(fmt::format("{} {} {}{}\n", table.name, proto::to_hex(key), proto::to_hex(value),
                                    opened ? " opened " + proto::to_hex(*opened) : std::string()));
    return;
  }
  context.output.text(fmt::format("{} {}  {} bytes{}\n", table.name,
                                  safe_text(storage::describe_key(table, key)), value.size(),
                                  opened ? fmt::format(", opened {} bytes", opened->size()) : std::string()));
}

// Without its keys the store can still be looked at.
std::optional<home::NodeKeys> keys_of(Context& context, const Opened& opened) {
  auto identity = load_identity(opened);
  if (identity.ok()) return std::move(identity->keys);
  context.output.note("Bodies stay sealed: " + proto::to_string(identity.error()));
  return std::nullopt;
}

Result<int> dump(Context& context, const Arguments& arguments) {
  const storage::Tables tables = home::node_tables();
  COMITY_TRY(const Selection selection, select(arguments, tables));
  COMITY_TRY(const Opened opened, open_stopped(context));
  COMITY_TRY(const auto view, opened.store->snapshot());
  const std::optional<home::NodeKeys> keys = keys_of(context, opened);
  std::size_t left = selection.limit;
  proto::Bytes last;
  for (const storage::TableInfo* table : selection.tables) {
    const std::byte prefix{table->prefix};
    storage::Range range = storage::prefix_range({&prefix, 1});
    if (!selection.after.empty()) range.begin = std::max(range.begin, storage::key_after(selection.after));
    if (left == 0) break;
    if (range.begin >= range.end) continue;
    COMITY_CHECK(view->walk(range, false, [&](proto::ByteView key, proto::ByteView value) {
      if (left == 0) return false;
      show_row(context, selection, *table, key, value,
               keys ? open_value(*view, keys->storage, *table, key) : std::nullopt);
      last = proto::to_bytes(key);
      --left;
      return true;
    }));
  }
  if (left == 0) context.output.note(fmt::format("There may be more: --after {}", proto::to_hex(last)));
  return kDone;
}

}  // namespace

std::vector<Verb> dump_verbs() {
  return {{"db dump",
           "Rows of one table, or of all; bodies opened where the node holds their keys",
           "comity db dump headers --limit 20 --data /srv/health",
           {{"TABLE", {}, "Name of the table, see comity db schema"},
            {"--raw-ids", {}, "Whole keys, values and opened bodies in hexadecimal"},
            {"--limit", "N", "Rows to show (default 100)"},
            {"--after", "KEY", "Go on behind the key, in hexadecimal, that ended the page before"}},
           dump}};
}

}  // namespace comity::cli
