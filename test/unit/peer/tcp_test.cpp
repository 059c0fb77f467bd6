// SPDX-License-Identifier: EUPL-1.2
// A door and a caller on the real loopback. Nothing here measures time; the deadlines only make things end.
#include <doctest/doctest.h>

#include "node/peer/door.h"
#include "node/runtime/asio/system.h"
#include "node/runtime/deadline.h"
#include "node/runtime/loop.h"
#include "test/unit/peer/two_sessions.h"

namespace comity::peer {
namespace {

using std::chrono::seconds;

constexpr int kBatches = 400;
constexpr int kEntries = 8;

struct Real {
  runtime::Loop loop;
  std::unique_ptr<runtime::Clock> clock = runtime::make_system_clock(loop.executor());
  std::unique_ptr<runtime::Net> net = runtime::make_tcp_net(loop.executor(), *clock);
  Sides sides;
  Notes a;
  Notes b;
};

Local local_of(Real& real, const Book& book, const Claim& claim, crypto::Random& random, Notes& notes) {
  return Local{*real.clock, random, book, notes,
               [claim](const Contact&) { return Result<v1::Hello>(hello_of(claim)); }};
}

Task<Ended> call(Real* real, const Local* local, runtime::Endpoint at) {
  auto stream = co_await real->net->dial(at, seconds(20));
  if (!stream.ok()) co_return Ended{.why = stream.error()};
  co_return co_await run_dialled(local, *std::move(stream), real->sides.call());
}

Task<Result<Ended>> call_within(Real* real, const Local* local, runtime::Endpoint at) {
  Ended ended = co_await call(real, local, std::move(at));
  co_return ended;
}

Task<Ended> visit(Real* real, const Local* at_a, const Local* at_b, std::vector<std::string>* failures) {
  auto listener = real->net->listen(runtime::Endpoint::make("127.0.0.1", 0).value());
  const runtime::Executor executor = co_await runtime::this_executor;
  Door door(executor, *at_b, std::move(listener).value(),
            [failures](const std::string& what) { failures->push_back(what); });
  auto ended =
      co_await runtime::with_timeout(*real->clock, seconds(60), call_within(real, at_a, door.local()));
  co_await door.close(seconds(5));
  if (!ended.ok()) co_return Ended{.why = ended.error()};
  co_return *std::move(ended);
}

}  // namespace

TEST_CASE("over TCP thousands of entries arrive whole and in order, and the last one is followed by a Bye") {
  Real real;
  int sent = 0;
  const auto send_more = [&sent](Session& session) {
    while (sent < kBatches) {
      v1::Wire wire = batch_of(kEntries, 1000);
      wire.mutable_batch()->mutable_entry(0)->set_body(std::to_string(sent));
      if (!session.send(v1::LANE_LIVE, wire).ok()) return;
      ++sent;
    }
    v1::Bye bye;
    bye.set_reason(v1::REASON_CLOSING);
    session.bye(bye);
  };
  real.a.on_open = send_more;
  real.a.on_room = [&](Session& session, v1::Lane) { send_more(session); };
  real.b.on_message = [&](Session& session) { session.grant(v1::LANE_LIVE, kEntries, real.b.sizes.back()); };
  const Local at_a = local_of(real, real.sides.a, real.sides.a_claim, real.sides.a_random, real.a);
  const Local at_b = local_of(real, real.sides.b, real.sides.b_claim, real.sides.b_random, real.b);
  std::vector<std::string> failures;
  const Ended ended = real.loop.run(visit(&real, &at_a, &at_b, &failures));
  CHECK(ended.opened);
  CHECK(ended.why.code == Code::kSessionEnded);
  CHECK(failures.empty());
  REQUIRE(real.b.messages.size() == kBatches);
  for (int i = 0; i < kBatches; ++i)
    REQUIRE(real.b.messages[static_cast<std::size_t>(i)].batch().entry(0).body() == std::to_string(i));
  REQUIRE(real.b.theirs);
  CHECK(real.b.theirs->reason() == v1::REASON_CLOSING);
  CHECK(real.a.closes == 1);
  CHECK(real.b.closes == 1);
}

}  // namespace comity::peer
