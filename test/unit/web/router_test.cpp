// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/router.h"

#include <doctest/doctest.h>

namespace comity::web {
namespace {

Router filled() {
  Router router;
  router.get("/", Access::kPerson, {});
  router.get("/spaces", Access::kPerson, {});
  router.get("/spaces/new", Access::kPerson, {});
  router.get("/spaces/{space}", Access::kPerson, {});
  router.post("/spaces/{space}/posts", Access::kPerson, {}, Sending::kOnce);
  router.get("/w/{space}/{page*}", Access::kPerson, {});
  router.get("/w/{space}/log", Access::kPerson, {});
  return router;
}

std::string pattern(const Router& router, std::string_view path, std::string_view method = "GET") {
  const auto found = router.find(method, path);
  return found.route == nullptr ? "" : found.route->pattern;
}

}  // namespace

TEST_CASE("an address finds its page, a literal part before a named one") {
  const Router router = filled();
  CHECK(pattern(router, "/") == "/");
  CHECK(pattern(router, "/spaces") == "/spaces");
  CHECK(pattern(router, "/spaces/new") == "/spaces/new");
  CHECK(pattern(router, "/spaces/news") == "/spaces/{space}");
  CHECK(pattern(router, "/w/help/log") == "/w/{space}/log");
  CHECK(pattern(router, "/w/help/log/more") == "/w/{space}/{page*}");
  CHECK(pattern(router, "/nothing").empty());
  const auto found = router.find("GET", "/w/help%40finance/travel/b%C3%A9ta%2Frules");
  REQUIRE(found.route != nullptr);
  REQUIRE(found.parts.size() == 2);
  CHECK(found.parts[0] == std::pair<std::string, std::string>{"space", "help@finance"});
  CHECK(found.parts[1] == std::pair<std::string, std::string>{"page", "travel/b\u00e9ta/rules"});
}

TEST_CASE("another method is told apart from another page") {
  const Router router = filled();
  CHECK(pattern(router, "/spaces", "HEAD") == "/spaces");
  const auto found = router.find("GET", "/spaces/help/posts");
  CHECK(found.route == nullptr);
  CHECK(found.methods == std::vector<std::string>{"POST"});
  CHECK(router.find("POST", "/nothing").methods.empty());
}

TEST_CASE("tricks with paths lead nowhere") {
  const Router router = filled();
  for (const char* path :
       {"/spaces/", "//spaces", "/spaces//new", "/./spaces", "/spaces/.", "/spaces/..", "/spaces/%2e%2e",
        "/spaces/%2E", "/w/help/../../etc/passwd", "/w/help/%2e%2e/x", "/spaces/%00", "/spaces/a%0ab",
        "/spaces/%ff", "/spaces/%C0%AE%C0%AE", "/spaces/%", "/spaces/%7f", "/w/help/a%2F..%2Fb", "/w/help/a%2F%2Fb", "/spaces/%2Fa", "/spaces/a%2F", "spaces", "", "/spaces/a%09b"}) {
    CAPTURE(path);
    CHECK(pattern(router, path).empty());
  }
  // Decoded once: what looks like an escape afterwards is a name.
  const auto twice = router.find("GET", "/spaces/%252e%252e");
  REQUIRE(twice.route != nullptr);
  CHECK(twice.parts[0].second == "%2e%2e");
  std::string deep = "/w";
  for (int i = 0; i < 5'000; ++i)
    deep += "/a";
  CHECK(pattern(router, deep).empty());
}

TEST_CASE("two routes alike, or one without a slash, are a mistake of the program") {
  Router router = filled();
  CHECK_THROWS_AS(router.get("/spaces", Access::kPerson, {}), std::logic_error);
  CHECK_THROWS_AS(router.get("/spaces/{other}", Access::kPerson, {}), std::logic_error);
  CHECK_THROWS_AS(router.get("x", Access::kPerson, {}), std::logic_error);
  CHECK(router.all().size() == 7);
}

}  // namespace comity::web
