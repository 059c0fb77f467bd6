// SPDX-License-Identifier: EUPL-1.2
// Row 4 of docs/threat-model.md between whole nodes, by the virtual clock: no time-out, back-off or new
// attempt may stand between what was poisoned and what follows.
#include "test/support/poison.h"

#include "node/community/posts/post_reader.h"
#include "node/feed/draft.h"
#include "test/unit/federation_node/forum.h"

namespace comity::sim::nodes {
namespace {

struct Poisoned : Forum {
  Poisoned() : Forum(2) {}

  void seal(proto::Bytes packed) {
    daemon::Core& core = *finance.core();
    auto decision = core.world().spaces().release(space, {.tlp = v1::TLP_GREEN}, {});
    REQUIRE(decision.ok());
    core.feeds().writer().append(core.world().spaces().find(space)->membership.feed,
                                 feed::content_draft(*std::move(decision), std::move(packed),
                                                     [this](const proto::Result<feed::Appended>& result) {
                                                       if (result.ok()) poisoned.push_back(*result);
                                                     }));
    core.feeds().writer().flush();
  }
  [[nodiscard]] std::string read(Agency& at, const proto::EntryId& entry) {
    const auto view = at.store()->snapshot().value();
    const auto sights = at.core()->world().spaces().sights();
    community::PostReader reader(*view, *sights, at.storage_key(),
                                 {.kind = community::Reader::Kind::kOperator});
    const auto shown = reader.show(entry);
    return shown.ok() ? shown->text : std::string();
  }

  Agency& health = town.at(0);
  Agency& finance = town.at(1);
  std::vector<feed::Appended> poisoned{};
};

}  // namespace

TEST_CASE("row 4: what follows five hundred poisoned entries can be read within a second") {
  Poisoned t;
  const auto question = t.post(t.health, "a question");
  REQUIRE(question.ok());
  REQUIRE(t.arrives(t.finance, question->id));
  const auto poisons = comity::test::poisons(t.finance.id(), question->id);
  REQUIRE(poisons.size() > 500);
  for (const auto& poison : poisons)
    t.seal(poison.packed);
  const auto next = t.post(t.finance, "what follows");
  REQUIRE(next.ok());
  REQUIRE(t.poisoned.size() == poisons.size());
  t.town.assembly.run_for(std::chrono::seconds(1));
  CHECK(t.read(t.health, next->id) == "what follows");

  for (std::size_t i = 0; i < poisons.size(); ++i) {
    CAPTURE(poisons[i].name);
    CHECK(Forum::holds(t.health, t.poisoned[i].id));
    CHECK(t.read(t.health, t.poisoned[i].id).empty());
  }
  CHECK(Town::connected(t.health, t.finance));
  CHECK_FALSE(t.town.assembly.world().failure());
}

}  // namespace comity::sim::nodes
