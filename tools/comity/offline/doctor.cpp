// SPDX-License-Identifier: EUPL-1.2
// comity doctor: is this node in order? What lies on the disk is looked at here; the rest is asked of the
// node, or, when it is stopped, of its store.
#include "node/home/doctor.h"

#include <chrono>

#include <boost/json/array.hpp>

#include "node/api/client.h"
#include "node/runtime/asio/system.h"
#include "node/runtime/loop.h"
#include "tools/comity/commands/answer.h"
#include "tools/comity/commands/checks.h"
#include "tools/comity/offline/offline.h"
#include "tools/comity/offline/opened.h"

namespace comity::cli {
namespace {

namespace json = boost::json;
using proto::Code;
using proto::Error;
using proto::Finding;
using proto::Result;
using proto::Verdict;

json::object row_of(const Finding& each) {
  return {{"code", proto::code_label(each.code)},
          {"title", proto::describe(each.code).sentence},
          {"verdict", proto::name_of(each.verdict)},
          {"text", each.text},
          {"fix", each.fix.empty() ? json::value(nullptr) : json::value(each.fix)}};
}

/// The findings so far, counted as they are added.
class Report {
 public:
  void add(const Finding& found) { add(row_of(found)); }
  void add(json::object row) {
    const std::string verdict = text_in(row, "verdict");
    failures_ += verdict == "FAIL" ? 1U : 0U;
    warnings_ += verdict == "warn" ? 1U : 0U;
    rows_.push_back(std::move(row));
  }
  [[nodiscard]] json::object document(std::string_view node) const {
    return {{"node", node},
            {"checks", rows_},
            {"failures", failures_},
            {"warnings", warnings_},
            {"ok", failures_ == 0}};
  }

 private:
  json::array rows_;
  std::uint64_t failures_ = 0;
  std::uint64_t warnings_ = 0;
};

home::Moment now() {
  runtime::Loop loop(runtime::Loop::Threads::kSingle);
  return std::chrono::floor<std::chrono::milliseconds>(
      runtime::make_system_clock(loop.executor())->wall_now());
}

void look_at_files(Report& report, const home::Paths& paths) {
  const config::Loaded loaded = config::load_settings(paths.settings());
  report.add(home::check_time_source());
  report.add(home::check_settings(loaded));
  report.add(home::check_modes(paths, loaded.settings));
  report.add(home::check_keys(paths, now()));
  report.add(home::check_root_away(paths));
  report.add(home::check_room(paths, loaded.settings));
  if (loaded.ok()) report.add(home::check_addresses(loaded.settings));
}

void look_at_stopped(Report& report, Context& context) {
  const auto opened = open_stopped(context);
  if (opened.ok()) {
    const auto reason = opened->store->stats().read_only;
    report.add(reason
                   ? proto::found_fail(Code::kCheckStore, proto::to_string(*reason))
                   : proto::found_ok(Code::kCheckStore, "the store opens; comity db verify reads all of it"));
  } else {
    report.add(proto::found_fail(Code::kCheckStore, proto::to_string(opened.error())));
  }
  report.add(
      proto::found_skip(Code::kCheckPeers, "the node does not run: peers are looked at while it does"));
}

Result<int> doctor(Context& context, const Arguments& /*arguments*/) {
  const home::Paths paths(context.data_directory);
  COMITY_TRY(const home::Marker marker, home::look(paths));
  static_cast<void>(marker);
  Report report;
  look_at_files(report, paths);
  const auto answer = call_object(context, "doctor", {});
  if (answer.ok()) {
    for (const json::value& row : list_in(*answer, "checks"))
      if (row.is_object()) report.add(row.get_object());
  } else if (answer.error().code == Code::kNodeNotRunning) {
    look_at_stopped(report, context);
  } else {
    report.add(proto::found_fail(
        Code::kCheckStore, "the node does not answer: " + proto::to_string(answer.error()), "See its log"));
  }
  return show_checks(context, report.document(answer.ok() ? "running" : "stopped"));
}

}  // namespace

std::vector<Verb> doctor_verbs() {
  return {{"doctor",
           "Is this node in order? Looks at settings, files, keys, disk, store and agreements",
           "comity doctor --data /srv/health",
           {},
           doctor}};
}

}  // namespace comity::cli
