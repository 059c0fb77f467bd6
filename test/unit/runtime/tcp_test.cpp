// SPDX-License-Identifier: EUPL-1.2
// The real network on loopback. Nothing here measures time; timeouts only make things end.
#include <memory>
#include <optional>
#include <string>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "node/runtime/asio/system.h"
#include "node/runtime/deadline.h"
#include "node/runtime/loop.h"
#include "node/runtime/nursery.h"
#include "test/unit/skip.h"

namespace comity::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kLong = seconds(20);

struct Real {
  Loop loop;
  std::unique_ptr<Clock> clock = make_system_clock(loop.executor());
  std::unique_ptr<Net> net = make_tcp_net(loop.executor(), *clock);

  std::unique_ptr<Listener> listen(std::string_view at = "127.0.0.1:0") {
    return std::move(net->listen(Endpoint::parse(at).value())).value();
  }
};

struct Pair {
  std::unique_ptr<Stream> caller;
  std::unique_ptr<Stream> called;
};

Task<void> accept_into(Listener* listener, std::unique_ptr<Stream>* out) {
  auto stream = co_await listener->accept();
  *out = std::move(stream).value();
}

Task<Pair> connect(Real* real) {
  const auto listener = real->listen();
  Nursery nursery(co_await this_executor);
  Pair pair;
  nursery.spawn("accept", accept_into(listener.get(), &pair.called));
  auto dialled = co_await real->net->dial(listener->local(), kLong);
  pair.caller = std::move(dialled).value();
  co_await nursery.join();
  co_return pair;
}

Task<void> write_then_finish(Stream* stream, proto::Bytes bytes, Status* outcome) {
  *outcome = co_await write_all(*stream, bytes);
  stream->finish_writes();
}

Task<proto::Bytes> read_to_end(Stream* stream, std::size_t piece) {
  proto::Bytes all;
  proto::Bytes buffer(piece);
  for (;;) {
    const auto count = co_await stream->read_some(buffer);
    if (!count.ok()) {
      CHECK(count.error().code == Code::kEndOfStream);
      co_return all;
    }
    proto::append(all, proto::ByteView(buffer).first(*count));
  }
}

Task<void> echo(Stream* stream) {
  proto::Bytes buffer(1000);
  for (;;) {
    const auto count = co_await stream->read_some(buffer);
    if (!count.ok()) break;
    const Status written = co_await write_all(*stream, proto::ByteView(buffer).first(*count));
    if (!written.ok()) break;
  }
  stream->finish_writes();
}

proto::Bytes pattern(std::size_t size) {
  proto::Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<std::byte>(i * 31 + i / 251);
  return bytes;
}

Task<void> echo_round(Real* real) {
  Pair pair = co_await connect(real);
  CHECK(pair.caller->peer().host() == "127.0.0.1");
  CHECK(pair.called->peer().port() != pair.caller->peer().port());
  Nursery nursery(co_await this_executor);
  const proto::Bytes sent = pattern(700'001);
  Status written;
  nursery.spawn("echo", echo(pair.called.get()));
  nursery.spawn("write", write_then_finish(pair.caller.get(), sent, &written));
  const proto::Bytes back = co_await read_to_end(pair.caller.get(), 977);
  co_await nursery.join();
  CHECK(written.ok());
  CHECK(back == sent);
  const auto nothing = co_await pair.caller->read_some({});
  CHECK(nothing.value() == 0);
}

Task<void> read_into(Stream* stream, std::optional<Result<std::size_t>>* outcome) {
  proto::Bytes buffer(16);
  outcome->emplace(co_await stream->read_some(buffer));
}

Task<void> cancel_a_read(Real* real) {
  Pair pair = co_await connect(real);
  Nursery nursery(co_await this_executor);
  std::optional<Result<std::size_t>> outcome;
  nursery.spawn("read", read_into(pair.caller.get(), &outcome));
  for (int i = 0; i < 5; ++i)
    co_await yield_now();
  CHECK_FALSE(outcome.has_value());
  nursery.cancel();
  co_await nursery.join();
  CHECK(outcome->error().code == Code::kCancelled);
}

Task<void> close_under_a_read(Real* real) {
  Pair pair = co_await connect(real);
  Nursery nursery(co_await this_executor);
  std::optional<Result<std::size_t>> outcome;
  nursery.spawn("read", read_into(pair.caller.get(), &outcome));
  for (int i = 0; i < 5; ++i)
    co_await yield_now();
  pair.caller->close();
  pair.caller->close();
  co_await nursery.join();
  CHECK(outcome->error().code == Code::kStreamClosed);
  const auto later = co_await pair.caller->write_some(pattern(1));
  CHECK(later.error().code == Code::kStreamClosed);
}

Task<void> reset_by_peer(Real* real) {
  Pair pair = co_await connect(real);
  const Status written = co_await write_all(*pair.caller, pattern(100));
  CHECK(written.ok());
  // Closing with unread bytes makes the system send a reset.
  std::array<std::byte, 1> one{};
  const auto first = co_await pair.called->read_some(one);
  CHECK(first.ok());
  pair.called->close();
  const auto count = co_await pair.caller->read_some(one);
  CHECK(count.error().code == Code::kConnectionReset);
}

Task<void> read_with_deadline(Real* real) {
  Pair pair = co_await connect(real);
  proto::Bytes buffer(1);
  const auto count = co_await with_timeout(*real->clock, milliseconds(5), pair.caller->read_some(buffer));
  CHECK(count.error().code == Code::kTimedOut);
  // Reading timed out without taking anything; the stream still works.
  const Status written = co_await write_all(*pair.called, pattern(1));
  CHECK(written.ok());
  const auto again = co_await with_timeout(*real->clock, kLong, pair.caller->read_some(buffer));
  CHECK(again.value() == 1);
}

Task<void> dial_failures(Real* real) {
  auto listener = real->listen();
  const Endpoint gone = listener->local();
  listener.reset();
  const auto refused = co_await real->net->dial(gone, kLong);
  CHECK(refused.error().code == Code::kConnectionRefused);
  const auto zero = co_await real->net->dial(Endpoint::parse("127.0.0.1:0").value(), kLong);
  CHECK(zero.error().code == Code::kBadEndpoint);
  const auto empty = co_await real->net->dial(Endpoint(), kLong);
  CHECK(empty.error().code == Code::kBadEndpoint);
}

Task<void> dial_by_name(Real* real) {
  const auto listener = real->listen();
  const Endpoint named = Endpoint::make("localhost", listener->local().port()).value();
  const auto stream = co_await real->net->dial(named, kLong);
  CHECK(stream.ok());
}

Task<void> dial_into(Real* real, Endpoint to, std::optional<Code>* code) {
  const auto stream = co_await real->net->dial(to, kLong);
  if (!stream.ok()) *code = stream.error().code;
}

Task<void> cancel_a_lookup(Real* real) {
  const auto listener = real->listen();
  Nursery nursery(co_await this_executor);
  std::optional<Code> code;
  nursery.spawn("dial",
                dial_into(real, Endpoint::make("localhost", listener->local().port()).value(), &code));
  nursery.cancel();
  co_await nursery.join();
  CHECK(code == Code::kCancelled);
}

Task<void> accept_code(Listener* listener, std::optional<Code>* code) {
  const auto stream = co_await listener->accept();
  if (!stream.ok()) *code = stream.error().code;
}

Task<void> end_accepts(Real* real) {
  const auto listener = real->listen();
  Nursery nursery(co_await this_executor);
  std::optional<Code> code;
  nursery.spawn("accept", accept_code(listener.get(), &code));
  for (int i = 0; i < 5; ++i)
    co_await yield_now();
  nursery.cancel();
  co_await nursery.join();
  CHECK(code == Code::kCancelled);
  Nursery other(co_await this_executor);
  code.reset();
  other.spawn("accept", accept_code(listener.get(), &code));
  for (int i = 0; i < 5; ++i)
    co_await yield_now();
  listener->close();
  co_await other.join();
  CHECK(code == Code::kStreamClosed);
}

/// No more descriptors than are open now, while it lives.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int next = ::open("/dev/null", O_RDONLY);
    ::close(next);
    rlimit now = before_;
    now.rlim_cur = static_cast<rlim_t>(next);
    ::setrlimit(RLIMIT_NOFILE, &now);
  }
  NoMoreDescriptors(const NoMoreDescriptors&) = delete;
  NoMoreDescriptors& operator=(const NoMoreDescriptors&) = delete;
  ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

