// SPDX-License-Identifier: EUPL-1.2
#include "node/peer/channel.h"

#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "test/unit/peer/sides.h"

namespace comity::peer {
namespace {

using crypto::noise::RecordHead;
using crypto::noise::RecordOpener;
using crypto::noise::RecordSealer;

struct Pair {
  Pair() : keys(sides), a(std::move(keys.a->keys)), b(std::move(keys.b->keys)) {}
  Sides sides;
  Keys keys;
  Channel a;
  Channel b;
};

/// One end as a sealer that writes what no Channel does.
struct Forger {
  Forger() : keys(sides), sealer(std::move(keys.a->keys.send)), b(std::move(keys.b->keys)) {}
  Result<std::optional<Channel::Message>> send(const RecordHead& head, std::size_t body) {
    Bytes frame(crypto::noise::record_bytes(body));
    REQUIRE(sealer.seal(head, Bytes(body, std::byte{7}), frame).ok());
    std::ranges::copy(frame, b.input_room().begin());
    b.received(frame.size());
    return b.next();
  }
  Sides sides;
  Keys keys;
  RecordSealer sealer;
  Channel b;
};

/// Everything that waits at `from`, to the other end, `step` bytes at a time.
std::vector<std::pair<Lane, Bytes>> carry(Channel& from, Channel& to, std::size_t step = 1U << 20U) {
  std::vector<std::pair<Lane, Bytes>> messages;
  for (;;) {
    const ByteView out = from.output().value();
    if (out.empty()) return messages;
    const std::span<std::byte> room = to.input_room();
    const std::size_t count = std::min({out.size(), room.size(), step});
    std::ranges::copy(out.first(count), room.begin());
    to.received(count);
    from.taken(count);
    for (;;) {
      const auto next = to.next();
      REQUIRE(next.ok());
      if (!next.value()) break;
      messages.emplace_back(next.value()->lane, proto::to_bytes(next.value()->bytes));
    }
  }
}

Bytes text(std::size_t size, char c) {
  return Bytes(size, static_cast<std::byte>(c));
}

}  // namespace

TEST_CASE("messages of every size and lane arrive whole, however the stream cuts them") {
  for (const std::size_t step :
       {std::size_t{1}, std::size_t{255}, std::size_t{70'000}, std::size_t{1} << 20U}) {
    Pair pair;
    std::map<Lane, std::vector<Bytes>> sent;
    const std::size_t most = step == 1 ? 70'000 : proto::bounds::kMessageBytes;
    for (const std::size_t size : {std::size_t{1}, std::size_t{233}, std::size_t{234}, std::size_t{235},
                                   crypto::noise::kMaxRecordBody, crypto::noise::kMaxRecordBody + 1, most}) {
      for (const Lane lane : {Lane::kControl, Lane::kLive, Lane::kBackfill}) {
        sent[lane].push_back(text(size, static_cast<char>('a' + sent[lane].size())));
        pair.a.push(lane, sent[lane].back());
      }
    }
    std::map<Lane, std::vector<Bytes>> got;
    for (auto& [lane, bytes] : carry(pair.a, pair.b, step))
      got[lane].push_back(std::move(bytes));
    CHECK(got == sent);
    CHECK(pair.a.backlog(Lane::kLive) == 0);
    CHECK(pair.a.bytes_out() == pair.b.bytes_in());
  }
}

TEST_CASE("while all lanes are full each gets its share of records, none starves") {
  LaneQueues queues;
  for (int i = 0; i < 200; ++i) {
    for (const Lane lane : {Lane::kControl, Lane::kLive, Lane::kBackfill})
      queues.push(lane, text(10, 'x'));
  }
  std::array<int, kLanes> turns{};
  int longest_wait = 0;
  int wait = 0;
  for (int i = 0; i < 130; ++i) {
    const auto piece = queues.front(100);
    ++turns.at(index(piece.lane));
    wait = piece.lane == Lane::kBackfill ? 0 : wait + 1;
    longest_wait = std::max(longest_wait, wait);
    queues.pop(piece);
  }
  CHECK(turns == std::array<int, kLanes>{80, 40, 10});
  CHECK(longest_wait <= 13);
}

TEST_CASE("a control message that comes during a back-fill is the next record, a live one soon after") {
  LaneQueues queues;
  queues.push(Lane::kBackfill, text(1'000'000, 'b'));
  for (int i = 0; i < 10; ++i)
    queues.pop(queues.front(1000));
  queues.push(Lane::kControl, text(10, 'c'));
  queues.push(Lane::kLive, text(10, 'l'));
  std::vector<Lane> order;
  for (int i = 0; i < 3; ++i) {
    const auto piece = queues.front(1000);
    order.push_back(piece.lane);
    queues.pop(piece);
  }
  CHECK(order == std::vector<Lane>{Lane::kControl, Lane::kLive, Lane::kBackfill});
}

TEST_CASE("a message over the limit is refused before its last record") {
  Forger forger;
  std::size_t sent = 0;
  const RecordHead more{Lane::kLive, false, false};
  while (sent + crypto::noise::kMaxRecordBody <= proto::bounds::kMessageBytes) {
    REQUIRE(forger.send(more, crypto::noise::kMaxRecordBody).ok());
    sent += crypto::noise::kMaxRecordBody;
  }
  const auto last = forger.send({Lane::kLive, false, false}, crypto::noise::kMaxRecordBody);
  REQUIRE_FALSE(last.ok());
  CHECK(last.error().code == Code::kMessageTooLong);
}

TEST_CASE("each lane reassembles for itself") {
  Forger forger;
  REQUIRE_FALSE(forger.send({Lane::kLive, false, false}, 10)->has_value());
  REQUIRE_FALSE(forger.send({Lane::kBackfill, false, false}, 20)->has_value());
  const auto control = forger.send({Lane::kControl, true, false}, 5);
  CHECK(control.value()->bytes.size() == 5);
  const auto backfill = forger.send({Lane::kBackfill, true, false}, 1);
  CHECK(backfill.value()->bytes.size() == 21);
  CHECK(backfill.value()->lane == Lane::kBackfill);
  const auto live = forger.send({Lane::kLive, true, false}, 2);
  CHECK(live.value()->bytes.size() == 12);
}

TEST_CASE("records that no channel writes are refused") {
  struct Case {
    RecordHead head;
    std::size_t body;
  };
  for (const Case& bad : {Case{{Lane::kLive, false, false}, 0}, Case{{Lane::kControl, true, false}, 0},
                          Case{{Lane::kLive, true, true}, 5}, Case{{Lane::kControl, false, true}, 5}}) {
    Forger forger;
    const auto got = forger.send(bad.head, bad.body);
    REQUIRE_FALSE(got.ok());
    CHECK(got.error().code == Code::kBadRecord);
  }
}

TEST_CASE("a changed, repeated or lost record ends that direction") {
  const auto frames = [](Channel& from) {
    from.push(Lane::kLive, text(100, 'x'));
    const Bytes frame = proto::to_bytes(from.output().value());
    from.taken(frame.size());
    return frame;
  };
  const auto give = [](Channel& to, const Bytes& frame) {
    std::ranges::copy(frame, to.input_room().begin());
    to.received(frame.size());
    return to.next();
  };
  Pair pair;
  const Bytes first = frames(pair.a);
  const Bytes second = frames(pair.a);
  SUBCASE("changed") {
    Bytes other = first;
    other[100] ^= std::byte{1};
    CHECK(give(pair.b, other).error().code == Code::kAuthentication);
    CHECK(give(pair.b, first).error().code == Code::kNoiseDead);
  }
  SUBCASE("repeated") {
    CHECK(give(pair.b, first).ok());
    CHECK(give(pair.b, first).error().code == Code::kAuthentication);
  }
  SUBCASE("lost") {
    CHECK(give(pair.b, second).error().code == Code::kAuthentication);
  }
}

TEST_CASE(
    "the last message goes after what is queued when it drains, else only a begun control message stays") {
  for (const bool drain : {true, false}) {
    Pair pair;
    pair.a.push(Lane::kControl, text(300'000, 'c'));
    pair.a.push(Lane::kControl, text(10, 'd'));
    pair.a.push(Lane::kLive, text(300'000, 'l'));
    const std::size_t head = pair.a.output()->size();
    CHECK(head <= Channel::kOutputBytes);
    pair.a.close_with(text(20, 'z'), drain);
    const auto messages = carry(pair.a, pair.b);
    CHECK(messages.size() == (drain ? 4 : 2));
    CHECK(messages.front().second.size() == 300'000);
    CHECK(messages.back().second == text(20, 'z'));
    CHECK(pair.a.closed_and_sent());
    CHECK(pair.a.output()->empty());
    CHECK_THROWS_AS(pair.a.push(Lane::kLive, text(1, 'x')), std::logic_error);
  }
}

}  // namespace comity::peer
