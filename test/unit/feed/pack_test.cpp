// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/pack.h"

#include <doctest/doctest.h>
#include <zstd.h>

#include "test/unit/seeded.h"

namespace comity::feed {
namespace {

Bytes prose(test::SeededRandom& random, std::size_t size) {
  static const std::string_view kWords[] = {"the ",    "committee ", "asks ",   "every ", "office ", "to ",
                                            "report ", "by ",        "Friday ", "noon. ", "Annex ",  "B\n"};
  std::string text;
  while (text.size() < size) {
    text += kWords[random.below(std::size(kWords))];
    if (random.chance(20)) text += std::to_string(random.below(100'000));
  }
  text.resize(size);
  return proto::to_bytes(text);
}

Bytes framed(const Bytes& content) {
  Bytes out(1 + ZSTD_compressBound(content.size()));
  out[0] = std::byte{1};
  out.resize(1 + ZSTD_compress(out.data() + 1, out.size() - 1, content.data(), content.size(), 19));
  return out;
}

}  // namespace

TEST_CASE("content comes back as it was, and prose takes less room") {
  test::SeededRandom random(3);
  for (const std::size_t size : {0U, 1U, 40U, 1500U, 70'000U, 288U * 1024U}) {
    const Bytes text = prose(random, size);
    const auto packed = pack(text);
    REQUIRE(packed.ok());
    if (size >= 1500) CHECK(packed->size() < size * 2 / 3);
    const auto back = unpack(*packed);
    REQUIRE(back.ok());
    CHECK(*back == text);
  }
}

TEST_CASE("randomness and very regular text are sealed as they are, so that every reader takes them") {
  test::SeededRandom random(4);
  Bytes noise(5000);
  random.fill(noise);
  for (const Bytes& content : {noise, Bytes(200'000, std::byte{'a'})}) {
    const auto packed = pack(content);
    REQUIRE(packed.ok());
    CHECK(packed->size() == content.size() + 1);
    CHECK(unpack(*packed).value() == content);
  }
}

TEST_CASE("what would grow beyond the bound is refused before it grows") {
  CHECK(pack(Bytes(kMostContentBytes + 1)).error().code == Code::kFeedContentTooLong);
  CHECK(unpack(framed(Bytes(200'000, std::byte{'a'}))).error().code == Code::kFeedContentRatio);
  CHECK(unpack(framed(Bytes(std::size_t{1} << 24U))).error().code == Code::kFeedContentTooLong);
  CHECK(unpack(Bytes(kMostContentBytes + 2)).error().code == Code::kFeedContentTooLong);
}

TEST_CASE("unpacking answers every damage with an error") {
  test::SeededRandom random(5);
  const Bytes text = prose(random, 3000);
  const Bytes packed = pack(text).value();
  CHECK(unpack({}).error().code == Code::kFeedBodyFormat);
  for (std::size_t size = 1; size < packed.size(); ++size) {
    CHECK_FALSE(unpack(ByteView(packed).first(size)).ok());
  }
  Bytes twice = packed;
  proto::append(twice, ByteView(packed).subspan(1));
  CHECK(unpack(twice).error().code == Code::kFeedBodyFormat);
  Bytes other = packed;
  other[0] = std::byte{2};
  CHECK(unpack(other).error().code == Code::kFeedBodyFormat);
  // A flipped bit may yield another text of the same size: the seal around it is what notices that.
  for (std::size_t bit = 8; bit < packed.size() * 8; ++bit) {
    Bytes flipped = packed;
    flipped[bit / 8] ^= std::byte{1} << static_cast<int>(bit % 8);
    const auto back = unpack(flipped);
    if (back.ok()) CHECK(back->size() <= kMostContentBytes);
  }
}

}  // namespace comity::feed
