// SPDX-License-Identifier: EUPL-1.2
// For every type of the schema: what is filled within the bounds is accepted, and whatever the walker accepts
// after damage comes back byte for byte through libprotobuf, which is the slow, obvious twin.
#include <set>

#include <doctest/doctest.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/unknown_field_set.h>

#include "proto/walker.h"
#include "test/schema/fill.h"
#include "test/splitmix.h"

namespace comity::proto {
namespace {

constexpr int kMessagesPerType = 40;
constexpr int kDamagePerMessage = 60;

std::string serialise(const google::protobuf::Message& message) {
  return message.SerializePartialAsString();
}

std::string damaged(std::string bytes, test::SplitMix& random) {
  for (std::uint64_t changes = 1 + random.below(3); changes > 0; --changes) {
    const std::size_t at = random.below(bytes.size() + 1);
    switch (random.below(6)) {
      case 0:
        if (at < bytes.size())
          bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1U << random.below(8)));
        break;
      case 1:
        if (at < bytes.size()) bytes[at] = static_cast<char>(random.below(256));
        break;
      case 2:
        bytes.resize(at);
        break;
      case 3:
        bytes.insert(at, 1, static_cast<char>(random.below(256)));
        break;
      case 4:
        if (at < bytes.size()) bytes.erase(at, 1 + random.below(4));
        break;
      default: {
        const std::string piece = bytes.substr(at, random.below(48));
        bytes.insert(random.below(bytes.size() + 1), piece);
        break;
      }
    }
  }
  return bytes;
}

}  // namespace

TEST_CASE("a filled message of every type is accepted and comes back equal") {
  for (const auto* type : test::schema_messages()) {
    CAPTURE(type->name());
    const Plan plan(*type);
    for (const test::Presence presence :
         {test::Presence::kEverything, test::Presence::kSomething, test::Presence::kRequired}) {
      for (std::uint64_t seed = 0; seed < kMessagesPerType; ++seed) {
        const auto message = test::new_message(*type);
        test::fill(*message, {.seed = seed, .presence = presence});
        const std::string bytes = serialise(*message);
        const Status status = walk(plan, as_bytes(bytes));
        if (!status.ok()) FAIL(to_string(status.error()) << " in " << to_hex(as_bytes(bytes)));
        const auto back = test::new_message(*type);
        REQUIRE(back->ParseFromString(bytes));
        CHECK(serialise(*back) == bytes);
      }
    }
  }
}

TEST_CASE("whatever is accepted after damage comes back byte for byte") {
  test::SplitMix random(20260101);
  unsigned accepted = 0;
  unsigned refused = 0;
  std::set<Code> codes;
  for (const auto* type : test::schema_messages()) {
    CAPTURE(type->name());
    const Plan plan(*type);
    for (int n = 0; n < kMessagesPerType; ++n) {
      const auto message = test::new_message(*type);
      test::fill(*message, {.seed = random.next(), .presence = test::Presence::kSomething});
      const std::string whole = serialise(*message);
      for (int m = 0; m < kDamagePerMessage; ++m) {
        const std::string bytes = damaged(whole, random);
        const Status status = walk(plan, as_bytes(bytes));
        if (!status.ok()) {
          ++refused;
          codes.insert(status.error().code);
          continue;
        }
        ++accepted;
        const auto back = test::new_message(*type);
        if (!back->ParseFromString(bytes)) FAIL("libprotobuf refuses " << to_hex(as_bytes(bytes)));
        // Ignorable fields are kept too: v1 knows no number from 100 on, so they stand at the end anyway.
        if (serialise(*back) != bytes) FAIL("not the same again: " << to_hex(as_bytes(bytes)));
      }
    }
  }
  CHECK(accepted > 1000);
  CHECK(refused > 2 * accepted);
  CHECK(codes.size() >= 18);
  MESSAGE("accepted " << accepted << ", refused " << refused << " with " << codes.size() << " codes");
}

}  // namespace comity::proto
