// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/origin.h"

#include <doctest/doctest.h>

namespace comity::web {
namespace {

using proto::Code;

http::Request request(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  http::Request out{.method = "GET", .target = "/"};
  for (const auto& [name, value] : fields)
    out.fields.add(name, value);
  return out;
}

const http::Caller kProxy{.address = "127.0.0.1"};
const http::Caller kStranger{.address = "192.0.2.9"};

config::Settings behind_proxy() {
  config::Settings settings;
  settings.web.proxies = {"127.0.0.1", "10.0.0.1"};
  settings.web.sign_in_header = "X-Remote-User";
  settings.web.hosts = {"Comity.Health.example"};
  return settings;
}

}  // namespace

TEST_CASE("a request names exactly one host of ours") {
  const config::Settings plain;
  for (const char* ours : {"localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080", "192.0.2.1"}) {
    CAPTURE(ours);
    CHECK(origin_of(request({{"Host", ours}}), kStranger, false, plain).ok());
  }
  CHECK(origin_of(request({{"Host", "evil.example"}}), kStranger, false, plain).error().code ==
        Code::kWebHost);
  CHECK(origin_of(request({}), kStranger, false, plain).error().code == Code::kHttpMalformed);
  CHECK(origin_of(request({{"Host", "localhost"}, {"host", "localhost"}}), kStranger, false, plain)
            .error()
            .code == Code::kHttpMalformed);
  for (const char* odd : {"", "a b", "localhost/x", "local\"host", "user@localhost"}) {
    CAPTURE(odd);
    CHECK(origin_of(request({{"Host", odd}}), kStranger, false, plain).error().code == Code::kHttpMalformed);
  }
  const config::Settings named = behind_proxy();
  CHECK(origin_of(request({{"Host", "comity.health.example:8443"}}), kStranger, false, named).ok());
  CHECK(origin_of(request({{"Host", "127.0.0.1"}}), kStranger, false, named).error().code == Code::kWebHost);
}

TEST_CASE("a named proxy is believed, anybody else is not") {
  const config::Settings settings = behind_proxy();
  const auto told = request({{"Host", "comity.health.example"},
                             {"X-Forwarded-For", "203.0.113.66, 198.51.100.7, 10.0.0.1"},
                             {"X-Forwarded-Proto", "https"},
                             {"X-Remote-User", "maria"}});
  const auto proxied = origin_of(told, kProxy, false, settings);
  REQUIRE(proxied.ok());
  // The first address is what the browser says of itself; the last that is no proxy is who it was.
  CHECK(proxied->address == "198.51.100.7");
  CHECK(proxied->secure);
  CHECK(proxy_person(told, *proxied, settings) == "maria");
  const auto direct = origin_of(told, kStranger, false, settings);
  REQUIRE(direct.ok());
  CHECK(direct->address == "192.0.2.9");
  CHECK_FALSE(direct->secure);
  CHECK_FALSE(proxy_person(told, *direct, settings));
}

TEST_CASE("two names from a proxy are none") {
  const config::Settings settings = behind_proxy();
  const auto twice =
      request({{"Host", "comity.health.example"}, {"x-remote-user", "root"}, {"X-Remote-User", "maria"}});
  const auto origin = origin_of(twice, kProxy, false, settings);
  REQUIRE(origin.ok());
  CHECK_FALSE(proxy_person(twice, *origin, settings));
  config::Settings off = settings;
  off.web.sign_in_header.clear();
  const auto one = request({{"Host", "comity.health.example"}, {"X-Remote-User", "maria"}});
  CHECK_FALSE(proxy_person(one, *origin, off));
}

TEST_CASE("a form from another site is known by what browsers say of it") {
  const config::Settings settings;
  const auto from = [&](std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
    http::Request sent = request(fields);
    sent.fields.add("Host", "localhost:8080");
    const auto origin = origin_of(sent, kStranger, false, settings);
    REQUIRE(origin.ok());
    return comes_from_elsewhere(sent, *origin);
  };
  CHECK_FALSE(from({}));
  CHECK_FALSE(from({{"Origin", "http://localhost:8080"}, {"Sec-Fetch-Site", "same-origin"}}));
  CHECK_FALSE(from({{"Sec-Fetch-Site", "none"}}));
  CHECK(from({{"Sec-Fetch-Site", "cross-site"}}));
  CHECK(from({{"Sec-Fetch-Site", "same-site"}}));
  CHECK(from({{"Origin", "http://evil.example"}}));
  CHECK(from({{"Origin", "http://localhost:8081"}}));
  CHECK(from({{"Origin", "null"}}));
}

}  // namespace comity::web