Task<void> run_out_of_descriptors(Real* real) {
  const auto listener = real->listen();
  // The connection stands in the system's queue until it is asked for.
  const auto waiting = co_await real->net->dial(listener->local(), kLong);
  REQUIRE(waiting.ok());
  {
    const NoMoreDescriptors limit;
    const auto refused = co_await listener->accept();
    CHECK(refused.error().code == Code::kOutOfSockets);
  }
  const auto accepted = co_await listener->accept();
  CHECK(accepted.ok());
}

Task<void> both_families(Real* real, Listener* listener) {
  const std::uint16_t port = listener->local().port();
  for (const char* host : {"127.0.0.1", "::1"}) {
    const auto caller = co_await real->net->dial(Endpoint::make(host, port).value(), kLong);
    REQUIRE(caller.ok());
    const auto called = co_await listener->accept();
    REQUIRE(called.ok());
    CHECK((*called)->peer().host() == host);
  }
}

}  // namespace

TEST_CASE("TCP carries bytes both ways, whole and in order, in whatever pieces") {
  Real real;
  real.loop.run(echo_round(&real));
}

TEST_CASE("TCP: a read ends by cancellation, by close, by reset and by a deadline, each with its code") {
  Real real;
  real.loop.run(cancel_a_read(&real));
  real.loop.run(close_under_a_read(&real));
  real.loop.run(reset_by_peer(&real));
  real.loop.run(read_with_deadline(&real));
}

TEST_CASE("TCP: dialling says why it failed, and takes names") {
  Real real;
  real.loop.run(dial_failures(&real));
  real.loop.run(dial_by_name(&real));
  real.loop.run(cancel_a_lookup(&real));
}

TEST_CASE("TCP: listening says why it failed") {
  Real real;
  const auto listener = real.listen();
  CHECK(real.net->listen(listener->local()).error().code == Code::kAddressInUse);
  CHECK(real.net->listen(Endpoint::parse("localhost:0").value()).error().code == Code::kBadEndpoint);
  CHECK(real.net->listen(Endpoint::parse("192.0.2.1:0").value()).error().code == Code::kUnreachable);
}

TEST_CASE("TCP: accept ends by cancellation and by close, and survives a lack of descriptors") {
  Real real;
  real.loop.run(end_accepts(&real));
  real.loop.run(run_out_of_descriptors(&real));
}

TEST_CASE("TCP: the IPv6 wildcard takes both families and spells IPv4 callers as IPv4") {
  Real real;
  auto listener = real.net->listen(Endpoint::parse("[::]:0").value());
  if (!listener.ok()) {
    test::skip("this machine has no IPv6");
    return;
  }
  real.loop.run(both_families(&real, listener->get()));
}

}  // namespace comity::runtime
