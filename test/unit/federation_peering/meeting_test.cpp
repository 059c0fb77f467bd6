// SPDX-License-Identifier: EUPL-1.2
// Two sides that change their agreement without knowing of each other's change, each as often as it likes.
#include <doctest/doctest.h>

#include "test/unit/federation_peering/line.h"

namespace comity::federation::test {
namespace {

/// Two agencies and what is under way between them, in order in each direction.
struct Both {
  explicit Both(std::uint64_t seed = 5) : random(seed) {}

  Office& at(bool health) { return health ? pair.health : pair.finance; }
  [[nodiscard]] static std::string other(bool health) { return health ? "finance" : "health"; }
  [[nodiscard]] const Agreed& held(bool health) { return *at(health).peer(other(health)).agreement; }
  /// Terms in force at one side, as health would have proposed them.
  [[nodiscard]] Terms terms(bool health) { return held(health).terms_of(pair.health.id()); }
  void say(bool health, std::vector<v1::Wire> messages) {
    for (v1::Wire& wire : messages)
      queue(health).push_back(std::move(wire));
  }
  std::deque<v1::Wire>& queue(bool from_health) { return from_health ? from_health_ : from_finance_; }

  /// One of many narrowings, the more the longer it goes on.
  void narrow(bool health) {
    Terms next = held(health).terms_of(at(health).id());
    std::optional<Flow>& flow = random.chance(50) ? next.proposer_sends : next.accepter_sends;
    switch (random.below(5)) {
      case 0:
        next.ends -= minutes(1 + random.below(100));
        break;
      case 1:
        if (flow) flow->bytes_per_day = flow->bytes_per_day == 0 ? 1'000'000 : flow->bytes_per_day - 1;
        break;
      case 2:
        if (flow) flow->patterns = {random.chance(50) ? "hr/*" : "wiki"};
        break;
      case 3:
        if (flow && flow->ceiling.tlp > v1::TLP_GREEN) flow->ceiling.tlp = v1::TLP_GREEN;
        break;
      default:
        next.keep_days = next.keep_days == 0 ? 90 : next.keep_days - 1;
        break;
    }
    auto step = at(health).peering->narrow(other(health), next, By::node(), kNow);
    if (step.ok()) say(health, at(health).apply(*std::move(step)));
  }
  void propose(bool health) {
    Terms next = held(health).terms_of(at(health).id());
    next.ends += days(1 + random.below(9));
    next.proposer_sends = Flow{.patterns = {"*"}, .ceiling = {.tlp = v1::TLP_RED}};
    say(health, at(health).apply(at(health).peering->widen(other(health), next, By::node(), kNow)));
  }
  /// What the other side said first arrives. What counts at the receiver never gets wider by it.
  void deliver(bool from_health) {
    const v1::Wire wire = std::move(queue(from_health).front());
    queue(from_health).pop_front();
    const Terms before = terms(!from_health);
    say(!from_health,
        at(!from_health)
            .apply(at(!from_health).peering->take_agreement(at(from_health).id(), wire.agreement(), kNow)));
    CHECK(narrows(before, terms(!from_health)));
  }
  void deliver_all() {
    for (unsigned rounds = 0; !(from_health_.empty() && from_finance_.empty()); ++rounds) {
      REQUIRE(rounds < 60);
      deliver(from_finance_.empty() || (!from_health_.empty() && random.chance(50)));
    }
  }
  void check_same() {
    CHECK(held(true).message.agreement() == held(false).message.agreement());
    CHECK(held(true).digest == held(false).digest);
  }

  Pair pair{};
  SeededRandom random;

