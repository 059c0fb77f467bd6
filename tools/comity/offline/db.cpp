// SPDX-License-Identifier: EUPL-1.2
#include <algorithm>
#include <charconv>

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "node/home/tables.h"
#include "proto/bounds.h"
#include "storage/own_tables.h"
#include "tools/comity/offline/offline.h"
#include "tools/comity/offline/opened.h"
#include "tools/comity/offline/progress.h"

namespace comity::cli {
namespace {

namespace json = boost::json;
using proto::Code;
using proto::Error;
using proto::Result;

Result<int> schema(Context& context, const Arguments& /*arguments*/) {
  const storage::Tables tables = home::node_tables();
  context.output.text(context.output.json() ? storage::schema_json(tables, home::kSchema) + "\n"
                                            : storage::schema_text(tables, home::kSchema));
  return kDone;
}

// Where it lies, in the words of `comity db schema`.
std::string place_of(const storage::Damage& damage, const storage::Tables& tables) {
  if (damage.key.empty()) return damage.table;
  std::string place = storage::describe_key(tables, damage.key);
  if (!damage.before.empty()) {
    place = fmt::format("after {}, before {}", place, storage::describe_key(tables, damage.before));
  }
  return place;
}

void show_damage(Context& context, const storage::Damage& damage, const storage::Tables& tables) {
  if (!context.output.json()) {
    context.output.text(fmt::format("damaged: {}: {}\n", safe_text(place_of(damage, tables)),
                                    proto::to_string(damage.error)));
    return;
  }
  context.output.document({{"table", damage.table},
                           {"place", place_of(damage, tables)},
                           {"key", proto::to_hex(damage.key)},
                           {"before", proto::to_hex(damage.before)},
                           {"code", proto::code_label(damage.error.code)},
                           {"detail", damage.error.detail}});
}

Result<int> verify(Context& context, const Arguments& /*arguments*/) {
  COMITY_TRY(const Opened opened, open_stopped(context));
  Progress progress("rows");
  storage::Verifying verifying;
  verifying.check = home::check_row;
  verifying.found = [&](const storage::Damage& damage) {
    show_damage(context, damage, opened.store->tables());
  };
  verifying.progress = [&](std::uint64_t rows) { progress.at(rows); };
  COMITY_TRY(const storage::Verified verified, opened.store->verify(storage::Depth::kRows, verifying));
  progress.end();
  if (context.output.json()) {
    context.output.document({{"rows", verified.rows},
                             {"bytes", verified.bytes},
                             {"files", verified.files},
                             {"damages", verified.damages},
                             {"sound", verified.damages == 0}});
  } else {
    context.output.text(fmt::format(
        "{} rows, {} in {} files: {}\n", verified.rows, bytes_text(verified.bytes), verified.files,
        verified.damages == 0 ? "sound" : fmt::format("{} damaged", verified.damages)));
  }
  if (verified.damages == 0) return kDone;
  return Error{Code::kStoreCorrupt,
               fmt::format("{} places in {}", verified.damages, opened.paths.store().string())};
}

Result<int> stats(Context& context, const Arguments& /*arguments*/) {
  COMITY_TRY(const Opened opened, open_stopped(context));
  const storage::Stats stats = opened.store->stats();
  if (context.output.json()) {
    context.output.document({{"version", static_cast<std::uint64_t>(stats.version)},
                             {"rows", stats.rows},
                             {"disk_bytes", stats.disk_bytes},
                             {"memory_bytes", stats.memory_bytes},
                             {"free_bytes", stats.free_bytes},
                             {"first_change", static_cast<std::uint64_t>(stats.first_change)},
                             {"clean_start", stats.clean_start}});
    return kDone;
  }
  context.output.fields({{"batches", fmt::format("{}", static_cast<std::uint64_t>(stats.version))},
                         {"rows", fmt::format("about {}", stats.rows)},
                         {"on disk", bytes_text(stats.disk_bytes)},
                         {"free", bytes_text(stats.free_bytes)},
                         {"last end", stats.clean_start ? "in order" : "cut off; the log was replayed"}});
  return kDone;
}

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
    for (const storage::TableInfo& table : tables.all())
      selection.tables.push_back(&table);
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
              proto::ByteView key, proto::ByteView value) {
  if (context.output.json()) {
    context.output.document({{"table", table.name},
                             {"key", proto::to_hex(key)},
                             {"row", storage::describe_key(table, key)},
                             {"value", proto::to_hex(value)}});
    return;
  }
  if (selection.raw_ids) {
    context.output.text(fmt::format("{} {} {}\n", table.name, proto::to_hex(key), proto::to_hex(value)));
    return;
  }
  context.output.text(fmt::format("{} {}  {} bytes\n", table.name,
                                  safe_text(storage::describe_key(table, key)), value.size()));
}

Result<int> dump(Context& context, const Arguments& arguments) {
  const storage::Tables tables = home::node_tables();
  COMITY_TRY(const Selection selection, select(arguments, tables));
  COMITY_TRY(const Opened opened, open_stopped(context));
  COMITY_TRY(const auto view, opened.store->snapshot());
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
      show_row(context, selection, *table, key, value);
      last = proto::to_bytes(key);
      --left;
      return true;
    }));
  }
  if (left == 0) context.output.note(fmt::format("There may be more: --after {}", proto::to_hex(last)));
  return kDone;
}

}  // namespace

std::vector<Verb> db_verbs() {
  return {{"db schema",
           "The tables of the store: what each row is, its key, value and retention",
           "comity db schema --json",
           {},
           schema},
          {"db verify",
           "Read every byte of the store and name what is damaged",
           "comity db verify --data /srv/health",
           {},
           verify},
          {"db stats", "Size and state of the store", "comity db stats --data /srv/health", {}, stats},
          {"db dump",
           "Rows of one table, or of all",
           "comity db dump headers --limit 20 --data /srv/health",
           {{"TABLE", {}, "Name of the table, see comity db schema"},
            {"--raw-ids", {}, "Whole keys and values in hexadecimal"},
            {"--limit", "N", "Rows to show (default 100)"},
            {"--after", "KEY", "Go on behind the key, in hexadecimal, that ended the page before"}},
           dump}};
}

}  // namespace comity::cli
