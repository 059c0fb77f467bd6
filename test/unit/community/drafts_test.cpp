// SPDX-License-Identifier: EUPL-1.2
#include "node/community/people/drafts.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "node/community/people/drafts_table.h"
#include "test/unit/community/world.h"

namespace comity::community {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

struct Desk {
  World world{91};
  Agency& health = world.add("health");
  PersonRow maria = health.person("maria");
  PersonRow ben = health.person("ben");

  [[nodiscard]] std::unique_ptr<storage::View> view() { return health.peer.node.store->snapshot().value(); }
  [[nodiscard]] const crypto::Key32& key() { return health.peer.node.storage_key; }
  Status keep(const UserId& user, std::string name, std::string text, std::uint64_t at = 1) {
    COMITY_TRY(auto rows,
               keep_draft(*view(), key(), health.peer.node.random, user,
                          {.key = std::move(name), .text = std::move(text), .written = from_millis(at)}));
    REQUIRE(health.peer.node.store->commit(std::move(rows)).ok());
    return {};
  }
  std::vector<Draft> of(const UserId& user) { return drafts_of(*view(), key(), user).value(); }
};

}  // namespace

TEST_CASE("a draft is its writer's alone, and the newest of its key") {
  Desk at;
  REQUIRE(at.keep(at.maria.id, "update", "one", 1).ok());
  REQUIRE(at.keep(at.maria.id, "reply:x", "two", 2).ok());
  REQUIRE(at.keep(at.maria.id, "update", "three", 3).ok());
  REQUIRE(at.of(at.maria.id).size() == 2);
  CHECK(at.of(at.maria.id)[0] == Draft{.key = "update", .text = "three", .written = from_millis(3)});
  CHECK(at.of(at.ben.id).empty());
  REQUIRE(at.health.peer.node.store->commit(drop_draft(at.maria.id, "update")).ok());
  REQUIRE(at.health.peer.node.store->commit(drop_draft(at.maria.id, "never")).ok());
  CHECK(at.of(at.maria.id).size() == 1);
}

TEST_CASE("the text of a draft is nowhere on disk as it was written") {
  Desk at;
  REQUIRE(at.keep(at.maria.id, "update", "a word that stands out: kumquat").ok());
  std::size_t rows = 0;
  REQUIRE(at.view()
              ->walk(kDrafts.range(at.maria.id), false,
                     [&](proto::ByteView, proto::ByteView value) {
                       ++rows;
                       const std::string_view text(reinterpret_cast<const char*>(value.data()), value.size());
                       CHECK(text.find("kumquat") == std::string_view::npos);
                       return true;
                     })
              .ok());
  CHECK(rows == 1);
}

TEST_CASE("a draft that was moved or damaged is told, not shown") {
  Desk at;
  REQUIRE(at.keep(at.maria.id, "update", "mine").ok());
  Bytes value;
  REQUIRE(at.view()
              ->walk(kDrafts.range(at.maria.id), false,
                     [&](proto::ByteView, proto::ByteView found) {
                       value.assign(found.begin(), found.end());
                       return false;
                     })
              .ok());
  storage::Batch moved;
  moved.put(kDrafts.key(at.ben.id, std::string("update")), value);
  REQUIRE(at.health.peer.node.store->commit(std::move(moved)).ok());
  CHECK(drafts_of(*at.view(), at.key(), at.ben.id).error().code == Code::kFeedDamaged);
  CHECK(at.of(at.maria.id).size() == 1);
}

TEST_CASE("drafts are bounded: in bytes, in keys, in number") {
  Desk at;
  CHECK(at.keep(at.maria.id, "", "x").error().code == Code::kTextRule);
  CHECK(at.keep(at.maria.id, std::string(kMostDraftKeyBytes + 1, 'k'), "x").error().code == Code::kTextRule);
  CHECK(at.keep(at.maria.id, "k", std::string(kMostDraftBytes + 1, 'x')).error().code == Code::kTextTooLong);
  REQUIRE(at.keep(at.maria.id, "k", std::string(kMostDraftBytes, 'x')).ok());
  for (std::uint64_t one = 2; one < kMostDrafts + 5; ++one)
    REQUIRE(at.keep(at.maria.id, "k" + std::to_string(one), "x", one).ok());
  const auto kept = at.of(at.maria.id);
  CHECK(kept.size() == kMostDrafts);
  CHECK(kept.front().written == from_millis(kMostDrafts + 4));
  CHECK(std::none_of(kept.begin(), kept.end(), [](const Draft& one) { return one.key == "k"; }));
}

}  // namespace comity::community
