// SPDX-License-Identifier: EUPL-1.2
// Noise over a simulated stream: nothing that was changed on the way is ever taken for genuine.
#include "test/sim/gossip/channel.h"

#include <optional>

#include <doctest/doctest.h>

#include "node/runtime/deadline.h"
#include "test/unit/sim/fixture.h"

namespace comity::sim::gossip {
namespace {

using runtime::Code;
using runtime::Result;
using runtime::Status;
using runtime::Task;
using std::chrono::seconds;

using Made = std::optional<Result<std::unique_ptr<Channel>>>;

Task<void> greet_into(Machine* machine, std::unique_ptr<runtime::Stream> stream, const Roster* roster,
                      Made* out) {
  out->emplace(co_await runtime::with_timeout(machine->clock(), seconds(5),
                                              greet(std::move(stream), roster, 0, 1, &machine->random())));
}

Task<void> answer_into(Machine* machine, std::unique_ptr<runtime::Stream> stream, const Roster* roster,
                       Made* out) {
  out->emplace(co_await runtime::with_timeout(machine->clock(), seconds(5),
                                              answer(std::move(stream), roster, 1, &machine->random())));
}

Task<void> send(Channel* channel, proto::Bytes parcel) {
  const Status sent = co_await channel->send(std::move(parcel));
  CHECK(sent.ok());
}

Task<void> receive(Machine* machine, Channel* channel, std::optional<Result<proto::Bytes>>* out) {
  out->emplace(co_await runtime::with_timeout(machine->clock(), seconds(5), channel->receive()));
}

/// Two members in the middle of a handshake or after it.
struct Meeting : Two {
  Meeting(std::uint64_t seed, Faults faults) : Two(seed, faults), roster(seed, 2) {
    Ends ends = connect(world, "a", "b");
    tasks.spawn("greet", greet_into(&a, std::move(ends.caller), &roster, &greeted));
    tasks.spawn("answer", answer_into(&b, std::move(ends.called), &roster, &answered));
    world.run_for(seconds(6));
  }
  Roster roster;
  Made greeted;
  Made answered;
};

}  // namespace

TEST_CASE("two members meet and parcels pass") {
  Meeting meeting(1, {});
  REQUIRE(meeting.greeted->ok());
  REQUIRE(meeting.answered->ok());
  CHECK((**meeting.greeted)->peer() == 1);
  CHECK((**meeting.answered)->peer() == 0);
  std::optional<Result<proto::Bytes>> got;
  meeting.tasks.spawn("send", send((**meeting.greeted).get(), proto::to_bytes("hello")));
  meeting.tasks.spawn("receive", receive(&meeting.b, (**meeting.answered).get(), &got));
  meeting.world.run_for(seconds(1));
  CHECK(proto::as_text(got->value()) == "hello");
}

TEST_CASE("a flipped bit anywhere in the handshake ends it on at least one side, and nothing passes") {
  Faults faults;
  faults.bit_flips = 1'000'000;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Meeting meeting(seed, faults);
    CAPTURE(seed);
    REQUIRE(meeting.world.trace().count(Kind::kFlip) > 0);
    CHECK_FALSE(meeting.answered->ok());
  }
}

TEST_CASE("a flipped bit in a record dies at authentication") {
  unsigned authentication = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    Meeting meeting(seed, {});
    REQUIRE(meeting.answered->ok());
    meeting.world.faults().bit_flips = 1'000'000;
    std::optional<Result<proto::Bytes>> got;
    meeting.tasks.spawn("send", send((**meeting.greeted).get(), message_text(seed, 0, 1)));
    meeting.tasks.spawn("receive", receive(&meeting.b, (**meeting.answered).get(), &got));
    meeting.world.run_for(seconds(6));
    REQUIRE(meeting.world.trace().count(Kind::kFlip) == 1);
    REQUIRE_FALSE(got->ok());
    const Code code = got->error().code;
    // A changed length makes the reader wait for bytes that never come, or names a size that no record has.
    CHECK((code == Code::kAuthentication || code == Code::kTimedOut || code == Code::kBadRecord));
    if (code == Code::kAuthentication) ++authentication;
  }
  CHECK(authentication > 50);
}

TEST_CASE("the secret between two members is the same from both sides and no other") {
  const Roster roster(1, 3);
  const auto same = [](const crypto::Key32& x, const crypto::Key32& y) {
    return proto::equal(x.view(), y.view());
  };
  CHECK(same(roster.secret_between(0, 1), roster.secret_between(1, 0)));
  CHECK_FALSE(same(roster.secret_between(0, 1), roster.secret_between(0, 2)));
  CHECK_FALSE(same(roster.secret_between(0, 1), Roster(2, 3).secret_between(0, 1)));
  CHECK_FALSE(roster.member_with(crypto::X25519PublicKey()).has_value());
}

}  // namespace comity::sim::gossip
