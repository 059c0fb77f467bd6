// SPDX-License-Identifier: EUPL-1.2
#include "node/home/create.h"

#include <doctest/doctest.h>

#include "node/home/open.h"
#include "node/home/store.h"
#include "test/unit/home/folder.h"
#include "test/unit/seeded.h"

namespace comity::home {
namespace {

using proto::Code;

const Moment kNow{std::chrono::milliseconds(1'795'000'000'123)};

Plan plan_for(const std::filesystem::path& directory) {
  Plan plan{.directory = directory};
  plan.settings.agency.name = "Ministry of Health";
  plan.settings.agency.short_name = "health";
  REQUIRE(config::assign(plan.settings, "node.listen", "127.0.0.1:7443").ok());
  return plan;
}

}  // namespace

TEST_CASE("what is created can be opened") {
  Folder folder;
  test::SeededRandom random(1);
  const auto created = create_home(plan_for(folder.path / "health"), kNow, random);
  REQUIRE(created.ok());
  const Paths paths(folder.path / "health");
  const auto marker = look(paths);
  REQUIRE(marker.ok());
  CHECK(*marker == created->marker);
  const config::Loaded loaded = config::load_settings(paths.settings());
  CHECK(loaded.ok());
  CHECK(loaded.settings == plan_for(paths.directory()).settings);
  const auto identity = load_identity(paths, *marker, {});
  REQUIRE(identity.ok());
  CHECK(identity->chain.agency() == marker->agency);
  auto store = open_store(paths, loaded.settings, *marker, Ballast::kLeave);
  REQUIRE(store.ok());
  CHECK(*stored_boots(**store) == 0);
  REQUIRE(store_boots(**store, 7).ok());
  CHECK(*stored_boots(**store) == 7);
}

TEST_CASE("two directories never share an id") {
  Folder folder;
  test::SeededRandom random(2);
  const auto first = create_home(plan_for(folder.path / "one"), kNow, random);
  const auto second = create_home(plan_for(folder.path / "two"), kNow, random);
  REQUIRE((first.ok() && second.ok()));
  CHECK(first->marker.agency != second->marker.agency);
  CHECK(first->marker.instance != second->marker.instance);
}

TEST_CASE("a path with a slash at its end, or dots in it, is the same directory") {
  Folder folder;
  test::SeededRandom random(3);
  REQUIRE(create_home(plan_for(folder.path / "x" / ".." / "health" / ""), kNow, random).ok());
  CHECK(look(Paths(folder.path / "health")).ok());
  CHECK(create_home(plan_for(folder.path / "health"), kNow, random).error().code == Code::kHomeExists);
}

TEST_CASE("a failure leaves nothing behind") {
  Folder folder;
  test::SeededRandom random(4);
  Plan plan = plan_for(folder.path / "health");
  plan.root_key_file = folder.path / "absent" / "root.key";
  CHECK_FALSE(create_home(plan, kNow, random).ok());
  CHECK(std::filesystem::is_empty(folder.path));
  CHECK(create_home(plan_for(folder.path / "absent" / "health"), kNow, random).error().code ==
        Code::kHomePath);
  CHECK(create_home(plan_for(folder.path / std::string(100, 'x')), kNow, random).error().code ==
        Code::kHomePath);
  CHECK(std::filesystem::is_empty(folder.path));
}

}  // namespace comity::home
