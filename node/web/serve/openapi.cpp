// SPDX-License-Identifier: EUPL-1.2
// The interface for programs as a document (OpenAPI 3.1), out of the table that the server answers by.
#include <map>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "node/web/serve/api.h"

namespace comity::web {
namespace {

namespace json = boost::json;

json::object schema_of(Type type) {
  switch (type) {
    case Type::kNumber:
      return {{"type", "integer"}, {"minimum", 0}};
    case Type::kFlag:
      return {{"type", "boolean"}};
    case Type::kTexts:
      return {{"type", "array"}, {"items", json::object{{"type", "string"}}}};
    case Type::kText:
      break;
  }
  return {{"type", "string"}};
}

json::object parameter_of(const Argument& argument) {
  return {{"name", argument.name},
          {"in", argument.place == Place::kPath ? "path" : "query"},
          {"required", argument.required},
          {"description", argument.about},
          {"schema", schema_of(argument.type)}};
}

json::object body_of(const Operation& operation) {
  json::object properties;
  json::array required;
  for (const Argument& argument : operation.arguments) {
    if (argument.place != Place::kBody) continue;
    json::object schema = schema_of(argument.type);
    schema["description"] = argument.about;
    properties[argument.name] = std::move(schema);
    if (argument.required) required.push_back(json::string(argument.name));
  }
  if (properties.empty()) return {};
  json::object schema{
      {"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
  const bool needed = !required.empty();
  if (needed) schema["required"] = std::move(required);
  return {{"required", needed},
          {"content", json::object{{"application/json", json::object{{"schema", std::move(schema)}}}}}};
}

json::object answer_of(std::string_view about, std::string_view type, const json::value& schema) {
  return {{"description", about}, {"content", json::object{{type, json::object{{"schema", schema}}}}}};
}

json::object operation_of(const Operation& operation) {
  json::array parameters;
  for (const Argument& argument : operation.arguments) {
    if (argument.place != Place::kBody) parameters.push_back(parameter_of(argument));
  }
  const bool streams = operation.path == "/events";
  const json::object good = streams ? answer_of("Server-sent events until either side ends",
                                                "text/event-stream", json::object{{"type", "string"}})
                                    : answer_of("Done", "application/json", json::object{{"type", "object"}});
  const json::object problem =
      answer_of("Refused: a problem document with the code of the node", "application/problem+json",
                json::object{{"$ref", "#/components/schemas/Problem"}});
  const json::array scopes = api::scopes_json(operation.scope);
  json::object out{
      {"summary", operation.summary},
      {"parameters", std::move(parameters)},
      {"responses", json::object{{"200", good}, {"default", problem}}},
      {"security", json::array{json::object{{"token", scopes}}, json::object{{"session", json::array{}}}}}};
  if (!operation.command.empty()) out["x-command"] = operation.command;
  if (json::object body = body_of(operation); !body.empty()) out["requestBody"] = std::move(body);
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return out;
}

void write(std::string& out, const json::value& value, std::size_t depth) {
  const auto line = [&](std::size_t at) {
    out += '\n';
    out.append(2 * at, ' ');
  };
  const char* between = "";
  if (value.is_object() && !value.get_object().empty()) {
    out += '{';
    for (const auto& [name, each] : value.get_object()) {
      out += between;
      between = ",";
      line(depth + 1);
      out += json::serialize(json::value(json::string(name))) + ": ";
      write(out, each, depth + 1);
    }
    line(depth);
    out += '}';
  } else if (value.is_array() && !value.get_array().empty()) {
    out += '[';
    for (const json::value& each : value.get_array()) {
      out += between;
      between = ",";
      line(depth + 1);
      write(out, each, depth + 1);
    }
    line(depth);
    out += ']';
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

json::object openapi_document() {
  json::object paths;
  for (const Operation& operation : operations()) {
    json::object& path = paths[operation.path].is_object() ? paths[operation.path].as_object()
                                                           : paths[operation.path].emplace_object();
    path[lower(operation.method)] = operation_of(operation);
  }
  const json::object text{{"type", "string"}};
  const json::object problem{
      {"type", "object"},
      {"required", json::array{"code", "title", "status"}},
      {"properties", json::object{{"type", text},
                                  {"code", json::object{{"type", "string"}, {"pattern", "^CMY-[0-9]{4}$"}}},
                                  {"title", text},
                                  {"detail", text},
                                  {"next_step", text},
                                  {"status", json::object{{"type", "integer"}}}}}};
  return {
      {"openapi", "3.1.0"},
      {"info",
       json::object{{"title", "Comity"},
                    {"version", "1"},
                    {"description",
                     "What the pages of a node show and do, for programs. Lists come in pages: next is the "
                     "after of the following one, as is the Link header. What is not there and what one "
                     "may not see are answered alike."}}},
      {"servers", json::array{json::object{{"url", kApiRoot}}}},
      {"paths", std::move(paths)},
      {"components",
       json::object{{"schemas", json::object{{"Problem", problem}}},
                    {"securitySchemes",
                     json::object{{"token", json::object{{"type", "http"}, {"scheme", "bearer"}}},
                                  {"session", json::object{{"type", "apiKey"},
                                                           {"in", "cookie"},
                                                           {"name", "comity_session"},
                                                           {"description",
                                                            "Of the pages; over https its name is "
                                                            "__Host-comity_session. What changes something "
                                                            "needs the header X-CSRF-Token."}}}}}}}};
}

std::string openapi_text() {
  static const std::string text = [] {
    std::string out;
    write(out, openapi_document(), 0);
    return out + "\n";
  }();
  return text;
}

}  // namespace comity::web
