// SPDX-License-Identifier: EUPL-1.2
#include "node/config/value.h"

#include <limits>
#include <string>

#include <doctest/doctest.h>

namespace comity::config {

using std::chrono::seconds;

TEST_CASE("sizes are read with their unit and written in the largest that loses nothing") {
  CHECK(parse_byte_size("0B")->bytes == 0);
  CHECK(parse_byte_size("1023B")->bytes == 1023);
  CHECK(parse_byte_size("64KiB")->bytes == 65'536);
  CHECK(parse_byte_size("2GiB")->bytes == std::int64_t{2} << 30);
  CHECK(to_text(ByteSize{1536}) == "1536B");
  CHECK(to_text(ByteSize{0}) == "0B");
  CHECK(to_text(*parse_byte_size("1024MiB")) == "1GiB");
  for (const char* wrong : {"", "B", "12", "12 MiB", " 12MiB", "12MB", "12mib", "-1MiB", "+1MiB", "1.5GiB",
                            "0x1B", "12MiB ", "8388608TiB", "99999999999999999999B"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_byte_size(wrong).has_value());
  }
  CHECK(parse_byte_size("8388607TiB").has_value());
}

TEST_CASE("durations are read with their unit and written in the largest that loses nothing") {
  CHECK(parse_duration("30s") == seconds{30});
  CHECK(parse_duration("90m") == seconds{5'400});
  CHECK(parse_duration("72h") == seconds{259'200});
  CHECK(to_text(seconds{259'200}) == "3d");
  CHECK(to_text(seconds{5'400}) == "90m");
  CHECK(to_text(seconds{61}) == "61s");
  for (const char* wrong : {"", "h", "72", "72 h", "1h30m", "-1h", "1.5h", "72H", "1w", "106751991167301d"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_duration(wrong).has_value());
  }
}

TEST_CASE("an endpoint is a name or an address with a port") {
  CHECK(parse_endpoint("127.0.0.1:7443") == Endpoint{"127.0.0.1", 7443});
  CHECK(parse_endpoint("[2001:db8::1]:443") == Endpoint{"2001:db8::1", 443});
  CHECK(parse_endpoint("localhost:1") == Endpoint{"localhost", 1});
  CHECK(parse_endpoint("comity.health.example:65535") == Endpoint{"comity.health.example", 65'535});
  CHECK(to_text(Endpoint{"2001:db8::1", 443}) == "[2001:db8::1]:443");
  CHECK(to_text(Endpoint{"a.example", 1}) == "a.example:1");
  CHECK(to_text(Endpoint{}).empty());
}

TEST_CASE("what is no endpoint is refused without a look-up") {
  const std::string long_label(64, 'a');
  const std::string long_name = std::string(63, 'a') + "." + std::string(63, 'b') + "." +
                                std::string(63, 'c') + "." + std::string(62, 'd') + ":1";
  for (const std::string& wrong : {std::string(),
                                   std::string(":1"),
                                   std::string("a"),
                                   std::string("a:"),
                                   std::string("a:0"),
                                   std::string("a:65536"),
                                   std::string("a:+1"),
                                   std::string("a:1 "),
                                   std::string(" a:1"),
                                   std::string("a b:1"),
                                   std::string("-a:1"),
                                   std::string("a-:1"),
                                   std::string("a..b:1"),
                                   std::string(".a:1"),
                                   std::string("a.:1"),
                                   std::string("10.0.0.300:1"),
                                   std::string("10.0.0:1"),
                                   std::string("::1:443"),
                                   std::string("[::1]"),
                                   std::string("[::1:443"),
                                   std::string("[]:1"),
                                   std::string("[fe80::1%eth0]:1"),
                                   std::string("[10.0.0.1]:1"),
                                   std::string("http://a:1"),
                                   std::string("a_b:1"),
                                   std::string("ä.example:1"),
                                   std::string("127.0.0.1\0:1", 12),
                                   long_label + ":1",
                                   long_name}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_endpoint(wrong).has_value());
  }
}

}  // namespace comity::config
