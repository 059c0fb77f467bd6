// SPDX-License-Identifier: EUPL-1.2
// The operator's view: what the node is at. Reading only; everything is changed on the command line.
#include "node/web/look/look.h"
#include "node/web/pages/hall.h"
#include "node/web/pages/pages.h"

namespace comity::web {
namespace {

namespace json = boost::json;

std::string bytes_text(std::uint64_t bytes) {
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  std::uint64_t tenths = bytes * 10;
  while (tenths >= 10240 && unit + 1 < std::size(kUnits)) {
    tenths /= 1024;
    ++unit;
  }
  const std::string whole = std::to_string(tenths / 10);
  return (unit == 0 || tenths >= 1000 ? whole : whole + "." + std::to_string(tenths % 10)) + " " +
         kUnits[unit];
}

std::string text_or_number(const json::object& row, std::string_view name) {
  const std::string text = text_in(row, name);
  return text.empty() ? std::to_string(number_in(row, name)) : text;
}

json::array peer_views(const Lens& lens, const json::array& peers,
                       const std::map<std::string, json::object>& agreements) {
  const Words& words = *lens.words;
  json::array out;
  for (const json::value& value : peers) {
    const json::object& peer = value.as_object();
    const std::string name = text_in(peer, "name");
    const auto agreement = agreements.find(name);
    std::string agreed(words.plain("operator.no_agreement"));
    if (agreement != agreements.end()) {
      const json::object& terms = agreement->second;
      const json::value until = when_view(lens, text_in(terms, "ends"));
      agreed = words.say("operator.until",
                         {until.is_object() ? text_in(until.get_object(), "absolute") : std::string("-")});
    }
    out.push_back(json::object{
        {"name", capital(name)},
        {"state", text_in(peer, "state")},
        {"connected",
         words.plain(flag_in(peer, "connected") ? "operator.connected" : "operator.not_connected")},
        {"error", text_in(peer, "last_error")},
        {"lag", std::to_string(number_in(peer, "lag_entries"))},
        {"outbox", std::to_string(number_in(peer, "outbox_entries"))},
        {"when", when_view(lens, text_in(peer, "last_seen"))},
        {"agreement", agreed}});
  }
  return out;
}

json::array event_views(const Lens& lens, const json::array& events) {
  json::array out;
  for (const json::value& value : events) {
    const json::object& event = value.as_object();
    const json::object& actor = object_in(event, "actor");
    std::string who = text_in(actor, "name");
    if (who.empty() && actor.contains("uid")) who = "uid " + std::to_string(number_in(actor, "uid"));
    if (who.empty()) who = text_in(event, "via");
    out.push_back(
        json::object{{"when", when_view(lens, text_in(event, "time"))},
                     {"event", text_in(event, "event")},
                     {"who", who},
                     {"outcome", flag_in(event, "ok") ? std::string(lens.words->plain("operator.done"))
                                                      : text_in(event, "code")}});
  }
  return out;
}

json::object operator_view(json::object view, const Lens& lens, const json::object& status,
                           const json::array& peers, const std::map<std::string, json::object>& agreements,
                           const json::array& events) {
  const Words& words = *lens.words;
  const auto number = [&](std::string_view word, const std::string& value) {
    return json::object{{"words", words.plain(word)}, {"value", value}};
  };
  if (!flag_in(status, "ready"))
    view["alarm"] = words.say("operator.not_ready", {text_in(object_in(status, "read_only"), "title")});
  view["numbers"] = json::array{number("operator.entries", std::to_string(number_in(status, "entries"))),
                                number("operator.peers", std::to_string(peers.size())),
                                number("operator.disk", bytes_text(number_in(status, "store_bytes"))),
                                number("operator.free", bytes_text(number_in(status, "free_bytes")))};
  view["peers"] = peer_views(lens, peers, agreements);
  view["events"] = event_views(lens, events);
  const json::object& search = object_in(status, "search");
  const auto moment = [&](std::string_view name) {
    const json::value when = when_view(lens, text_in(status, name));
    return when.is_object() ? text_in(when.get_object(), "absolute") : std::string("-");
  };
  view["facts"] = json::array{
      number("operator.id", text_in(status, "agency_id")),
      number("operator.words", text_in(status, "words")),
      number("operator.version", text_in(status, "version")),
      number("operator.started", moment("started")),
      number("operator.instance", text_or_number(status, "instance")),
      number("operator.keys_end", moment("keys_end")),
      number("operator.search",
             flag_in(search, "ready")
                 ? std::string(words.plain("operator.search_ready"))
                 : words.say("operator.search_building", {std::to_string(number_in(search, "done")),
                                                          std::to_string(number_in(search, "total"))}))};
  return view;
}

/// The operator's commands are asked in nobody's name but with the role that the route has checked.
http::Task<http::Response> overview(Shared visit) {
  auto lens = lens_of(*visit);
  json::object none;
  COMITY_ASK(status, "status", none);
  json::object all;
  COMITY_ASK(listed, "peer/list", all);
  const json::array peers = list_in(listed, "peers");
  std::map<std::string, json::object> agreements;
  for (const json::value& value : peers) {
    const std::string name = text_in(value.as_object(), "name");
    json::object arguments{{"name", name}};
    const auto shown = co_await visit->run("agreement/show", std::move(arguments));
    if (shown.ok()) agreements[name] = object_of(*shown);
  }
  json::object newest{{"limit", 15}};
  COMITY_ASK(log, "audit/list", newest);
  json::object view = co_await begin_view(visit, "operator", "");
  const json::array events = list_in(log, "events");
  Make make = [view, lens, status, peers, agreements, events] {
    return operator_view(view, *lens, status, peers, agreements, events);
  };
  http::Response out = co_await show(visit, "operator", std::move(make));
  co_return out;
}

}  // namespace

void add_operator_pages(Router& router) {
  router.get("/operator", Access::kOperator, overview);
}

}  // namespace comity::web
