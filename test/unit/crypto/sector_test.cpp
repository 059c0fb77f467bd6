// SPDX-License-Identifier: EUPL-1.2
#include "crypto/sector.h"

#include <algorithm>
#include <stdexcept>

#include <doctest/doctest.h>

#include "test/unit/crypto/counting_random.h"

namespace comity::crypto {
namespace {

SectorCipher::Key key_of(std::uint8_t first, std::uint8_t second) {
  SectorCipher::Key key;
  auto out = key.writable();
  std::fill(out.begin(), out.begin() + 32, std::byte{first});
  std::fill(out.begin() + 32, out.end(), std::byte{second});
  return key;
}

using Buffer = std::array<std::byte, kSectorBytes>;

Buffer counting() {
  Buffer out{};
  for (std::size_t i = 0; i < out.size(); ++i)
    out.at(i) = static_cast<std::byte>(i);
  return out;
}

}  // namespace

TEST_CASE("sectors are AES-256-XTS: vector 10 of IEEE 1619, whose first blocks do not depend on the length") {
  SectorCipher::Key key;
  const auto bytes = proto::from_hex(
      "27182818284590452353602874713526624977572470936999595749669676273141592653589793238462643383279502884197169399"
      "375105820974944592");
  REQUIRE(bytes.ok());
  REQUIRE(bytes->size() == key.writable().size());
  std::copy(bytes->begin(), bytes->end(), key.writable().begin());
  SectorCipher cipher(key);
  Buffer sector = counting();
  cipher.seal(0xff, sector);
  CHECK(proto::to_hex(proto::ByteView(sector).first(32)) ==
        "1c3b3a102f770386e4836c99e370cf9bea00803f5e482357a4ae12d414a3e63b");
  cipher.open(0xff, sector);
  CHECK(sector == counting());
}

TEST_CASE("a sector opens under its own key and number only") {
  SectorCipher cipher(key_of(1, 2));
  SectorCipher other(key_of(1, 3));
  Buffer sealed = counting();
  cipher.seal(7, sealed);
  for (const bool same_key : {true, false}) {
    for (const std::uint64_t number : {std::uint64_t{7}, std::uint64_t{8}, std::uint64_t{1} << 60 | 7}) {
      Buffer sector = sealed;
      (same_key ? cipher : other).open(number, sector);
      CHECK((sector == counting()) == (same_key && number == 7));
    }
  }
  Buffer again = counting();
  cipher.seal(8, again);
  CHECK(again != sealed);
  CHECK_THROWS_AS(SectorCipher(key_of(5, 5)), std::logic_error);
}

}  // namespace comity::crypto
