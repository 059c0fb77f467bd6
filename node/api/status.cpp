// SPDX-License-Identifier: EUPL-1.2
#include "node/api/status.h"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "node/api/problem.h"

namespace comity::api {
namespace {

namespace json = boost::json;

http::Task<proto::Result<json::value>> answer(NodeStatus status) {
  co_return json::value(to_json(status));
}

}  // namespace

json::object to_json(const NodeStatus& status) {
  json::object out;
  out["agency_id"] = status.agency_id;
  out["words"] = status.words;
  out["name"] = status.name;
  out["short_name"] = status.short_name;
  out["version"] = status.version;
  out["instance"] = status.instance;
  out["boot_count"] = status.boot_count;
  out["restored"] = status.restored;
  out["started"] = status.started;
  out["entries"] = status.entries;
  out["peers"] = status.peers;
  out["keydoc"] = status.keydoc;
  out["keys_end"] = status.keys_end;
  out["store_bytes"] = status.store_bytes;
  out["free_bytes"] = status.free_bytes;
  out["web"] = status.web;
  out["ready"] = status.ready;
  out["search"] = json::object{
      {"ready", status.search_ready}, {"done", status.search_done}, {"total", status.search_total}};
  out["read_only"] = status.read_only ? json::parse(problem_json(*status.read_only)) : json::value(nullptr);
  return out;
}

Command status_command(std::function<NodeStatus()> look) {
  return {.effect = Effect::kReads,
          .run = [look = std::move(look)](Call /*call*/) { return answer(look()); }};
}

}  // namespace comity::api
