// SPDX-License-Identifier: EUPL-1.2
#include "node/http/connection.h"

#include <deque>
#include <list>

#include <doctest/doctest.h>

#include "node/runtime/condition.h"
#include "node/runtime/loop.h"
#include "node/runtime/nursery.h"

namespace comity::http {
namespace {

using namespace std::chrono_literals;
using proto::ByteView;
using proto::Code;
using proto::Error;
using proto::Result;

/// Time that moves when the test says so.
class ManualClock final : public runtime::Clock {
 public:
  runtime::Mono now() const noexcept override { return now_; }
  runtime::Wall wall_now() const noexcept override { return {}; }
  Task<proto::Status> sleep_until(runtime::Mono when) override {
    while (now_ < when)
      COMITY_CO_CHECK(co_await moved_.wait());
    co_return proto::Status{};
  }
  void advance(runtime::Duration span) {
    now_ = runtime::after(now_, span);
    moved_.notify_all();
  }

 private:
  runtime::Mono now_{};
  runtime::Condition moved_;
};

/// The server's end of a connection in memory; the test writes `incoming` and reads `outgoing`.
class Pipe final : public runtime::Stream {
 public:
  struct Shared {
    std::deque<std::byte> incoming;
    std::string outgoing;
    bool ended = false;         // the caller has finished
    bool closed = false;        // the server has
    bool reads_slowly = false;  // the caller takes nothing
    runtime::Condition changed;
  };
  explicit Pipe(Shared& shared) : shared_(shared) {}
  ~Pipe() override { close(); }

  Task<Result<std::size_t>> read_some(std::span<std::byte> out) override {
    while (shared_.incoming.empty() && !shared_.ended && !shared_.closed) {
      COMITY_CO_CHECK(co_await shared_.changed.wait());
    }
    if (shared_.closed) co_return Error{Code::kStreamClosed, {}};
    if (shared_.incoming.empty()) co_return Error{Code::kEndOfStream, {}};
    std::size_t count = 0;
    for (; count < out.size() && !shared_.incoming.empty(); ++count) {
      out[count] = shared_.incoming.front();
      shared_.incoming.pop_front();
    }
    co_return count;
  }
  Task<Result<std::size_t>> write_some(ByteView bytes) override {
    while (shared_.reads_slowly && !shared_.closed)
      COMITY_CO_CHECK(co_await shared_.changed.wait());
    if (shared_.closed) co_return Error{Code::kStreamClosed, {}};
    shared_.outgoing += proto::as_text(bytes);
    co_return bytes.size();
  }
  void finish_writes() noexcept override {}
  void close() noexcept override {
    shared_.closed = true;
    shared_.changed.notify_all();
  }
  const runtime::Endpoint& peer() const noexcept override { return peer_; }

 private:
  Shared& shared_;
  runtime::Endpoint peer_;
};

class TwoPieces final : public Outflow {
 public:
  Task<void> run(Outlet* to) override {
    const proto::Status first = co_await to->write("one");
    CHECK(first.ok());
    // No piece, no chunk: an empty one would end the answer.
    const proto::Status nothing = co_await to->write("");
    CHECK(nothing.ok());
    const proto::Status second = co_await to->write("0123456789abcdef");
    CHECK(second.ok());
  }
};

Task<Response> echo(Request request, Caller caller) {
  if (request.target == "/throw") throw std::runtime_error("the handler broke");
  Response response;
  if (request.target == "/flow") {
    response.outflow = std::make_shared<TwoPieces>();
    co_return response;
  }
  response.body = request.method + " " + request.target + " " + std::to_string(caller.uid.value_or(0)) + " " +
                  request.body;
  co_return response;
}

/// A connection under test. Everything runs inside step().
struct Bench {
  Bench() {
    service.handler = echo;
    service.refusal = [](const Error& error) {
      return Response{.status = status_of(error.code), .body = proto::code_label(error.code)};
    };
    service.failed = [this](const std::string& what) { failures.push_back(what); };
    nursery.spawn("connection",
                  serve(std::make_unique<Pipe>(shared), Caller{.uid = 1004}, &service, &draining, &clock));
    step();
  }
  ~Bench() {
    nursery.cancel();
    loop.run(nursery.join());
  }
  void step() {
    while (loop.poll(1000) > 0) {
    }
  }
  void send(std::string_view text) {
    const ByteView bytes = proto::as_bytes(text);
    shared.incoming.insert(shared.incoming.end(), bytes.begin(), bytes.end());
    shared.changed.notify_all();
    step();
  }
  void pass(runtime::Duration span) {
    clock.advance(span);
    step();
  }
  void hang_up() {
    shared.ended = true;
    shared.changed.notify_all();
    step();
  }
  /// What was answered since the last call.
  std::string answers() { return std::exchange(shared.outgoing, {}); }
  [[nodiscard]] bool ended() const { return nursery.count() == 0; }

