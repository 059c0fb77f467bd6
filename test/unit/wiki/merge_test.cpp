// SPDX-License-Identifier: EUPL-1.2
#include <doctest/doctest.h>

#include "node/community/wiki/chunks.h"
#include "node/community/wiki/shown.h"
#include "test/splitmix.h"

namespace comity::community::wiki {
namespace {

EntryId id_of(std::uint8_t number) {
  Bytes raw(EntryId::kSize, std::byte{0});
  raw.back() = std::byte{number};
  return EntryId::from(raw).value();
}
const EntryId kOne = id_of(1);
const EntryId kTwo = id_of(2);
const EntryId kThree = id_of(3);

Merged both(std::string_view base, std::string ours, std::string_view theirs) {
  return fold(base, merged_of(kOne, std::move(ours)), kTwo, theirs).value();
}
std::string clean(std::string_view base, std::string ours, std::string_view theirs) {
  const Merged merged = both(base, std::move(ours), theirs);
  REQUIRE_FALSE(merged.conflict());
  return plain_text(merged);
}

// The slow, obvious twin of chunks(): base lines that both sides kept are stable, and whatever stands between
// two stable lines is one chunk.
std::vector<Chunk> oracle(std::size_t base_size, std::span<const Hunk> ours, std::span<const Hunk> theirs) {
  constexpr std::size_t kGone = static_cast<std::size_t>(-1);
  const auto places = [&](std::span<const Hunk> hunks) {
    std::vector<std::size_t> out(base_size, kGone);
    for (std::size_t i = 0; i < base_size; ++i) {
      std::size_t place = i;
      bool gone = false;
      for (const Hunk& hunk : hunks) {
        gone = gone || (i >= hunk.old_begin && i < hunk.old_end);
        if (hunk.old_end <= i)
          place = place - (hunk.old_end - hunk.old_begin) + (hunk.new_end - hunk.new_begin);
      }
      if (!gone) out[i] = place;
    }
    return out;
  };
  const auto size_of = [&](std::span<const Hunk> hunks) {
    std::size_t out = base_size;
    for (const Hunk& hunk : hunks)
      out = out - (hunk.old_end - hunk.old_begin) + (hunk.new_end - hunk.new_begin);
    return out;
  };
  const auto we = places(ours);
  const auto they = places(theirs);
  std::vector<Chunk> out;
  Chunk open;
  const auto close = [&](std::size_t base_end, std::size_t our_end, std::size_t their_end) {
    open.base_end = base_end;
    open.our_end = our_end;
    open.their_end = their_end;
    const auto touched = [&](std::span<const Hunk> hunks) {
      return std::any_of(hunks.begin(), hunks.end(), [&](const Hunk& hunk) {
        return hunk.old_begin >= open.base_begin && hunk.old_end <= open.base_end;
      });
    };
    if (open.base_end > open.base_begin || open.our_end > open.our_begin ||
        open.their_end > open.their_begin) {
      open.kind = touched(ours) && touched(theirs) ? Chunk::Kind::kBoth
                  : touched(ours)                  ? Chunk::Kind::kOurs
                                                   : Chunk::Kind::kTheirs;
      out.push_back(open);
    }
  };
  for (std::size_t i = 0; i < base_size; ++i) {
    if (we[i] == kGone || they[i] == kGone) continue;
    close(i, we[i], they[i]);
    if (!out.empty() && out.back().kind == Chunk::Kind::kSame && out.back().base_end == i) {
      ++out.back().base_end;
      ++out.back().our_end;
      ++out.back().their_end;
    } else {
      out.push_back({Chunk::Kind::kSame, i, i + 1, we[i], we[i] + 1, they[i], they[i] + 1});
    }
    open = {.base_begin = i + 1, .our_begin = we[i] + 1, .their_begin = they[i] + 1};
  }
  close(base_size, size_of(ours), size_of(theirs));
  return out;
}

std::vector<Token> random_tokens(test::SplitMix& random, std::size_t most) {
  std::vector<Token> out(random.below(most + 1));
  for (Token& token : out)
    token = static_cast<Token>(random.below(4));
  return out;
}

TEST_CASE("Hunks turn one sequence into the other, with equal pieces between them") {
  test::SplitMix random(3);
  for (int round = 0; round < 3000; ++round) {
    const auto before = random_tokens(random, 12);
    const auto after = random_tokens(random, 12);
    const auto found = hunks(before, after).value();
    std::vector<Token> made;
    std::size_t at = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      const Hunk& hunk = found[i];
      REQUIRE(hunk.old_begin >= at + (i > 0 ? 1 : 0));
      REQUIRE(hunk.old_end + hunk.new_end > hunk.old_begin + hunk.new_begin);
      made.insert(made.end(), before.begin() + std::ptrdiff_t(at),
                  before.begin() + std::ptrdiff_t(hunk.old_begin));
      REQUIRE(made.size() == hunk.new_begin);
      made.insert(made.end(), after.begin() + std::ptrdiff_t(hunk.new_begin),
                  after.begin() + std::ptrdiff_t(hunk.new_end));
      at = hunk.old_end;
    }
    made.insert(made.end(), before.begin() + std::ptrdiff_t(at), before.end());
    REQUIRE(made == after);
  }
}

TEST_CASE("Chunks of two ways agree with the stable lines of the oracle") {
  test::SplitMix random(5);
  std::size_t conflicts = 0;
  for (int round = 0; round < 5000; ++round) {
    const auto base = random_tokens(random, 12);
    const auto ours = hunks(base, random_tokens(random, 12)).value();
    const auto theirs = hunks(base, random_tokens(random, 12)).value();
    const auto found = chunks(base.size(), ours, theirs);
    REQUIRE(found == oracle(base.size(), ours, theirs));
    for (const Chunk& chunk : found)
      conflicts += chunk.kind == Chunk::Kind::kBoth ? 1U : 0U;
  }
  CHECK(conflicts > 1000);
}

TEST_CASE("Changes in different places are joined") {
  CHECK(clean("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n") == "A\nb\nC\n");
  CHECK(clean("a\nb\nc\n", "a\nb\nc\nd\n", "b\nc\n") == "b\nc\nd\n");
  CHECK(clean("", "", "x\n") == "x\n");
  CHECK(clean("a\n", "a\n", "") == "");
}

TEST_CASE("The same change of both is taken once") {
  CHECK(clean("a\nb\n", "a\nB\n", "a\nB\n") == "a\nB\n");
  CHECK(clean("", "new\n", "new\n") == "new\n");
  CHECK(clean("a\nb\n", "", "") == "");
}

TEST_CASE("Different words of one line are joined") {
  CHECK(clean("The budget rises by ten percent.\n", "The budget falls by ten percent.\n",
              "The budget rises by two percent.\n") == "The budget falls by two percent.\n");
}

TEST_CASE("What cannot be joined is shown with both sides, whole lines, and no marks in the text") {
  const Merged merged =
      both("start\nthe limit is 10\nend\n", "start\nthe limit is 20\nend\n", "start\nthe limit is 30\nend\n");
  REQUIRE(merged.blocks.size() == 3);
  CHECK(merged.blocks[0] == Block{"start\n", {}});
  CHECK(merged.blocks[1].sides ==
        std::vector<Side>{{{kOne}, "the limit is 20\n"}, {{kTwo}, "the limit is 30\n"}});
  CHECK(merged.blocks[2] == Block{"end\n", {}});
  CHECK(merged.heads == std::vector{kOne, kTwo});
}

TEST_CASE("Removed here and changed there is a conflict with an empty side") {
  const Merged merged = both("a\nb\nc\n", "a\nc\n", "a\nB\nc\n");
  REQUIRE(merged.conflict());
  CHECK(merged.blocks[1].sides == std::vector<Side>{{{kOne}, ""}, {{kTwo}, "B\n"}});
}

TEST_CASE("A third head leaves a conflict alone, joins a side of it, or becomes its third side") {
  const std::string base = "x\n1\ny\nz\n";
  const Merged two = both(base, "x\n2\ny\nz\n", "x\n3\ny\nz\n");
  SUBCASE("elsewhere") {
    const Merged three = fold(base, two, kThree, "x\n1\ny\nZ\n").value();
    CHECK(three.blocks[1] == two.blocks[1]);
    CHECK(three.blocks[2].text == "y\nZ\n");
  }
  SUBCASE("the same") {
    const Merged three = fold(base, two, kThree, "x\n3\ny\nz\n").value();
    CHECK(three.blocks[1].sides == std::vector<Side>{{{kOne}, "2\n"}, {{kTwo, kThree}, "3\n"}});
  }
  SUBCASE("another") {
    const Merged three = fold(base, two, kThree, "x\n4\ny\nz\n").value();
    CHECK(three.blocks[1].sides == std::vector<Side>{{{kOne}, "2\n"}, {{kTwo}, "3\n"}, {{kThree}, "4\n"}});
  }
}

TEST_CASE("More than 20,000 lines are set beside each other whole, and not compared") {
  std::string base;
  for (std::size_t i = 0; i <= kMostMergedLines; ++i)
    base += "l\n";
  const Merged merged = both(base, "A\n" + base, base + "B\n");
  REQUIRE(merged.blocks.size() == 1);
  CHECK(merged.blocks[0].sides.size() == 2);
  const std::string fits = base.substr(4);
  CHECK(clean(fits, "A\n" + fits, fits + "B\n") == "A\n" + fits + "B\n");
}

TEST_CASE("Bytes of any kind are only ever moved about") {
  const std::string odd("\0\x1b[31m\xe2\x80\xae\xff\n", 10);
  CHECK(clean(odd + "a\nb\n", odd + "A\nb\n", odd + "a\nb\n" + odd) == odd + "A\nb\n" + odd);
}

}  // namespace
}  // namespace comity::community::wiki
