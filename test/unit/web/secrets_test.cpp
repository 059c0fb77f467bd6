// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/secrets.h"

#include <set>

#include <doctest/doctest.h>

#include "node/community/people/bearer.h"

namespace comity::web {

using community::Bearer;
using community::BearerUse;

TEST_CASE("a form token is another text each time and fits one cookie alone") {
  crypto::SystemRandom random;
  const FormSecret secret = form_secret("cookie");
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string token = masked(secret, random);
    CHECK(seen.insert(token).second);
    CHECK(unmasks_to(token, secret));
    CHECK_FALSE(unmasks_to(token, form_secret("another cookie")));
  }
  std::string changed = masked(secret, random);
  changed[3] = changed[3] == 'a' ? 'b' : 'a';
  CHECK_FALSE(unmasks_to(changed, secret));
  for (const char* odd : {"", "a", "????????", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
    CAPTURE(odd);
    CHECK_FALSE(unmasks_to(odd, secret));
  }
  CHECK_FALSE(unmasks_to(std::string(100'000, 'a'), secret));
}

TEST_CASE("a bearer is read back, and no kind passes for another") {
  crypto::SystemRandom random;
  const Bearer bearer = Bearer::make(random.next<proto::UserId>(), random);
  const std::string session = bearer_text(BearerUse::kSession, bearer);
  const std::string token = bearer_text(BearerUse::kToken, bearer);
  CHECK(token == "comity_" + session);
  const auto read = parse_bearer(BearerUse::kSession, session);
  REQUIRE(read);
  CHECK(read->user == bearer.user);
  CHECK(read->secret == bearer.secret);
  CHECK(parse_bearer(BearerUse::kToken, token));
  CHECK_FALSE(parse_bearer(BearerUse::kSession, token));
  CHECK_FALSE(parse_bearer(BearerUse::kToken, session));
  CHECK(bearer_hash(BearerUse::kSession, bearer) != bearer_hash(BearerUse::kToken, bearer));
  CHECK_FALSE(parse_bearer(BearerUse::kSession, session + "a"));
  CHECK_FALSE(parse_bearer(BearerUse::kSession, session.substr(1)));
  CHECK_FALSE(parse_bearer(BearerUse::kSession, ""));
}

TEST_CASE("a device cookie is good for the name that it was given to, at this node") {
  crypto::SystemRandom random;
  const auto key = random.next<Sha256Digest>();
  const std::string text = device_text(key, "maria", random);
  const auto name = device_of(key, "maria", text);
  REQUIRE(name);
  CHECK_FALSE(device_of(key, "jo", text));
  CHECK_FALSE(device_of(random.next<Sha256Digest>(), "maria", text));
  CHECK_FALSE(device_of(key, "maria", ""));
  CHECK_FALSE(device_of(key, "maria", text.substr(2)));
  CHECK(device_of(key, "maria", device_text(key, "maria", random)) != name);
}

}  // namespace comity::web
