// SPDX-License-Identifier: EUPL-1.2
#include "node/peer/live_session.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "node/peer/bye.h"
#include "node/peer/hello.h"
#include "node/peer/tap.h"
#include "proto/decode.h"
#include "proto/mutation.h"

namespace comity::peer {
namespace {

using proto::bounds::kBatchBytes;
using proto::bounds::kMessageBytes;
using runtime::Mono;

// Tag and length of the batch within its Wire.
constexpr std::size_t kMostBatchMessage = kBatchBytes + 4;

Lane lane_of(v1::Lane lane) {
  if (!v1::Lane_IsValid(lane)) throw std::invalid_argument("no such lane");
  return static_cast<Lane>(lane);
}

/// Adds without passing the largest number: a permission beyond it means no more than it.
template <class Number>
Number sum(Number a, Number b) {
  return b > std::numeric_limits<Number>::max() - a ? std::numeric_limits<Number>::max()
                                                    : static_cast<Number>(a + b);
}

void add(Session::Room& room, std::uint32_t entries, std::uint64_t bytes) {
  room.entries = sum(room.entries, entries);
  room.bytes = sum(room.bytes, bytes);
}

bool covers(const Session::Room& room, std::uint32_t entries, std::uint64_t bytes) {
  return entries <= room.entries && bytes <= room.bytes;
}

bool sessions_own(const v1::Wire& wire) {
  switch (wire.m_case()) {
    case v1::Wire::kHello:
    case v1::Wire::kCredit:
    case v1::Wire::kPing:
    case v1::Wire::kPong:
    case v1::Wire::kBye:
      return true;
    default:
      return false;
  }
}

/// Which Reason tells the other side what it broke.
v1::Reason reason_of(Code code) {
  switch (code) {
    case Code::kSessionCredit:
      return v1::REASON_CREDIT;
    case Code::kSessionSilent:
      return v1::REASON_TIMEOUT;
    case Code::kProtocolTooOld:
      return v1::REASON_VERSION;
    case Code::kSessionOrder:
    case Code::kHelloRule:
    case Code::kBadRecord:
    case Code::kAuthentication:
      return v1::REASON_PROTOCOL;
    default:
      return v1::REASON_MALFORMED;
  }
}

/// The bytes of a Bye; words that the schema refuses are left out.
Bytes encoded(v1::Bye bye) {
  v1::Wire wire;
  *wire.mutable_bye() = bye;
  auto bytes = proto::encode_checked(wire);
  if (bytes.ok()) return *std::move(bytes);
  wire.mutable_bye()->clear_text();
  return proto::encode(wire);
}

#ifdef COMITY_TEST_TAPS
Tap* the_tap = nullptr;
#endif

}  // namespace

#ifdef COMITY_TEST_TAPS
void set_tap(Tap* tap) noexcept {
  the_tap = tap;
}

Tap* tap() noexcept {
  return the_tap;
}
#endif

LiveSession::LiveSession(Established established, const v1::Hello& hello, SessionHandler& handler, Mono now,
                         std::function<void()> wake)
    : channel_(std::move(established.keys)),
      contact_(established.contact),
      handler_(handler),
      wake_(std::move(wake)),
      started_(now),
      heard_(now),
      pinged_(now) {
  if (contact_.purpose == Purpose::kPair) channel_.limit({limits::kPairingMessageBytes, 0, 0});
  v1::Wire wire;
  *wire.mutable_hello() = finished_hello(hello);
#ifdef COMITY_TEST_TAPS
  if (the_tap != nullptr) the_tap->began(*this, contact_, *wire.mutable_hello());
#endif
  for (const v1::Credit& credit : hello.credit())
    add(flows_.at(index(lane_of(credit.lane()))).theirs, credit.entries(), credit.bytes());
  push(wire);
}

Status LiveSession::send(v1::Lane to, const v1::Wire& message) {
  const Lane lane = lane_of(to);
  if (state_ == State::kClosing || state_ == State::kOver) return Error{Code::kSessionEnded, {}};
  if (state_ == State::kGreeting) return Error{Code::kSessionOrder, "before the other side's Hello"};
  if (message.m_case() == v1::Wire::M_NOT_SET || sessions_own(message)) {
    return Error{Code::kSessionMessage, "not for others to send"};
  }
  const bool batch = message.has_batch();
  if (batch && lane == Lane::kControl) return Error{Code::kSessionOrder, "a batch on the control lane"};
  COMITY_TRY(Bytes bytes, proto::encode_checked(message));
  if (bytes.size() > (batch ? kMostBatchMessage : kMessageBytes)) {
    return Error{Code::kMessageTooLong, fmt::format("{} bytes", bytes.size())};
  }
  Flow& flow = flows_.at(index(lane));
  const std::size_t queued = channel_.backlog(lane);
  const std::size_t cap = limits::kLaneBytes.at(index(lane));
  if ((queued > cap || bytes.size() > cap - queued) && !COMITY_MUTATION("backlog")) {
    flow.refused = true;
    return Error{Code::kSessionBacklog, fmt::format("{} bytes wait", queued)};
  }
  if (batch) {
    const auto entries = static_cast<std::uint32_t>(message.batch().entry_size());
    if (!covers(flow.ours, entries, bytes.size())) {
      return Error{Code::kSessionCredit,
                   fmt::format("{} entries and {} bytes where {} and {} may be sent", entries, bytes.size(),
                               flow.ours.entries, flow.ours.bytes)};
    }
    flow.ours.entries -= entries;
    flow.ours.bytes -= bytes.size();
  }
  flow.waited = true;
  queue(lane, std::move(bytes));
  wake_();
  return {};
}

std::size_t LiveSession::backlog(v1::Lane lane) const {
  return channel_.backlog(lane_of(lane));
}

Session::Room LiveSession::credit(v1::Lane lane) const {
  return flows_.at(index(lane_of(lane))).ours;
}

void LiveSession::grant(v1::Lane to, std::uint32_t entries, std::uint64_t bytes) {
  const Lane lane = lane_of(to);
  if (lane == Lane::kControl) throw std::invalid_argument("the control lane has no credits");
  if (state_ == State::kClosing || state_ == State::kOver || (entries == 0 && bytes == 0)) return;
  // They count from now on: the message may travel before this side reads on.
  Flow& flow = flows_.at(index(lane));
  add(flow.theirs, entries, bytes);
  add(flow.to_grant, entries, bytes);
  wake_();
}

void LiveSession::bye(const v1::Bye& why) {
  if (state_ == State::kClosing || state_ == State::kOver) return;
  close_for(Error{Code::kSessionEnded, reason_name(why.reason())}, why, true);
}

void LiveSession::received(std::size_t count, Mono now) {
  channel_.received(count);
  const std::uint64_t records = channel_.records_in();
  while (state_ == State::kGreeting || state_ == State::kOpen) {
    const auto next = channel_.next();
    if (channel_.records_in() != records) heard_ = now;
    if (!next.ok()) {
      violated(next.error(), {});
      return;
    }
    if (!next.value()) break;
    deliver(next.value()->lane, next.value()->bytes, now);
    if (next.value()->closing && state_ != State::kClosing && state_ != State::kOver) {
      violated(Error{Code::kSessionOrder, "a last record without a Bye"}, {});
    }
  }
  if (state_ == State::kClosing) channel_.drop_input();
  renew(now);
}

void LiveSession::deliver(Lane lane, ByteView bytes, Mono now) {
  auto decoded = proto::decode<v1::Wire>(bytes, kMessageBytes);
  if (!decoded.ok()) {
    violated(decoded.error(), bytes);
    return;
  }
  v1::Wire& wire = decoded.value();
  Status status;
  if (wire.m_case() == v1::Wire::M_NOT_SET) {
    status = Error{Code::kSessionMessage, "it is empty"};
  } else if (wire.has_batch()) {
    status = take_batch(lane, wire.batch(), bytes.size());
  } else {
    messages_.spend(1, now);
    message_bytes_.spend(bytes.size(), now);
    if (sessions_own(wire)) {
      status = take_own(lane, wire);
      if (status.ok()) return;
    } else if (state_ == State::kGreeting) {
      status = Error{Code::kSessionOrder, "a message before Hello"};
    }
  }
  if (!status.ok()) {
    violated(status.error(), bytes);
    return;
  }
  handler_.message(*this, static_cast<v1::Lane>(lane), std::move(wire), bytes.size());
}

Status LiveSession::take_own(Lane lane, const v1::Wire& wire) {
  if (lane != Lane::kControl) return Error{Code::kSessionOrder, "on another lane than control"};
  if (wire.has_bye()) {
    theirs_ = wire.bye();
    end(error_of(wire.bye()));
    return {};
  }
  if (wire.has_hello() || state_ == State::kGreeting) return take_hello(wire);
  if (wire.has_credit()) return take_credit(wire.credit());
  if (wire.has_ping()) {
    pong_due_ = wire.ping().token();
    wake_();
    return {};
  }
  // Pongs may be left out, as one answers all before it, but never come unasked.
  if (wire.pong().token() <= last_pong_ || wire.pong().token() > last_ping_) {
    return Error{Code::kSessionOrder, "a Pong without its Ping"};
  }
  last_pong_ = wire.pong().token();
  return {};
}

Status LiveSession::take_hello(const v1::Wire& wire) {
  if (!wire.has_hello()) return Error{Code::kSessionOrder, "a message before Hello"};
  if (state_ != State::kGreeting) return Error{Code::kSessionOrder, "a second Hello"};
  COMITY_CHECK(check_hello(wire.hello(), contact_));
  remote_hello_ = wire.hello();
  for (const v1::Credit& credit : remote_hello_.credit())
    add(flows_.at(index(lane_of(credit.lane()))).ours, credit.entries(), credit.bytes());
  state_ = State::kOpen;
  opened_ = true;
  handler_.opened(*this);
  return {};
}

Status LiveSession::take_credit(const v1::Credit& credit) {
  if (credit.lane() == v1::LANE_CONTROL) {
    return Error{Code::kSessionMessage, "a credit for the control lane"};
  }
  add(flows_.at(index(lane_of(credit.lane()))).ours, credit.entries(), credit.bytes());
  handler_.room(*this, credit.lane());
  return {};
}

Status LiveSession::take_batch(Lane lane, const v1::EntryBatch& batch, std::size_t bytes) {
  if (state_ == State::kGreeting) return Error{Code::kSessionOrder, "a message before Hello"};
  if (lane == Lane::kControl) return Error{Code::kSessionOrder, "a batch on the control lane"};
  if (bytes > kMostBatchMessage) return Error{Code::kMessageTooLong, "a batch"};
  Room& theirs = flows_.at(index(lane)).theirs;
  const auto entries = static_cast<std::uint32_t>(batch.entry_size());
  if (!covers(theirs, entries, bytes)) {
    return Error{Code::kSessionCredit, fmt::format("{} entries and {} bytes where {} and {} were permitted",
                                                   entries, bytes, theirs.entries, theirs.bytes)};
  }
  theirs.entries -= entries;
  theirs.bytes -= bytes;
  return {};
}

Mono LiveSession::read_from() const noexcept {
  return std::max(messages_.free_from(), message_bytes_.free_from());
}

void LiveSession::lost(const Error& error) {
  if (state_ == State::kOver) return;
  if (state_ == State::kClosing) {
    end(why_);
    return;
  }
  const bool ended = error.code == Code::kEndOfStream || error.code == Code::kConnectionReset;
  if (!ended) {
    end(error);
  } else if (state_ == State::kGreeting && contact_.we_dialled) {
    end(Error{Code::kHandshakeRefused, "before its Hello"});
  } else {
    end(Error{Code::kSessionCut, error.code == Code::kEndOfStream ? "closed" : "reset"});
  }
}

void LiveSession::push(const v1::Wire& wire) {
  queue(Lane::kControl, proto::encode(wire));
}

void LiveSession::queue(Lane lane, Bytes message) {
#ifdef COMITY_TEST_TAPS
  if (the_tap != nullptr) {
    for (Tap::Message& each : the_tap->sends(*this, {static_cast<v1::Lane>(lane), std::move(message)}))
      channel_.push(static_cast<Lane>(each.lane), std::move(each.bytes));
    return;
  }
#endif
  channel_.push(lane, std::move(message));
}

void LiveSession::queue_own() {
  for (std::size_t i = 0; i < kLanes; ++i) {
    Room& room = flows_.at(i).to_grant;
    if (room == Room{}) continue;
    v1::Wire wire;
    wire.mutable_credit()->set_lane(static_cast<v1::Lane>(i));
    wire.mutable_credit()->set_entries(room.entries);
    wire.mutable_credit()->set_bytes(room.bytes);
    room = {};
    push(wire);
  }
  if (ping_due_) {
    ping_due_ = false;
    v1::Wire wire;
    wire.mutable_ping()->set_token(++last_ping_);
    push(wire);
  }
  if (pong_due_) {
    v1::Wire wire;
    wire.mutable_pong()->set_token(*pong_due_);
    pong_due_.reset();
    push(wire);
  }
}

ByteView LiveSession::output(Mono now) {
  if (state_ == State::kOver) return {};
  // Only when the stream takes bytes again: whoever does not read makes nothing grow here.
  if (waiting_since_ == runtime::kNever && state_ == State::kOpen) queue_own();
  const auto bytes = channel_.output();
  if (!bytes.ok()) {
    end(bytes.error());
    return {};
  }
  if (!bytes.value().empty() && waiting_since_ == runtime::kNever) waiting_since_ = now;
  return bytes.value();
}

void LiveSession::taken(std::size_t count, Mono now) {
  channel_.taken(count);
  waiting_since_ = channel_.unsent() == 0 ? runtime::kNever : now;
  renew(now);
  notice_room();
}

void LiveSession::notice_room() {
  for (std::size_t i = 0; i < kLanes && state_ == State::kOpen; ++i) {
    Flow& flow = flows_.at(i);
    const std::size_t queued = channel_.backlog(static_cast<Lane>(i));
    const bool better =
        (flow.refused && queued <= limits::kLaneBytes.at(i) / 2) || (flow.waited && queued == 0);
    if (!better) continue;
    flow.refused = false;
    flow.waited = queued != 0;
    handler_.room(*this, static_cast<v1::Lane>(i));
  }
}

Mono LiveSession::deadline() const noexcept {
  if (state_ == State::kOver) return runtime::kNever;
  if (state_ == State::kClosing) return flush_by_ == runtime::kNever ? Mono::min() : flush_by_;
  Mono first = runtime::after(started_, limits::kRenewAfter);
  if (state_ == State::kGreeting) first = runtime::after(started_, limits::kHelloTime);
  first = std::min({first, runtime::after(heard_, limits::kDeadAfter),
                    runtime::after(std::max(heard_, pinged_), limits::kPingAfter)});
  return std::min(first, runtime::after(waiting_since_, limits::kStalledAfter));
}

void LiveSession::tick(Mono now) {
  if (state_ == State::kOver) return;
  if (state_ == State::kClosing) {
    if (flush_by_ == runtime::kNever) flush_by_ = runtime::after(now, limits::kFlushTime);
    if (now >= flush_by_) end(why_);
    return;
  }
  if (now >= runtime::after(heard_, limits::kDeadAfter)) {
    violated(Error{Code::kSessionSilent, "no sign of life"}, {});
  } else if (state_ == State::kGreeting && now >= runtime::after(started_, limits::kHelloTime)) {
    violated(Error{Code::kSessionSilent, "no Hello"}, {});
  } else if (now >= runtime::after(waiting_since_, limits::kStalledAfter)) {
    violated(Error{Code::kSessionSilent, "it does not read"}, {});
  } else if (now >= runtime::after(std::max(heard_, pinged_), limits::kPingAfter)) {
    pinged_ = now;
    ping_due_ = state_ == State::kOpen;
    wake_();
  }
  renew(now);
}

void LiveSession::renew(Mono now) {
  if (state_ != State::kOpen) return;
  const bool due = now >= runtime::after(started_, limits::kRenewAfter) ||
                   channel_.bytes_in() >= limits::kRenewBytes || channel_.bytes_out() >= limits::kRenewBytes;
  if (!due) return;
  v1::Bye bye;
  bye.set_reason(v1::REASON_REPLACED);
  bye.set_text("a new handshake is due");
  close_for(Error{Code::kSessionReplaced, bye.text()}, bye, true);
}

void LiveSession::violated(const Error& error, ByteView message) {
  if (state_ == State::kClosing || state_ == State::kOver) return;
  close_for(error, bye_for(error, reason_of(error.code), message), false);
}

void LiveSession::close_for(const Error& error, const v1::Bye& bye, bool drain) {
  why_ = error;
  state_ = State::kClosing;
  channel_.close_with(encoded(bye), drain);
  wake_();
}

void LiveSession::end(const Error& error) {
  why_ = error;
  state_ = State::kOver;
  wake_();
}

void LiveSession::finish() {
  if (state_ == State::kClosing) end(why_);
  if (state_ != State::kOver) end(Error{Code::kCancelled, {}});
#ifdef COMITY_TEST_TAPS
  if (the_tap != nullptr) the_tap->ended(*this);
#endif
  handler_.closed(*this, why_, theirs_);
}

}  // namespace comity::peer
