// SPDX-License-Identifier: EUPL-1.2
#include "node/api/record.h"

#include <algorithm>
#include <array>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "node/api/caller.h"
#include "node/runtime/one_shot.h"
#include "proto/utf8.h"

namespace comity::api {
namespace {

namespace json = boost::json;
using proto::Code;
using proto::Result;

using Task = http::Task<Result<json::value>>;

// The bound of a value in audit.proto.
constexpr std::size_t kMostValue = 1024;

std::string text_of(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (!value.is_array()) return json::serialize(value);
  std::string out;
  for (const json::value& each : value.get_array())
    out += (out.empty() ? "" : ",") + text_of(each);
  return out;
}

void add_detail(v1::LocalAudit& event, std::string_view key, std::string value) {
  if (value.size() > kMostValue) value.resize(kMostValue);
  // Cut in the middle of a character, or sent as something else than text: the log takes UTF-8 alone.
  while (!value.empty() && !proto::is_utf8(proto::as_bytes(value)))
    value.pop_back();
  if (value.empty()) return;
  v1::AuditDetail& detail = *event.add_detail();
  detail.set_key(std::string(key));
  detail.set_value(std::move(value));
}

bool leaves_an_event(const RecordRow& row, const json::object& arguments,
                     const Result<json::value>& outcome) {
  // Asking who the readers are changes nothing.
  if (row.command == "space/readers") {
    const json::value* const change = arguments.if_contains("change");
    if (change == nullptr || !change->is_string() || change->get_string() == "list") return false;
  }
  if (const json::value* const dry = arguments.if_contains("dry_run"); dry != nullptr && *dry == true)
    return false;
  if (outcome.ok()) return !row.records_itself;
  const Code code = outcome.error().code;
  return code != Code::kBadArguments && code != Code::kCancelled &&
         std::ranges::find(row.refusals_itself, code) == row.refusals_itself.end();
}

v1::LocalAudit event_of(const RecordRow& row, const Call& call, const Result<json::value>& outcome,
                        feed::WallTime now) {
  v1::LocalAudit event = outcome.ok()
                             ? federation::audit_event(row.event, by(call), now, {})
                             : federation::audit_failure(row.event, by(call), now, {}, outcome.error());
  for (const std::string_view key : row.details) {
    const json::value* value = call.arguments.if_contains(key);
    if (value == nullptr && outcome.ok() && outcome->is_object()) {
      // What was decided in the end: a default, a count. Whole lists of the answer are no detail.
      value = outcome->get_object().if_contains(key);
      if (value != nullptr && value->is_structured()) value = nullptr;
    }
    if (value != nullptr && !value->is_null()) add_detail(event, key, text_of(*value));
  }
  return event;
}

Task run_recorded(const RecordRow* row, Run run, WriteRecord write, std::function<feed::WallTime()> now,
                  Call call) {
  const Call asked = call;
  auto outcome = co_await run(std::move(call));
  if (!leaves_an_event(*row, asked.arguments, outcome)) co_return outcome;
  const auto written = std::make_shared<runtime::OneShot>();
  write(event_of(*row, asked, outcome, now()), [written] { written->complete(); });
  (void)co_await written->wait();
  co_return outcome;
}

}  // namespace

std::span<const RecordRow> record_rows() {
  static const std::vector<RecordRow> rows{
      {"peer/invite", "peer.invite", {"name"}, true},
      {"peer/accept", "peer.answer", {"name"}, true},
      {"peer/verify", "peer.verify", {"name"}, true, {Code::kWordsDiffer}},
      {"peer/suspend", "peer.suspend", {"name"}, true},
      {"peer/resume", "peer.resume", {"name"}, true},
      {"peer/retry", "peer.retry", {"name"}, true},
      {"peer/heal", "peer.heal", {"name"}, true},
      {"peer/abort", "peer.abort", {"name"}, true},
      {"peer/revoke", "peer.revoke", {"name"}, true},
      {"agreement/narrow", "agreement.narrow", {"name"}, true},
      {"agreement/widen", "agreement.propose", {"name"}, true},
      {"agreement/sign", "agreement.sign", {"name"}, true},
      {"key/rotate", "key.rotate", {"reason"}, true},
      {"key/revoke", "key.revoke", {"id"}, true},
      {"key/install", "key.install", {}, true},
      {"quarantine/release", "quarantine.release", {"id"}, true},
      {"user/add", "user.add", {"handle"}, true},
      {"user/disable", "user.disable", {"handle"}, true},
      {"user/enable", "user.enable", {"handle"}, true},
      {"user/passwd", "user.passwd", {"handle"}, true},
      {"profile/set", "profile.set", {"as", "release"}, true},
      {"space/create", "space.create", {"slug", "kind", "members", "people", "label_ceiling", "history"}},
      {"space/describe", "space.describe", {"space", "as"}},
      {"pin", "space.pin", {"id", "as"}},
      {"unpin", "space.unpin", {"id", "as"}},
      {"space/add", "space.add", {"space", "agency"}},
      {"space/remove", "space.remove", {"space", "agency"}},
      {"space/join", "space.join", {"space"}},
      {"space/leave", "space.leave", {"space"}},
      {"space/readers", "space.readers", {"space", "change", "who"}},
      {"import/markdown", "import", {"path", "space", "as", "imported", "skipped", "failed"}},
      {"import/mbox", "import", {"path", "space", "as", "imported", "skipped", "failed"}},
      {"import/revisions", "import", {"path", "space", "as", "imported", "skipped", "failed"}},
  };
  return rows;
}

void put_on_record(CommandTable& table, const WriteRecord& write,
                   const std::function<feed::WallTime()>& now) {
  for (const RecordRow& row : record_rows()) {
    table.replace(row.command, [&](Command command) {
      command.run = [row = &row, run = std::move(command.run), write, now](Call call) {
        return run_recorded(row, run, write, now, std::move(call));
      };
      return command;
    });
  }
}

}  // namespace comity::api
