// SPDX-License-Identifier: EUPL-1.2
#include "node/http/encoding.h"

#include <doctest/doctest.h>
#include <zlib.h>

namespace comity::http {
namespace {

std::string unzip(const std::string& zipped) {
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
  std::string out(1'000'000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(zipped.data()));
  stream.avail_in = static_cast<uInt>(zipped.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

}  // namespace

TEST_CASE("gzip is taken where it is named and not refused") {
  for (const char* yes :
       {"gzip", "deflate, gzip, br", "GZIP", "x-gzip", "gzip;q=0.5", "*", "br;q=1.0, *;q=0.1", "gzip;q=1"}) {
    CAPTURE(yes);
    CHECK(takes_gzip(yes));
  }
  for (const char* no :
       {"", "br", "gzip;q=0", "gzip; q=0.000", "*;q=0", "identity", "gzipped", "gzip;q=0, *"}) {
    CAPTURE(no);
    CHECK_FALSE(takes_gzip(no));
  }
}

TEST_CASE("what was compressed comes back") {
  std::string text;
  for (int i = 0; i < 20'000; ++i)
    text += std::to_string(i * i) + "\n";
  for (const Effort effort : {Effort::kOnce, Effort::kEach}) {
    const auto zipped = gzip(text, effort);
    REQUIRE(zipped.ok());
    CHECK(zipped->size() < text.size());
    CHECK(unzip(*zipped) == text);
  }
  const auto empty = gzip("", Effort::kEach);
  REQUIRE(empty.ok());
  CHECK(unzip(*empty).empty());
}

TEST_CASE("a tag that the browser holds is known again") {
  CHECK(none_match_holds("\"a\"", "\"a\""));
  CHECK(none_match_holds("\"b\", W/\"a\"", "\"a\""));
  CHECK(none_match_holds("*", "\"a\""));
  CHECK_FALSE(none_match_holds("\"b\"", "\"a\""));
  CHECK_FALSE(none_match_holds("", "\"a\""));
  CHECK_FALSE(none_match_holds(",,", "\"a\""));
  CHECK_FALSE(none_match_holds("a", "\"a\""));
}

}  // namespace comity::http
