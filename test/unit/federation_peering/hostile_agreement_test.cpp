// SPDX-License-Identifier: EUPL-1.2
// What a peer may try with agreements: nothing wider is in force without our operator's signature.
#include <doctest/doctest.h>

#include "test/unit/federation_peering/line.h"

namespace comity::federation::test {
namespace {

/// A pair as `us` and the one that is hostile. In a conflict the side with the greater AgencyID writes.
struct Attack {
  explicit Attack(bool we_are_greater)
      : us((pair.finance.id() < pair.health.id()) == we_are_greater ? pair.health : pair.finance),
        them(&us == &pair.health ? pair.finance : pair.health),
        name(&us == &pair.health ? "finance" : "health") {}

  [[nodiscard]] const Agreed& held() const { return *us.peer(name).agreement; }
  /// All that there is, for a hundred years, in their name.
  [[nodiscard]] Terms everything() const {
    Terms terms = held().terms_of(them.id());
    for (auto* const flow : {&terms.proposer_sends, &terms.accepter_sends})
      *flow = Flow{.patterns = {"*"}, .ceiling = {.tlp = v1::TLP_RED}};
    terms.history = v1::HISTORY_RULE_ALL;
    terms.ends = kNow + days(36'500);
    terms.replaces = held().digest;
    return terms;
  }
  [[nodiscard]] Agreed made(Terms terms, std::uint64_t serial) const {
    Agreed agreed = make_agreement({.terms = std::move(terms),
                                    .proposer = them.id(),
                                    .accepter = us.id(),
                                    .serial = serial,
                                    .issued = kNow,
                                    .proposer_keydoc = 1,
                                    .accepter_keydoc = 1})
                        .value();
    sign_agreement(agreed, them.id(), them.signing());
    return agreed;
  }
  Code send(const v1::SignedAgreement& message) {
    auto step = us.peering->take_agreement(them.id(), message, us.now);
    if (!step.ok()) return step.error().code;
    us.apply(*std::move(step));
    return Code::kUnknown;
  }
  /// In memory, and in the store whatever is written next.
  void check_unchanged(const Sha256Digest& before) {
    CHECK(held().digest == before);
    Step step;
    us.book->save(*us.book->change(them.id()), step.rows, us.now);
    us.apply(std::move(step));
    us.restart();
    CHECK(held().digest == before);
  }

  Pair pair;
  Office& us;
  Office& them;
  std::string name;
};

}  // namespace

TEST_CASE("of two changes at once, what cannot be written down changes nothing") {
  for (const bool greater : {false, true}) {
    // Ours has ended, and theirs begins after it: there is nothing that both allow.
    for (const auto late : {hours(0), hours(2)}) {
      Attack t(greater);
      Terms soon = t.held().terms_of(t.us.id());
      soon.ends = kNow + hours(1);
      t.us.apply(t.us.peering->narrow(t.name, soon, By::node(), kNow));
      const Sha256Digest before = t.held().digest;
      t.us.now = kNow + late;
      Terms terms = t.everything();
      terms.starts = t.held().terms.ends + days(1);
      const Code code = t.send(t.made(terms, t.held().serial).message);
      CHECK((code == Code::kUnknown) != greater);
      t.check_unchanged(before);
      CHECK(t.us.logged("agreement.narrow") == 1);
    }
  }
}

TEST_CASE("two changes at once never allow more than ours does") {
  Attack t(true);
  const Terms before = t.held().terms_of(t.us.id());
  CHECK(t.send(t.made(t.everything(), t.held().serial).message) == Code::kUnknown);
  CHECK(narrows(before, t.held().terms_of(t.us.id())));
  CHECK(t.held().signed_by(t.us.id()));
}

TEST_CASE("our proposal counts when they have signed it, not when they say it back") {
  for (const bool greater : {false, true}) {
    Attack t(greater);
    const Sha256Digest before = t.held().digest;
    Terms wider = t.held().terms_of(t.us.id());
    wider.accepter_sends->ceiling = {.tlp = v1::TLP_RED};
    const auto proposal = t.us.apply(t.us.peering->widen(t.name, wider, By::node(), kNow));
    CHECK(t.send(proposal[0].agreement()) == Code::kAgreementSignature);
    // The same terms, so the same digest; the directions exchanged.
    const Agreed& ours = *t.us.peer(t.name).our_proposal;
    Agreed swapped = t.made(ours.terms, ours.serial);
    REQUIRE(swapped.digest == ours.digest);
    CHECK(t.send(swapped.message) == Code::kUnknown);
    swapped.message.clear_proposer_sig();
    swapped.message.clear_accepter_sig();
    CHECK(t.send(swapped.message) == Code::kAgreementSignature);
    t.check_unchanged(before);
  }
}

TEST_CASE("title, purpose and contact are not changed by one side alone") {
  Attack t(true);
  const Sha256Digest before = t.held().digest;
  for (const auto word : {&Terms::title, &Terms::purpose, &Terms::contact}) {
    Terms terms = t.held().terms_of(t.them.id());
    terms.replaces = before;
    terms.*word = "another";
    CHECK(t.send(t.made(terms, t.held().serial + 1).message) == Code::kUnknown);
    CHECK(t.us.peer(t.name).their_proposal);
    t.check_unchanged(before);
    const auto ours = t.us.peering->narrow(t.name, turned(terms), By::node(), kNow);
    REQUIRE_FALSE(ours.ok());
    CHECK(ours.error().code == Code::kAgreementWider);
  }
}

TEST_CASE("a narrowing is signed by whoever takes it, and both keep both signatures") {
  Attack t(true);
  Terms terms = t.held().terms_of(t.them.id());
  terms.accepter_sends.reset();
  const auto sent = t.them.apply(
      t.them.peering->narrow(t.name == "finance" ? "health" : "finance", terms, By::node(), kNow));
  const auto answer = t.us.apply(t.us.peering->take_agreement(t.them.id(), sent[0].agreement(), kNow));
  CHECK(t.held().signed_by_both());
  REQUIRE(answer.size() == 1);
  t.them.apply(t.them.peering->take_agreement(t.us.id(), answer[0].agreement(), kNow));
  t.them.restart();
  const Agreed& theirs = *t.them.peer(t.name == "finance" ? "health" : "finance").agreement;
  CHECK(theirs.signed_by_both());
  CHECK(theirs.message.agreement() == t.held().message.agreement());
  // Once: the same again is nothing new.
  CHECK(t.them.peering->take_agreement(t.us.id(), answer[0].agreement(), kNow)->empty());
}

TEST_CASE("the number of an agreement does not run out") {
  Attack t(true);
  const Sha256Digest before = t.held().digest;
  Terms terms = t.held().terms_of(t.them.id());
  terms.accepter_sends.reset();
  terms.replaces = before;
  for (const std::uint64_t serial : {~std::uint64_t{0}, std::uint64_t{1'000'002}})
    CHECK(t.send(t.made(terms, serial).message) == Code::kAgreementRule);
  t.check_unchanged(before);
  CHECK(t.send(t.made(terms, 7).message) == Code::kUnknown);
  CHECK(t.held().serial == 7);
}

TEST_CASE("a peer has us write down a hundred changes a day, and no more") {
  Attack t(true);
  Line line(t.us, t.them);
  line.open();
  REQUIRE(line.at_a.open());
  const auto narrow_once = [&] {
    Terms terms = t.held().terms_of(t.them.id());
    terms.replaces = t.held().digest;
    terms.ends -= std::chrono::milliseconds(1);
    v1::Wire wire;
    *wire.mutable_agreement() = t.made(terms, t.held().serial + 1).message;
    Step step = line.at_a.message(wire, kNobody, t.us.now);
    const Code code = failed(step);
    t.us.apply(std::move(step));
    return code;
  };
  for (std::uint32_t i = 0; i < RecordBudget::kMostADay + 50; ++i) {
    if (narrow_once() == Code::kQuotaUsed) break;
  }
  const std::uint64_t reached = t.held().serial;
  CHECK(t.us.logged("agreement.narrow") <= RecordBudget::kMostADay);
  CHECK(t.us.logged("agreement.narrow") >= RecordBudget::kMostADay - 10);
  for (int i = 0; i < 20; ++i)
    CHECK(narrow_once() == Code::kQuotaUsed);
  // Nor by other ways: refusals that alternate.
  const std::size_t written = t.us.log.size();
  for (int i = 0; i < 20; ++i) {
    v1::Wire wire;
    wire.mutable_refusal()->set_reason(i % 2 == 0 ? v1::REASON_QUOTA : v1::REASON_CLOCK);
    t.us.apply(line.at_a.message(wire, kNobody, t.us.now));
    v1::Bye bye;
    bye.set_reason(i % 2 == 0 ? v1::REASON_QUOTA : v1::REASON_CLOCK);
    CHECK(line.at_a.bye(bye, t.us.now).rows.empty());
  }
  CHECK(t.us.log.size() == written);
  CHECK(t.us.logged("peer.refuse") == 1);
  CHECK(t.held().serial == reached);
  t.us.now += days(1);
  CHECK(narrow_once() == Code::kUnknown);
}

}  // namespace comity::federation::test
