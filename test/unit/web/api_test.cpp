// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/api.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

namespace comity::web {
namespace {

namespace json = boost::json;
using proto::Code;

const Operation& row(std::string_view method, std::string_view path) {
  for (const Operation& operation : operations()) {
    if (operation.method == method && operation.path == path) return operation;
  }
  FAIL("no such row");
  return operations().front();
}

Visit visit_of(std::string_view query, std::string body = {}) {
  Visit visit;
  visit.query = Form::parse(query).value();
  visit.request.body = std::move(body);
  visit.request.fields.add("Content-Type", "application/json");
  return visit;
}

}  // namespace

TEST_CASE("docs/openapi.json is what the server answers by") {
  const auto file = std::filesystem::path(COMITY_SOURCE_ROOT) / "docs" / "openapi.json";
  if (std::getenv("COMITY_WRITE_DOCS") != nullptr) std::ofstream(file) << openapi_text();
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  CHECK(text.str() == openapi_text());
  const json::value document = json::parse(text.str());
  CHECK(document == json::value(openapi_document()));
  // Both ways, by name: each row in the file, each operation of the file a row.
  std::set<std::string> rows;
  for (const Operation& operation : operations())
    CHECK(rows.insert(std::string(operation.method) + " " + std::string(operation.path)).second);
  std::size_t described = 0;
  for (const auto& [path, methods] : document.at("paths").as_object()) {
    for (const auto& [method, about] : methods.as_object()) {
      std::string name(method);
      for (char& c : name)
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      CHECK(rows.contains(name + " " + std::string(path)));
      ++described;
    }
  }
  CHECK(described == rows.size());
}

TEST_CASE("every part of a path is an argument, and what changes something needs more than reading") {
  for (const Operation& operation : operations()) {
    CAPTURE(operation.path);
    std::set<std::string> in_path;
    for (const Argument& argument : operation.arguments) {
      CHECK(argument.name != "as");
      CHECK_FALSE(argument.about.empty());
      if (argument.place == Place::kPath) in_path.insert("{" + std::string(argument.name) + "}");
    }
    std::set<std::string> parts;
    std::istringstream path{std::string(operation.path)};
    for (std::string part; std::getline(path, part, '/');) {
      if (part.starts_with('{')) parts.insert(part);
    }
    CHECK(parts == in_path);
    if (operation.method == "GET") {
      CHECK((operation.scope & api::kScopeWrite) == 0);
    } else {
      CHECK((operation.scope & (api::kScopeWrite | api::kScopeAdmin)) != 0);
    }
  }
}

TEST_CASE("arguments come from path, query and body, each with its type") {
  Visit visit = visit_of("limit=7&kind=thread");
  visit.parts = {{"space", "help"}};
  const auto listed = read_arguments(row("GET", "/spaces/{space}/entries"), visit);
  REQUIRE(listed.ok());
  CHECK(*listed == json::object{{"space", "help"}, {"limit", 7}, {"kind", "thread"}});

  const auto found = read_arguments(row("GET", "/search"), visit_of("tags=a&tags=b&facets=true"));
  REQUIRE(found.ok());
  CHECK(found->at("tags") == json::array{"a", "b"});
  CHECK(found->at("facets") == true);

  const auto posted =
      read_arguments(row("POST", "/updates"), visit_of("", R"({"text":"t","audience":"inside"})"));
  REQUIRE(posted.ok());
  CHECK(posted->at("text") == "t");
}

TEST_CASE("what an operation does not take is refused, above all a name to act as") {
  const auto refused = [](std::string_view method, std::string_view path, const Visit& visit) {
    const auto read = read_arguments(row(method, path), visit);
    REQUIRE_FALSE(read.ok());
    return read.error().code;
  };
  CHECK(refused("POST", "/updates", visit_of("", R"({"text":"t","as":"admin"})")) == Code::kBadArguments);
  CHECK(refused("GET", "/spaces", visit_of("as=admin")) == Code::kBadArguments);
  CHECK(refused("GET", "/spaces", visit_of("limit=1&limit=2")) == Code::kBadArguments);
  CHECK(refused("GET", "/spaces", visit_of("limit=x")) == Code::kBadArguments);
  CHECK(refused("GET", "/spaces", visit_of("limit=-1")) == Code::kBadArguments);
  CHECK(refused("GET", "/spaces", visit_of("offered=yes")) == Code::kBadArguments);
  CHECK(refused("POST", "/updates", visit_of("text=t", "{}")) == Code::kBadArguments);
  CHECK(refused("POST", "/updates", visit_of("")) == Code::kBadArguments);
  CHECK(refused("POST", "/updates", visit_of("", "[]")) == Code::kHttpContentType);
  CHECK(refused("POST", "/updates", visit_of("", "{")) == Code::kHttpContentType);
  CHECK(refused("POST", "/updates", visit_of("", std::string(100'000, '['))) == Code::kHttpContentType);
  Visit form = visit_of("", "text=t");
  form.request.fields = {};
  form.request.fields.add("Content-Type", "application/x-www-form-urlencoded");
  CHECK(refused("POST", "/updates", form) == Code::kHttpContentType);
}

}  // namespace comity::web
