// SPDX-License-Identifier: EUPL-1.2
#include "proto/error.h"

#include <doctest/doctest.h>

#include "proto/ids.h"

namespace comity::proto {

TEST_CASE("an error prints its code, sentence, particulars and next step on one line") {
  const std::string line = to_string(Error{Code::kBadHex, "file\nname"});
  CHECK(line == "CMY-1001: this is not hexadecimal (file\\x0aname). Use pairs of the digits 0-9 and a-f.");
}

TEST_CASE("particulars neither add lines nor turn the text round nor hold broken bytes") {
  const auto shown = [](std::string_view detail) {
    const std::string line = to_string(Error{Code::kBadHex, std::string(detail)});
    return line.substr(line.find('(') + 1, line.rfind(')') - line.find('(') - 1);
  };
  CHECK(shown("Grüße, 部門") == "Grüße, 部門");
  CHECK(shown("a\xe2\x80\xae"
              "b") == "a\\xe2\\x80\\xaeb");
  CHECK(shown("\xe2\x80\xa8") == "\\xe2\\x80\\xa8");
  CHECK(shown("\xc2\x9b") == "\\xc2\\x9b");
  CHECK(shown("\x9b"
              "x\xc3") == "\\x9bx\\xc3");
}

TEST_CASE("every code is found by its number, and no other number is") {
  CHECK(code_from_number(1001) == Code::kBadHex);
  CHECK_FALSE(code_from_number(999).has_value());
  unsigned known = 0;
  for (std::uint16_t number = 0; number < 10'000; ++number) {
    if (const auto code = code_from_number(number)) {
      ++known;
      CHECK_FALSE(describe(*code).sentence.empty());
      CHECK(describe(*code).sentence.back() != '.');
      CHECK(number >= 1000);
    }
  }
  CHECK(known >= 3);
}

TEST_CASE("an id takes exactly its size") {
  const Bytes right(32, std::byte{7});
  CHECK(AgencyId::from(right).value().hex().substr(0, 4) == "0707");
  CHECK(AgencyId::from(Bytes(31)).error().code == Code::kWrongSize);
  CHECK(AgencyId::from(Bytes(33)).error().code == Code::kWrongSize);
  CHECK(AgencyId().is_zero());
}

}  // namespace comity::proto
