// SPDX-License-Identifier: EUPL-1.2
#include "proto/decode.h"

#include <stdexcept>

#include <doctest/doctest.h>

#include "comity/v1/content.pb.h"
#include "comity/v1/session.pb.h"

#include "proto/bounds.h"
#include "proto/walker.h"
#include "test/schema/fill.h"

namespace comity::proto {

TEST_CASE("what is encoded decodes to the same message") {
  v1::Wire wire;
  test::fill(wire, {.seed = 1, .member = v1::Wire::kHello});
  const Bytes bytes = encode(wire);
  CHECK(walk(plan_of<v1::Wire>(), bytes).ok());
  const Result<v1::Wire> back = decode<v1::Wire>(bytes, bounds::kMessageBytes);
  REQUIRE(back.ok());
  CHECK(back->hello().instance() == wire.hello().instance());
  CHECK(encode(*back) == bytes);
}

TEST_CASE("a message over its bound is refused before anything else looks at it") {
  const Bytes junk(100, std::byte{0xff});
  const auto refused = decode<v1::Wire>(junk, 99);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Code::kMessageTooLong);
  CHECK(refused.error().detail == "Wire: 100 bytes, at most 99");
  CHECK(decode<v1::Wire>(junk, 100).error().code != Code::kMessageTooLong);
}

TEST_CASE("a message that breaks its schema is not encoded") {
  v1::Post post;
  post.set_title(std::string(512, 'x'));
  CHECK(encode_checked(post).ok());
  post.set_title(std::string(513, 'x'));
  CHECK(encode_checked(post).error().code == Code::kFieldTooLong);
  CHECK_THROWS_AS((void)encode(post), std::logic_error);
  post.set_title("\xff");  // nothing about it may appear on standard error
  CHECK(encode_checked(post).error().code == Code::kBadUtf8);
}

TEST_CASE("what the walker refuses is not parsed") {
  CHECK(decode<v1::Post>(from_hex("0a00").value(), 10).error().code == Code::kExplicitDefault);
  CHECK(decode<v1::Post>(from_hex("1201410a0141").value(), 10).error().code == Code::kFieldOrder);
  CHECK(decode<v1::Post>({}, 0).ok());
}

}  // namespace comity::proto
