// SPDX-License-Identifier: EUPL-1.2
#include "node/http/parser.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace comity::http {
namespace {

using proto::as_bytes;
using proto::Code;

const std::string kPost =
    "POST /v1/status HTTP/1.1\r\nHost: control\r\nContent-Type: application/json\r\nContent-Length: "
    "13\r\n\r\n"
    R"({"peers":true})"
    "";

const std::string kChunked =
    "POST /v1/post HTTP/1.1\r\nHost: control\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5;note=\"x\"\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: yes\r\n\r\n";

/// The code with which the parser refuses `text`, or nothing while it would read on.
std::optional<Code> refusal(std::string_view text, Limits limits = {}) {
  RequestParser parser(limits);
  const auto taken = parser.feed(as_bytes(text));
  if (taken.ok()) return std::nullopt;
  return taken.error().code;
}

}  // namespace

TEST_CASE("a request arrives in any pieces") {
  const std::string text =
      "POST /v1/status?x=1 HTTP/1.1\r\nHost: control\r\nX-A: 1\r\nContent-Length: 4\r\n\r\nbody";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    RequestParser parser;
    for (std::size_t at = 0; at < text.size(); at += piece) {
      CHECK_FALSE(parser.done());
      const std::string_view part = std::string_view(text).substr(at, piece);
      const auto taken = parser.feed(as_bytes(part));
      REQUIRE(taken.ok());
      CHECK(*taken == part.size());
    }
    REQUIRE(parser.done());
    const Request request = parser.take();
    CHECK(request.method == "POST");
    CHECK(request.target == "/v1/status?x=1");
    CHECK(request.fields.find("x-a") == "1");
    CHECK(request.body == "body");
    CHECK(request.keep_alive);
  }
}

TEST_CASE("a last chunk that is cut anywhere is waited for") {
  const std::string head = "POST / HTTP/1.1\r\nHost: control\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string body : {"0\r\n\r\n", "0\r\nX: y\r\n\r\n", "1\r\na\r\n0\r\n\r\n", "0;x=y\r\n\r\n"}) {
    for (std::size_t piece = 1; piece <= body.size(); ++piece) {
      CAPTURE(body);
      CAPTURE(piece);
      RequestParser parser;
      REQUIRE(parser.feed(as_bytes(head)).ok());
      for (std::size_t at = 0; at < body.size(); at += piece) {
        CHECK_FALSE(parser.done());
        REQUIRE(parser.feed(as_bytes(std::string_view(body).substr(at, piece))).ok());
      }
      REQUIRE(parser.done());
      CHECK(parser.take().body == (body.starts_with('1') ? "a" : ""));
    }
  }
  // What is no last chunk after all is refused, in one piece or in many.
  for (const std::string body : {"0\r\nX", "0\r\n\nGET", "0\r\n\r\r\n", "0\n\r\n\r\n"}) {
    for (std::size_t piece = 1; piece <= body.size(); ++piece) {
      CAPTURE(body);
      RequestParser parser;
      REQUIRE(parser.feed(as_bytes(head)).ok());
      bool refused = false;
      for (std::size_t at = 0; at < body.size() && !refused; at += piece)
        refused = !parser.feed(as_bytes(std::string_view(body).substr(at, piece))).ok();
      CHECK_FALSE(parser.done());
      if (!refused) CHECK_FALSE(parser.finish().ok());
    }
  }
}

TEST_CASE("a chunked body arrives in any pieces, without its coding") {
  for (std::size_t piece = 1; piece <= kChunked.size(); ++piece) {
    RequestParser parser;
    for (std::size_t at = 0; at < kChunked.size(); at += piece) {
      REQUIRE(parser.feed(as_bytes(std::string_view(kChunked).substr(at, piece))).ok());
    }
    REQUIRE(parser.done());
    CHECK(parser.take().body == "hello world");
  }
}

TEST_CASE("bytes of the next request are left") {
  const std::string first = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string both = first + kPost;
  for (std::size_t split = 1; split < first.size(); ++split) {
    RequestParser parser;
    REQUIRE(*parser.feed(as_bytes(both.substr(0, split))) == split);
    CHECK(*parser.feed(as_bytes(both.substr(split))) == first.size() - split);
    REQUIRE(parser.done());
    CHECK(parser.take().method == "GET");
  }
}

TEST_CASE("every truncation waits for more and is an error at the end of the stream") {
  for (const std::string& text : {kPost, kChunked}) {
    const std::string whole = text.substr(0, text.size() - (text == kPost ? 1 : 0));
    for (std::size_t size = 1; size < whole.size(); ++size) {
      RequestParser parser;
      REQUIRE(parser.feed(as_bytes(whole.substr(0, size))).ok());
      CHECK_FALSE(parser.done());
      const auto end = parser.finish();
      REQUIRE_FALSE(end.ok());
      CHECK(end.error().code == Code::kHttpMalformed);
    }
  }
}

