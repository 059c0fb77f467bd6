// SPDX-License-Identifier: EUPL-1.2
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "node/home/tables.h"
#include "tools/comity/offline/offline.h"
#include "tools/comity/offline/opened.h"

namespace comity::cli {
namespace {

using proto::Result;

Result<int> schema(Context& context, const Arguments& /*arguments*/) {
  const storage::Tables tables = home::node_tables();
  context.output.text(context.output.json() ? storage::schema_json(tables, home::kSchema) + "\n"
                                            : storage::schema_text(tables, home::kSchema));
  return kDone;
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

}  // namespace

std::vector<Verb> db_verbs() {
  return {{"db schema",
           "The tables of the store: what each row is, its key, value and retention",
           "comity db schema --json",
           {},
           schema},
          {"db stats", "Size and state of the store", "comity db stats --data /srv/health", {}, stats}};
}

}  // namespace comity::cli
