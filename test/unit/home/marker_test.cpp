// SPDX-License-Identifier: EUPL-1.2
#include "node/home/marker.h"

#include <doctest/doctest.h>

#include "node/home/open.h"
#include "proto/moment.h"
#include "test/unit/home/folder.h"
#include "test/unit/seeded.h"

namespace comity::home {
namespace {

using namespace std::chrono_literals;
using proto::Code;

const Moment kNow{std::chrono::milliseconds(1'795'000'000'123)};

}  // namespace

TEST_CASE("marker and boots read back what they wrote") {
  test::SeededRandom random(1);
  const Marker marker{random.next<proto::AgencyId>(), random.next<proto::InstanceId>(), kNow};
  CHECK(*read_marker(write_marker(marker), "f") == marker);
  const Boots boots{42, false, kNow};
  CHECK(*read_boots(write_boots(boots), "f") == boots);
}

TEST_CASE("every truncation and every changed byte of the marker is seen, or changes the marker") {
  test::SeededRandom random(2);
  const Marker marker{random.next<proto::AgencyId>(), random.next<proto::InstanceId>(), kNow};
  const std::string text = write_marker(marker);
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto read = read_marker(text.substr(0, size), "f");
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().code == Code::kHomeDamaged);
  }
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char other : {'\n', ' ', '0', 'z', '\xff'}) {
      std::string changed = text;
      if (changed[at] == other) continue;
      changed[at] = other;
      const auto read = read_marker(changed, "f");
      if (read.ok()) CHECK_FALSE(*read == marker);
    }
  }
  CHECK_FALSE(read_marker(text + "more\n", "f").ok());
}

TEST_CASE("a later version is told apart from damage") {
  CHECK(read_marker("comity data directory 2\nwhatever\n", "f").error().code == Code::kHomeNewer);
  CHECK(read_boots("comity boots 7\n", "f").error().code == Code::kHomeNewer);
  CHECK(read_boots("comity boots 0\n", "f").error().code == Code::kHomeDamaged);
  CHECK(read_boots("comity boots 1\ncount -1\nclean yes\nseen 1\n", "f").error().code == Code::kHomeDamaged);
  CHECK(read_boots("comity boots 1\ncount 1\nclean maybe\nseen 1\n", "f").error().code == Code::kHomeDamaged);
}

TEST_CASE("the clock may go back a day and ahead a year, not further") {
  CHECK(check_clock(kNow - 24h, kNow).ok());
  CHECK(check_clock(kNow - 24h - 1ms, kNow).error().code == Code::kClockFar);
  CHECK(check_clock(kNow + 366 * 24h, kNow).ok());
  const auto ahead = check_clock(kNow + 366 * 24h + 1ms, kNow);
  REQUIRE_FALSE(ahead.ok());
  CHECK(ahead.error().detail.find(proto::moment_text(kNow)) != std::string::npos);
}

TEST_CASE("moments are shown as RFC 3339") {
  CHECK(proto::moment_text(Moment(std::chrono::milliseconds(1'000'000'000'999))) == "2001-09-09T01:46:40Z");
}

TEST_CASE("the two counts of starts tell a crash from a restored copy") {
  const Boots beside{.count = 5, .clean = true, .seen = kNow};
  const Boot usual = next_boot(beside, 5, "here");
  CHECK((usual.count == 6 && usual.clean && !usual.restored));
  const Boot cut_off = next_boot(beside, 6, "here");  // the process died between the two writes
  CHECK((cut_off.count == 7 && !cut_off.clean && !cut_off.restored));
  for (const std::uint64_t stored : {0U, 4U, 7U}) {
    const Boot restored = next_boot(beside, stored, "here");
    CHECK((restored.count == std::max<std::uint64_t>(stored, 5) + 1 && restored.restored));
  }
  CHECK_FALSE(next_boot({.count = 5, .clean = false, .seen = kNow}, 5, "here").clean);
}

TEST_CASE("a copy of a directory is told from it, however whole it is") {
  const Boots beside{.count = 5, .clean = true, .seen = kNow, .place = "12-3.4"};
  CHECK(*read_boots(write_boots(beside), "f") == beside);
  CHECK_FALSE(next_boot(beside, 5, "12-3.4").restored);
  CHECK(next_boot(beside, 5, "13-3.4").restored);
  const Folder folder;
  const Paths original(folder.path / "original");
  const Paths copy(folder.path / "copy");
  const Paths moved(folder.path / "moved");
  std::filesystem::create_directory(original.directory());
  const auto place = place_of(original);
  REQUIRE(place.ok());
  CHECK(*place_of(original) == *place);
  std::filesystem::copy(original.directory(), copy.directory(), std::filesystem::copy_options::recursive);
  CHECK(*place_of(copy) != *place);
  std::filesystem::rename(original.directory(), moved.directory());
  CHECK(*place_of(moved) == *place);
  CHECK(place_of(original).error().code == proto::Code::kHomeMissing);
}

}  // namespace comity::home
