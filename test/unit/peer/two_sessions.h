// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "crypto/noise/record.h"
#include "proto/decode.h"
#include "test/unit/peer/sides.h"

namespace comity::peer {

/// Remembers what a session told it, and does what a test wants at that moment.
class Notes final : public SessionHandler {
 public:
  void opened(Session& session) override {
    ++opens;
    if (on_open) on_open(session);
  }
  void message(Session& session, v1::Lane lane, v1::Wire&& wire, std::size_t bytes) override {
    lanes.push_back(lane);
    messages.push_back(std::move(wire));
    sizes.push_back(bytes);
    if (on_message) on_message(session);
  }
  void room(Session& session, v1::Lane lane) override {
    rooms.push_back(lane);
    if (on_room) on_room(session, lane);
  }
  void closed(Session& /*session*/, const Error& error, const std::optional<v1::Bye>& bye) override {
    ++closes;
    why = error;
    theirs = bye;
  }

  int opens = 0;
  int closes = 0;
  std::vector<v1::Lane> lanes;
  std::vector<v1::Wire> messages;
  std::vector<std::size_t> sizes;
  std::vector<v1::Lane> rooms;
  Error why;
  std::optional<v1::Bye> theirs;
  std::function<void(Session&)> on_open;
  std::function<void(Session&)> on_message;
  std::function<void(Session&, v1::Lane)> on_room;
};

/// Two sessions and a perfect stream between, under a clock that the test moves.
struct TwoSessions {
  explicit TwoSessions(std::uint32_t entries = 1000, std::uint64_t bytes = 1U << 20U) {
    Keys keys(sides);
    a = std::make_unique<LiveSession>(*std::move(keys.a), hello_of(sides.a_claim, entries, bytes), a_notes,
                                      now, [this] { ++wakes; });
    b = std::make_unique<LiveSession>(*std::move(keys.b), hello_of(sides.b_claim, entries, bytes), b_notes,
                                      now, [this] { ++wakes; });
  }

  /// Carries what waits at `from`; whether there was anything.
  bool carry(LiveSession& from, LiveSession& to) {
    bool any = false;
    for (;;) {
      const ByteView out = from.output(now);
      if (out.empty() || to.over()) return any;
      const std::span<std::byte> room = to.input_room();
      const std::size_t count = std::min(out.size(), room.size());
      std::ranges::copy(out.first(count), room.begin());
      from.taken(count, now);
      to.received(count, now);
      any = true;
    }
  }
  /// Until nothing moves.
  void run() {
    while (carry(*a, *b) | carry(*b, *a)) {
    }
  }
  /// Lets time pass in the steps that the sessions ask for.
  void pass(runtime::Duration span, bool connected = true) {
    const runtime::Mono end = now + span;
    while (now < end) {
      const runtime::Mono next = std::min({end, std::max(now, a->deadline()), std::max(now, b->deadline())});
      now = next == now ? now + std::chrono::milliseconds(1) : next;
      a->tick(now);
      b->tick(now);
      if (connected) run();
    }
  }

  Sides sides;
  runtime::Mono now{};
  int wakes = 0;
  Notes a_notes;
  Notes b_notes;
  std::unique_ptr<LiveSession> a;
  std::unique_ptr<LiveSession> b;
};

/// One session, and the other side as a sealer of whatever bytes: what a broken peer sends.
struct Hostile {
  Hostile() {
    Keys keys(sides);
    sealer.emplace(std::move(keys.a->keys.send));
    opener.emplace(std::move(keys.a->keys.receive));
    b = std::make_unique<LiveSession>(*std::move(keys.b), hello_of(sides.b_claim, 4, 4000), notes, now,
                                      [] {});
  }
  void give(ByteView message, Lane lane = Lane::kControl, bool close = false) {
    Bytes frame(crypto::noise::record_bytes(message.size()));
    const std::size_t size = sealer->seal({lane, true, close}, message, frame).value();
    std::ranges::copy(ByteView(frame).first(size), b->input_room().begin());
    b->received(size, now);
  }
  void give(const v1::Wire& wire, Lane lane = Lane::kControl, bool close = false) {
    give(proto::encode(wire), lane, close);
  }
  void greet() {
    v1::Wire wire;
    *wire.mutable_hello() = hello_of(sides.a_claim);
    give(wire);
  }
  /// All messages that the session says from here on.
  std::vector<v1::Wire> answers() {
    std::vector<v1::Wire> all;
    for (;;) {
      Bytes out = proto::to_bytes(b->output(now));
      if (out.empty()) return all;
      b->taken(out.size(), now);
      for (std::span<std::byte> rest(out); !rest.empty();) {
        const std::size_t size = crypto::noise::announced_record_bytes(rest)->value();
        const auto record = opener->open(rest.first(size));
        REQUIRE(record.ok());
        all.push_back(proto::decode<v1::Wire>(record->body, proto::bounds::kMessageBytes).value());
        rest = rest.subspan(size);
      }
    }
  }
  /// The Bye with which it ends; fails the test when there is none.
  v1::Bye farewell() {
    const auto all = answers();
    REQUIRE_FALSE(all.empty());
    REQUIRE(all.back().has_bye());
    CHECK(b->said_bye());
    b->lost(Error{Code::kEndOfStream, {}});
    REQUIRE(b->over());
    b->finish();
    CHECK(notes.closes == 1);
    return all.back().bye();
  }

  Sides sides;
  runtime::Mono now{};
  Notes notes;
  std::optional<crypto::noise::RecordSealer> sealer;
  std::optional<crypto::noise::RecordOpener> opener;
  std::unique_ptr<LiveSession> b;
};

/// A batch of `entries` entries whose bodies have `body` bytes each.
inline v1::Wire batch_of(int entries, std::size_t body = 0) {
  v1::Wire wire;
  wire.mutable_batch()->set_feed(std::string(32, 'f'));
  for (int i = 0; i < entries; ++i) {
    v1::Entry& entry = *wire.mutable_batch()->add_entry();
    entry.set_header(std::string(120, 'h'));
    if (body != 0) entry.set_body(std::string(body, 'b'));
  }
  return wire;
}

}  // namespace comity::peer
