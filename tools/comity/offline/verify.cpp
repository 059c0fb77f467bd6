// SPDX-License-Identifier: EUPL-1.2
#include "node/home/verify.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "tools/comity/offline/offline.h"
#include "tools/comity/offline/opened.h"
#include "tools/comity/offline/progress.h"

namespace comity::cli {
namespace {

using proto::Code;
using proto::Error;
using proto::Result;

// Where it lies, in the words of `comity db schema`.
std::string place_of(const home::Fault& fault, const storage::Tables& tables) {
  if (fault.key.empty()) return fault.table;
  std::string place = storage::describe_key(tables, fault.key);
  if (!fault.before.empty()) {
    place = fmt::format("after {}, before {}", place, storage::describe_key(tables, fault.before));
  }
  return place;
}

void show(Context& context, const home::Fault& fault, const storage::Tables& tables) {
  const std::string entry = fault.entry ? fault.entry->hex() : std::string();
  if (context.output.json()) {
    context.output.document({{"table", fault.table},
                             {"place", place_of(fault, tables)},
                             {"key", proto::to_hex(fault.key)},
                             {"before", proto::to_hex(fault.before)},
                             {"entry", entry},
                             {"code", proto::code_label(fault.error.code)},
                             {"detail", fault.error.detail}});
    return;
  }
  context.output.text(fmt::format("damaged: {}{}: {}\n", safe_text(place_of(fault, tables)),
                                  entry.empty() ? entry : ", entry " + entry,
                                  safe_text(proto::to_string(fault.error))));
}

void summarise(Context& context, const home::Searched& searched) {
  const storage::Verified& store = searched.store;
  if (context.output.json()) {
    boost::json::array unbuilt;
    for (const std::string& name : searched.unbuilt)
      unbuilt.emplace_back(name);
    context.output.document({{"rows", store.rows},
                             {"bytes", store.bytes},
                             {"files", store.files},
                             {"feeds", searched.feeds},
                             {"entries", searched.entries},
                             {"feeds_signature_not_checked", searched.feeds_unsigned},
                             {"entries_signature_not_checked", searched.entries_unsigned},
                             {"projected_rows", searched.projected},
                             {"unbuilt", std::move(unbuilt)},
                             {"damages", searched.faults},
                             {"sound", searched.faults == 0}});
    return;
  }
  context.output.text(fmt::format("{} feeds, {} entries: chain and signatures looked at\n",
                                  searched.feeds - searched.feeds_unsigned,
                                  searched.entries - searched.entries_unsigned));
  if (searched.feeds_unsigned > 0) {
    context.output.text(
        fmt::format("{} feeds, {} entries: signature not checked: no key document of that agency here\n",
                    searched.feeds_unsigned, searched.entries_unsigned));
  }
  for (const std::string& name : searched.unbuilt)
    context.output.text(fmt::format("{}: not built by this version; comity reindex builds it\n", name));
  context.output.text(
      fmt::format("{} rows, {} in {} files: {}\n", store.rows, bytes_text(store.bytes), store.files,
                  searched.faults == 0 ? "sound" : fmt::format("{} damaged", searched.faults)));
}

Result<int> verify(Context& context, const Arguments& /*arguments*/) {
  COMITY_TRY(const Opened opened, open_stopped(context));
  COMITY_TRY(const home::Identity identity, load_identity(opened));
  const Progress rows("rows");
  const Progress entries("entries");
  home::SearchOptions options;
  options.found = [&](const home::Fault& fault) {
    rows.end();
    show(context, fault, opened.store->tables());
  };
  options.progress = [&](home::Search search, std::uint64_t done) {
    (search == home::Search::kRows ? rows : entries).at(done);
  };
  auto searched = home::search_store(*opened.store, opened.paths, opened.settings, identity, options);
  rows.end();
  if (!searched.ok()) return searched.error();
  summarise(context, *searched);
  if (searched->faults == 0) return kDone;
  return Error{Code::kStoreCorrupt,
               fmt::format("{} places in {}", searched->faults, opened.paths.store().string())};
}

Result<int> reindex(Context& context, const Arguments& /*arguments*/) {
  COMITY_TRY(const Opened opened, open_stopped(context));
  COMITY_TRY(const home::Identity identity, load_identity(opened));
  const Progress progress("entries");
  const auto entries = home::reindex_store(*opened.store, identity,
                                           [&](std::uint64_t done) { progress.at(done); });
  progress.end();
  if (!entries.ok()) return entries.error();
  COMITY_CHECK(opened.store->close());
  COMITY_CHECK(home::drop_search(opened.paths));
  if (context.output.json()) {
    context.output.document({{"entries", *entries}});
  } else {
    context.output.text(fmt::format("{} entries read, all projections built anew; the search index follows with the next start\n", *entries));
  }
  return kDone;
}

}  // namespace

std::vector<Verb> verify_verbs() {
  return {{"db verify",
           "Read every byte, row and signature of the store and name what is damaged",
           "comity db verify --data /srv/health",
           {},
           verify},
          {"reindex",
           "Build everything that derives from entries anew: lists, counts, withdrawals, the search index",
           "comity reindex --data /srv/health",
           {},
           reindex}};
}

}  // namespace comity::cli
