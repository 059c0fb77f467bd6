// SPDX-License-Identifier: EUPL-1.2
#include "node/api/audit.h"

#include <utility>

#include <boost/json/array.hpp>

#include "crypto/base32.h"
#include "node/api/arguments.h"
#include "proto/moment.h"

namespace comity::api {
namespace {

namespace json = boost::json;
using proto::Result;

std::string_view via_text(v1::AuditVia via) {
  switch (via) {
    case v1::AUDIT_VIA_CLI:
      return "cli";
    case v1::AUDIT_VIA_WEB:
      return "web";
    case v1::AUDIT_VIA_API:
      return "api";
    case v1::AUDIT_VIA_PEER:
      return "peer";
    default:
      return "node";
  }
}

json::object actor_of(const v1::AuditActor& actor) {
  json::object out;
  if (actor.who_case() == v1::AuditActor::kUid) out["uid"] = actor.uid();
  if (actor.who_case() == v1::AuditActor::kUser) out["user"] = proto::to_hex(proto::as_bytes(actor.user()));
  if (actor.who_case() == v1::AuditActor::kAgency) {
    out["agency_id"] = proto::to_hex(proto::as_bytes(actor.agency()));
  }
  if (!actor.name().empty()) out["name"] = actor.name();
  return out;
}

json::object row_of(const feed::AuditRow& row) {
  const v1::LocalAudit& event = row.event;
  json::object out;
  out["id"] = crypto::base32_encode(row.id.view());
  out["seq"] = proto::raw(row.seq);
  out["time"] = proto::moment_text(feed::from_millis(event.time()));
  out["event"] = event.event();
  out["ok"] = event.code() == 0;
  out["code"] = json::value(nullptr);
  if (event.code() != 0) out["code"] = "CMY-" + std::to_string(event.code());
  out["via"] = via_text(event.via());
  out["actor"] = actor_of(event.actor());
  if (!event.peer().empty()) out["peer"] = proto::to_hex(proto::as_bytes(event.peer()));
  if (!event.space().empty()) out["space"] = proto::to_hex(proto::as_bytes(event.space()));
  if (!event.entry().empty()) out["entry"] = crypto::base32_encode(proto::as_bytes(event.entry()));
  json::array details;
  for (const v1::AuditDetail& detail : event.detail())
    details.push_back(json::object{{"key", detail.key()}, {"value", detail.value()}});
  out["detail"] = std::move(details);
  return out;
}

http::Task<Result<json::value>> answer(Result<feed::AuditPage> page) {
  if (!page.ok()) co_return page.error();
  json::array events;
  for (const feed::AuditRow& row : page->rows)
    events.push_back(row_of(row));
  json::object out;
  out["events"] = std::move(events);
  out["next"] = proto::to_hex(page->next);
  co_return json::value(std::move(out));
}

Result<feed::AuditPage> run(const ReadAudit& read, const json::object& arguments) {
  COMITY_TRY(const std::size_t limit, page_limit(arguments));
  COMITY_TRY(const proto::Bytes after, hex_argument(arguments, "after"));
  return read(after, limit);
}

}  // namespace

Command audit_list_command(ReadAudit read) {
  return {.effect = Effect::kReads,
          .run = [read = std::move(read)](Call call) { return answer(run(read, call.arguments)); }};
}

}  // namespace comity::api