  runtime::Loop loop{runtime::Loop::Threads::kSingle};
  ManualClock clock;
  Pipe::Shared shared;
  Service service;
  Draining draining;
  std::vector<std::string> failures;
  runtime::Nursery nursery{loop.executor()};
};

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("several requests on one connection, sent ahead") {
  Bench bench;
  bench.send("GET /a HTTP/1.1\r\n\r\nPOST /b HTTP/1.1\r\nContent-Length: 2\r\n\r\nhiGET /c HTTP/1.1\r\n\r\n");
  const std::string answers = bench.answers();
  CHECK(holds(answers, "\r\n\r\nGET /a 1004 HTTP/1.1 200 OK"));
  CHECK(holds(answers, "\r\n\r\nPOST /b 1004 hiHTTP/1.1 200 OK"));
  CHECK(answers.ends_with("\r\n\r\nGET /c 1004 "));
  CHECK_FALSE(bench.ended());
}

TEST_CASE("a caller that asks for close, or ends, gets its answer and the end") {
  Bench bench;
  bench.send("GET /a HTTP/1.1\r\nConnection: close\r\n\r\n");
  CHECK(holds(bench.answers(), "Connection: close"));
  CHECK(bench.ended());

  Bench other;
  other.hang_up();
  CHECK(other.answers().empty());
  CHECK(other.ended());
}

TEST_CASE("a HEAD gets the length without the body") {
  Bench bench;
  bench.send("HEAD /a HTTP/1.1\r\n\r\n");
  const std::string answer = bench.answers();
  CHECK(holds(answer, "Content-Length: 13"));
  CHECK(answer.ends_with("\r\n\r\n"));
}

TEST_CASE("a body that waits for permission gets it") {
  Bench bench;
  bench.send("POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(bench.answers() == "HTTP/1.1 100 Continue\r\n\r\n");
  bench.send("ok");
  CHECK(bench.answers().ends_with("POST /a 1004 ok"));
}

TEST_CASE("a broken request gets one typed answer and the end") {
  Bench bench;
  bench.send("NONSENSE\r\n\r\n");
  const std::string answer = bench.answers();
  CHECK(answer.starts_with("HTTP/1.1 400 "));
  CHECK(answer.ends_with("CMY-1700"));
  bench.send("and some more");
  CHECK_FALSE(bench.ended());
  bench.hang_up();
  CHECK(bench.answers().empty());
  CHECK(bench.ended());

  Bench large;
  large.send("GET / HTTP/1.1\r\nX: " + std::string(20'000, 'a'));
  CHECK(large.answers().starts_with("HTTP/1.1 431 "));
  for (int i = 0; i < 200 && !large.ended(); ++i)
    large.send(std::string(10'000, 'b'));
  CHECK(large.ended());
}

TEST_CASE("a caller that sends slowly runs out of time, not the node out of room") {
  Bench bench;
  bench.pass(59s);
  CHECK_FALSE(bench.ended());
  bench.send("GET / HT");
  for (int i = 0; i < 9; ++i) {
    bench.pass(1s);
    bench.send("T");
  }
  CHECK(bench.answers().empty());
  bench.pass(1s);
  CHECK(holds(bench.answers(), "408 Request Timeout"));
  bench.pass(2s);
  CHECK(bench.ended());
}

TEST_CASE("a body that never comes runs out of time") {
  Bench bench;
  bench.send("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab");
  bench.pass(60s);
  CHECK(holds(bench.answers(), "CMY-1703"));
  bench.hang_up();
  CHECK(bench.ended());
}

TEST_CASE("silence between requests ends the connection without a word") {
  Bench bench;
  bench.send("GET / HTTP/1.1\r\n\r\n");
  CHECK_FALSE(bench.answers().empty());
  bench.pass(60s);
  CHECK(bench.answers().empty());
  CHECK(bench.ended());
}

TEST_CASE("a caller that does not take its answer is left after a while") {
  Bench bench;
  bench.shared.reads_slowly = true;
  bench.send("GET / HTTP/1.1\r\n\r\n");
  CHECK_FALSE(bench.ended());
  bench.pass(60s);
  CHECK(bench.ended());
}

TEST_CASE("a handler that throws is reported and answered with 500, without its words") {
  Bench bench;
  bench.send("GET /throw HTTP/1.1\r\n\r\n");
  const std::string answer = bench.answers();
  CHECK(answer.starts_with("HTTP/1.1 500 "));
  CHECK_FALSE(holds(answer, "the handler broke"));
  REQUIRE(bench.failures.size() == 1);
  CHECK(bench.failures[0] == "the handler broke");
  CHECK(bench.ended());
}

TEST_CASE("all requests together take a bounded room, which is free again after the answer") {
  Bench bench;
  bench.service.most_held = 1'000;
  bench.send("POST /a HTTP/1.1\r\nContent-Length: 500\r\n\r\n" + std::string(500, 'a'));
  CHECK(holds(bench.answers(), "200 OK"));
  bench.send("POST /a HTTP/1.1\r\nContent-Length: 500\r\n\r\n" + std::string(500, 'a'));
  CHECK(holds(bench.answers(), "200 OK"));
  bench.send("POST /a HTTP/1.1\r\nContent-Length: 2000\r\n\r\n" + std::string(1'500, 'a'));
  CHECK(bench.answers().starts_with("HTTP/1.1 503 "));
  bench.hang_up();
  CHECK(bench.ended());
  CHECK(bench.draining.held == 0);
}

TEST_CASE("an answer that has no known length flows in chunks and ends the connection") {
  Bench bench;
  bench.send("GET /flow HTTP/1.1\r\n\r\n");
  const std::string answer = bench.answers();
  CHECK(holds(answer, "Transfer-Encoding: chunked\r\n"));
  CHECK(holds(answer, "Connection: close\r\n"));
  CHECK_FALSE(holds(answer, "Content-Length"));
  CHECK(answer.ends_with("\r\n\r\n3\r\none\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n"));
  CHECK(bench.ended());
}

TEST_CASE("who asks for the header of such an answer gets it alone") {
  Bench bench;
  bench.send("HEAD /flow HTTP/1.1\r\n\r\n");
  CHECK(bench.answers().ends_with("\r\n\r\n"));
  CHECK(bench.ended());
}

TEST_CASE("while draining, a started request is answered and waiting connections are known") {
  Bench bench;
  CHECK(bench.draining.idle.size() == 1);
  bench.send("GET /last HT");
  CHECK(bench.draining.idle.empty());
  bench.draining.started = true;
  bench.send("TP/1.1\r\n\r\n");
  CHECK(holds(bench.answers(), "Connection: close"));
  CHECK(bench.ended());
}

}  // namespace comity::http