TEST_CASE("a flipped bit never does more than refuse or change the message") {
  for (std::size_t bit = 0; bit < kChunked.size() * 8; ++bit) {
    std::string text = kChunked;
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
    RequestParser parser({.header = 256, .body = 64});
    const auto taken = parser.feed(as_bytes(text));
    if (taken.ok()) {
      CHECK(*taken <= text.size());
      if (parser.done()) CHECK(parser.take().body.size() <= 64);
    } else {
      const Code code = taken.error().code;
      CHECK((code == Code::kHttpMalformed || code == Code::kHttpUnsupported ||
             code == Code::kHttpBodyTooLarge || code == Code::kHttpHeaderTooLarge));
    }
  }
}

TEST_CASE("fields beyond the bound are refused, wherever they stand") {
  const Limits limits{.header = 1024, .body = 1024};
  const std::string long_text(2000, 'a');
  CHECK(refusal("GET /" + long_text, limits) == Code::kHttpHeaderTooLarge);
  CHECK(refusal("GET / HTTP/1.1\r\nX: " + long_text, limits) == Code::kHttpHeaderTooLarge);
  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 400; ++i)
    many += "X-A: b\r\n";
  CHECK(refusal(many + "\r\n", limits) == Code::kHttpHeaderTooLarge);
  const std::string chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK(refusal(chunked + "1;" + long_text, limits).has_value());
  CHECK(refusal(chunked + "0\r\nX: " + long_text, limits).has_value());
}

TEST_CASE("a byte at a time, endless fields stay within the bound too") {
  RequestParser parser({.header = 1024, .body = 1024});
  REQUIRE(parser.feed(as_bytes("GET / HTTP/1.1\r\nX: ")).ok());
  std::size_t given = 0;
  while (parser.feed(as_bytes("a")).ok())
    REQUIRE(++given < 2048);
  CHECK(given <= 1024);
}

TEST_CASE("a body beyond the bound is refused before it arrives") {
  CHECK(refusal("POST / HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n") == Code::kHttpBodyTooLarge);
  CHECK(refusal("POST / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n") ==
        Code::kHttpBodyTooLarge);
  CHECK(refusal("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n" + std::string(1024, 'x') +
                    "\r\n1\r\nx\r\n0\r\n\r\n",
                {.header = 512, .body = 1024}) == Code::kHttpBodyTooLarge);
}

TEST_CASE("what could be read in two ways is refused") {
  // Two lengths, or a length beside a transfer coding, are how requests are smuggled past a proxy.
  const std::vector<std::string> texts = {
      "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
      "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\na",
      "POST / HTTP/1.1\r\nContent-Length: 0x1\r\n\r\na",
      "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\na",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
      "GET / HTTP/1.1\r\nX : 1\r\n\r\n",
      "GET / HTTP/1.1\r\nno colon\r\n\r\n",
      "GET / HTTP/1.1\nHost: a\n\n\r\n\r\n",
      "GET / HTTP/1.1\r\nX: a\rb\r\n\r\n",
      "GET /\x01 HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1 extra\r\n\r\n",
      " GET / HTTP/1.1\r\n\r\n",
      "G\xc3\xabT / HTTP/1.1\r\n\r\n",
  };
  for (const std::string& text : texts) {
    CAPTURE(text);
    const auto code = refusal(text);
    CHECK((code == Code::kHttpMalformed || code == Code::kHttpUnsupported));
  }
}

TEST_CASE("other versions, codings and upgrades are refused by name") {
  CHECK(refusal("GET / HTTP/2.0\r\n\r\n") == Code::kHttpUnsupported);
  CHECK(refusal("POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n") == Code::kHttpUnsupported);
  CHECK(refusal("POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n") == Code::kHttpUnsupported);
  CHECK(refusal("GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n") ==
        Code::kHttpUnsupported);
}

TEST_CASE("an answer may be read to the end of the stream") {
  ResponseParser parser;
  REQUIRE(parser.feed(as_bytes("HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\n\r\nlater"))
              .ok());
  CHECK_FALSE(parser.done());
  REQUIRE(parser.finish().ok());
  const Response response = parser.take();
  CHECK(response.status == 503);
  CHECK(response.content_type == "text/plain");
  CHECK(response.body == "later");
}

TEST_CASE("what one side writes the other reads") {
  ResponseParser responses;
  REQUIRE(responses.feed(as_bytes(to_wire(Response{.status = 409, .body = R"({"a":1})"}))).ok());
  REQUIRE(responses.done());
  CHECK(responses.take().body == R"({"a":1})");

  RequestParser requests;
  REQUIRE(requests.feed(as_bytes(to_wire(Request{"POST", "/v1/x", {}, "{}", false}))).ok());
  REQUIRE(requests.done());
  const Request request = requests.take();
  CHECK(request.body == "{}");
  CHECK_FALSE(request.keep_alive);
}

}  // namespace comity::http
