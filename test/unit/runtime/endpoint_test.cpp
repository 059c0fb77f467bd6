// SPDX-License-Identifier: EUPL-1.2
#include "node/runtime/endpoint.h"

#include <string>

#include <doctest/doctest.h>

namespace comity::runtime {

using proto::Code;

TEST_CASE("an endpoint has one spelling, which reads back as itself") {
  const std::pair<const char*, const char*> cases[] = {
      {"justice.example.gov:7400", "justice.example.gov:7400"},
      {"Justice.Example.GOV:7400", "justice.example.gov:7400"},
      {"localhost:0", "localhost:0"},
      {"n3:65535", "n3:65535"},
      {"192.0.2.1:1", "192.0.2.1:1"},
      {"[2001:DB8:0:0:0:0:0:1]:443", "[2001:db8::1]:443"},
      {"[::]:80", "[::]:80"},
      {"[::ffff:192.0.2.1]:80", "192.0.2.1:80"},
      {"xn--bcher-kva.example:80", "xn--bcher-kva.example:80"},
      {"3com.example:80", "3com.example:80"},
  };
  for (const auto& [text, spelled] : cases) {
    CAPTURE(text);
    const auto endpoint = Endpoint::parse(text);
    REQUIRE(endpoint.ok());
    CHECK(endpoint->to_string() == spelled);
    CHECK(Endpoint::parse(spelled).value() == *endpoint);
  }
  CHECK(Endpoint().empty());
  CHECK(Endpoint().to_string() == "-");
}

TEST_CASE("hostile and mistaken endpoints are refused") {
  const std::string label64(64, 'a');
  std::string name254;
  while (name254.size() < 254)
    name254 += "a.";
  const std::string cases[] = {
      "",
      ":",
      ":80",
      "host",
      "host:",
      "host:-1",
      "host:+1",
      "host:65536",
      "host:99999999999999999999",
      "host:080",
      "host:00",
      "host: 80",
      "host:80 ",
      " host:80",
      "host:0x50",
      "host:80:80",
      "::1:80",
      "[::1]",
      "[::1]80",
      "[::1:80",
      "::1]:80",
      "[host]:80",
      "[192.0.2.1]:80",
      "[]:80",
      "[:80",
      "[fe80::1%eth0]:80",
      "[::1]]:80",
      "256.0.0.1:80",
      "1.2.3:80",
      "127.1:80",
      "0x7f.0.0.1:80",
      "0x7f000001:80",
      "2130706433:80",
      "01.02.03.04:80",
      "a..b:80",
      ".a:80",
      "a.:80",
      "-a:80",
      "a-:80",
      "a_b:80",
      "a/b:80",
      "user@host:80",
      "b\xc3\xbc"
      "cher:80",
      std::string("ho\0st:80", 8),
      std::string("192.0.2.1\0x:80", 14),
      "host\n:80",
      label64 + ":80",
      name254 + "a:80",
      std::string(100'000, '['),
      std::string(100'000, ':'),
  };
  for (const std::string& text : cases) {
    CAPTURE(text);
    const auto endpoint = Endpoint::parse(text);
    REQUIRE_FALSE(endpoint.ok());
    CHECK(endpoint.error().code == Code::kBadEndpoint);
    CHECK(endpoint.error().detail.size() <= 80);
  }
}

TEST_CASE("every truncation and every changed byte of an endpoint is read or refused, never worse") {
  for (const std::string& text :
       {std::string("[2001:db8::1]:443"), std::string("justice.example.gov:7400")}) {
    for (std::size_t length = 0; length < text.size(); ++length) {
      const auto endpoint = Endpoint::parse(text.substr(0, length));
      if (endpoint.ok()) CHECK(Endpoint::parse(endpoint->to_string()).value() == *endpoint);
    }
    for (std::size_t at = 0; at < text.size(); ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string changed = text;
        changed[at] = static_cast<char>(byte);
        const auto endpoint = Endpoint::parse(changed);
        if (endpoint.ok()) CHECK(Endpoint::parse(endpoint->to_string()).value() == *endpoint);
      }
    }
  }
}

TEST_CASE("an endpoint is made of parts under the same rules") {
  CHECK(Endpoint::make("::1", 80).value().to_string() == "[::1]:80");
  CHECK(Endpoint::make("[::1]", 80).error().code == Code::kBadEndpoint);
  CHECK(Endpoint::make("", 80).error().code == Code::kBadEndpoint);
  CHECK(Endpoint::make(std::string("a\0b", 3), 80).error().code == Code::kBadEndpoint);
}

}  // namespace comity::runtime