 private:
  std::deque<v1::Wire> from_health_{};
  std::deque<v1::Wire> from_finance_{};
};

}  // namespace

TEST_CASE("two that narrowed at once, a different number of times, end with what both still allow") {
  for (unsigned by_health = 0; by_health < 5; ++by_health) {
    for (unsigned by_finance = 0; by_finance < 5; ++by_finance) {
      CAPTURE(by_health);
      CAPTURE(by_finance);
      Both both(by_health * 10 + by_finance);
      for (unsigned i = 0; i < by_health; ++i)
        both.narrow(true);
      for (unsigned i = 0; i < by_finance; ++i)
        both.narrow(false);
      const Terms wanted = meet(both.terms(true), both.terms(false));
      both.deliver_all();
      both.check_same();
      CHECK(narrows(wanted, both.terms(true)));
      CHECK(narrows(both.terms(true), wanted));
      both.pair.health.restart();
      both.pair.finance.restart();
      both.check_same();
    }
  }
}

TEST_CASE("two that changed it while they were apart agree when they meet") {
  for (const auto& [by_health, by_finance] : {std::pair(1, 3), std::pair(3, 1), std::pair(2, 5)}) {
    Both both;
    for (int i = 0; i < by_health; ++i)
      both.narrow(true);
    for (int i = 0; i < by_finance; ++i)
      both.narrow(false);
    // Nothing of it arrived.
    Line line(both.pair.health, both.pair.finance);
    line.open();
    CHECK_FALSE(line.failure);
    CHECK(line.at_a.open());
    CHECK(line.at_b.open());
    both.check_same();
  }
}

TEST_CASE("two that each close their own direction close both, though their agreements have one digest") {
  for (const bool heard : {true, false}) {
    Both both;
    for (const bool health : {true, false}) {
      Terms next = both.held(health).terms_of(both.at(health).id());
      next.proposer_sends.reset();
      both.say(health, both.at(health).apply(
                           both.at(health).peering->narrow(Both::other(health), next, By::node(), kNow)));
    }
    CHECK(both.held(true).digest == both.held(false).digest);
    if (heard) {
      both.deliver_all();
    } else {
      Line line(both.pair.health, both.pair.finance);
      line.open();
      CHECK_FALSE(line.bye);
    }
    both.check_same();
    CHECK(both.held(true).sends(both.pair.health.id()) == nullptr);
    CHECK(both.held(true).sends(both.pair.finance.id()) == nullptr);
  }
}

TEST_CASE("whatever is narrowed, proposed and delivered when, both sides end with the same, and none wider") {
  unsigned changes = 0;
  for (unsigned seed = 1; seed <= 150; ++seed) {
    CAPTURE(seed);
    Both both(seed);
    for (unsigned i = 0; i < 14; ++i) {
      const bool health = both.random.chance(50);
      const std::uint64_t what = both.random.below(10);
      if (what < 4) {
        both.narrow(health);
        ++changes;
      } else if (what < 5) {
        both.propose(health);
      } else if (!both.queue(health).empty()) {
        both.deliver(health);
      }
    }
    both.deliver_all();
    // Proposals that got lost on the way in between wait for their operators, or are gone.
    Line line(both.pair.health, both.pair.finance);
    line.open();
    CHECK_FALSE(line.bye);
    both.check_same();
  }
  CHECK(changes > 500);
}

TEST_CASE("what is ahead of ours and has another title is left to the operators") {
  for (const bool greater : {false, true}) {
    for (const std::uint64_t ahead : {0, 1, 3}) {
      Both both;
      const bool health = (both.pair.finance.id() < both.pair.health.id()) == greater;
      both.narrow(health);
      Office& us = both.at(health);
      Office& them = both.at(!health);
      const Agreed& held = both.held(health);
      Terms terms = held.terms_of(them.id());
      terms.title = "something else";
      terms.replaces = us.random.next<Sha256Digest>();
      Agreed forged = make_agreement({.terms = std::move(terms),
                                      .proposer = them.id(),
                                      .accepter = us.id(),
                                      .serial = held.serial + ahead,
                                      .issued = kNow,
                                      .proposer_keydoc = 1,
                                      .accepter_keydoc = 1})
                          .value();
      sign_agreement(forged, them.id(), them.signing());
      const Sha256Digest before = held.digest;
      const auto step = us.peering->take_agreement(them.id(), forged.message, kNow);
      REQUIRE(step.ok());
      CHECK(step->rows.empty());
      CHECK(both.held(health).digest == before);
      // Whose turn it is not to write says what it has.
      const bool answers = ahead == 0 && !greater;
      CHECK(step->messages.size() == (answers ? 1 : 0));
      CHECK((step->failure.has_value()) != answers);
    }
  }
}

}  // namespace comity::federation::test
