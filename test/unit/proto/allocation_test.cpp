// SPDX-License-Identifier: EUPL-1.2
// What decoding costs in memory, counted at operator new: all bytes ever asked for, not only those held at
// once.
#include <algorithm>
#include <cstdlib>
#include <new>

#include <doctest/doctest.h>
#include <google/protobuf/descriptor.h>

#include "comity/v1/session.pb.h"

#include "proto/bounds.h"
#include "proto/decode.h"
#include "proto/walker.h"
#include "test/schema/fill.h"
#include "test/splitmix.h"

namespace {

std::size_t asked = 0;

void* count_and_get(std::size_t size) {
  asked += size;
  if (void* memory = std::malloc(std::max<std::size_t>(size, 1)); memory != nullptr) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) {
  return count_and_get(size);
}
void* operator new[](std::size_t size) {
  return count_and_get(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}

namespace comity::proto {
namespace {

template <class Work>
std::size_t cost_of(const Work& work) {
  const std::size_t before = asked;
  work();
  return asked - before;
}

/// Ways of filling that look for the smallest wire with the most objects.
std::vector<test::Filling> costly_fillings() {
  std::vector<test::Filling> fillings;
  for (const test::Presence presence :
       {test::Presence::kRequired, test::Presence::kEverything, test::Presence::kSomething}) {
    for (const std::size_t bytes : {0U, 1U, 16U, 31U, 64U}) {
      for (const std::uint32_t count : {1U, 3U, 5U, 9U, 4097U, 1'000'000U})
        fillings.push_back({.seed = bytes, .presence = presence, .bytes = bytes, .count = count});
    }
  }
  return fillings;
}

void check_cost(const Plan& plan, const google::protobuf::Message& kind, const std::string& bytes,
                double& worst) {
  const std::unique_ptr<google::protobuf::Message> message(kind.New());
  bool parsed = false;
  const std::size_t cost =
      cost_of([&] { parsed = detail::parse(plan, as_bytes(bytes), bounds::kMessageBytes, *message).ok(); });
  const std::size_t most = bounds::kAcceptedFactor * bytes.size() + bounds::kRefusalAllocation;
  CHECK(parsed);
  CHECK_MESSAGE(cost <= most, kind.GetTypeName() << ": " << cost << " bytes for " << bytes.size());
  worst = std::max(worst, static_cast<double>(cost) / static_cast<double>(most));
}

}  // namespace

TEST_CASE("the counter counts") {
  CHECK(cost_of([] { CHECK(Bytes(1000).size() == 1000); }) >= 1000);
}

TEST_CASE("walking an accepted message allocates nothing") {
  const Plan plan(*v1::Wire::descriptor());
  v1::Wire wire;
  test::fill(wire, {.seed = 3, .member = v1::Wire::kBatch});
  const Bytes bytes = encode(wire);
  bool accepted = false;
  CHECK(cost_of([&] { accepted = walk(plan, bytes).ok(); }) == 0);
  CHECK(accepted);
}

TEST_CASE("an accepted message of every type costs at most its share") {
  double worst = 0;
  for (const auto* type : test::schema_messages()) {
    const Plan plan(*type);
    const auto kind = test::new_message(*type);
    for (const test::Filling& filling : costly_fillings()) {
      std::vector<std::optional<int>> members{std::nullopt};
      for (int i = 0; i < type->oneof_decl_count(); ++i) {
        for (int n = 0; n < type->oneof_decl(i)->field_count(); ++n)
          members.emplace_back(type->oneof_decl(i)->field(n)->number());
      }
      for (const auto& member : members) {
        test::Filling chosen = filling;
        chosen.member = member;
        const std::unique_ptr<google::protobuf::Message> message(kind->New());
        test::fill(*message, chosen);
        const std::string bytes = message->SerializeAsString();
        if (bytes.size() <= bounds::kMessageBytes) check_cost(plan, *kind, bytes, worst);
      }
    }
  }
  MESSAGE("worst: " << worst << " of the permitted bytes");
}

TEST_CASE("ignorable fields stay within the share too") {
  double worst = 0;
  const Plan plan(*v1::HeadsWant::descriptor());
  const v1::HeadsWant kind;
  for (const std::size_t feeds : {0U, 1U, 30U, 1024U}) {
    std::string bytes;
    for (std::size_t i = 0; i < feeds; ++i)
      bytes += "\x0a\x20" + std::string(32, 'f');
    for (unsigned number = 100; walk(plan, as_bytes(bytes)).ok(); ++number) {
      check_cost(plan, kind, bytes, worst);
      const unsigned tag = number << 3U | 2U;
      bytes += {static_cast<char>((tag & 0x7fU) | 0x80U), static_cast<char>(tag >> 7U), '\x01', 'x'};
    }
  }
  MESSAGE("worst: " << worst << " of the permitted bytes");
}

TEST_CASE("a refused message of every type costs at most the fixed part") {
  test::SplitMix random(7);
  std::size_t worst = 0;
  unsigned refused = 0;
  for (const auto* type : test::schema_messages()) {
    const Plan plan(*type);
    const auto message = test::new_message(*type);
    test::fill(*message, {.seed = 5});
    const std::string whole = message->SerializeAsString();
    const std::unique_ptr<google::protobuf::Message> out(message->New());
    for (int n = 0; n < 400; ++n) {
      std::string bytes = whole.substr(0, random.below(whole.size()) + 1);
      bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
      if (walk(plan, as_bytes(bytes)).ok()) continue;
      ++refused;
      worst = std::max(
          worst, cost_of([&] { (void)detail::parse(plan, as_bytes(bytes), bounds::kMessageBytes, *out); }));
    }
  }
  CHECK(refused > 5000);
  CHECK(worst <= bounds::kRefusalAllocation);
  MESSAGE("worst: " << worst << " bytes");
}

}  // namespace comity::proto
