// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/peering/change_terms.h"

#include <doctest/doctest.h>

#include "test/unit/crypto_protocol/agency_fixture.h"

namespace comity::federation {
namespace {

using crypto::kNow;

const Terms kUsual = default_terms(kNow);

Terms done(const TermsChange& change, const Terms& from = kUsual) {
  auto terms = change_terms(from, change);
  REQUIRE_MESSAGE(terms.ok(), (terms.ok() ? std::string() : proto::to_string(terms.error())));
  return *std::move(terms);
}

std::string refused(const TermsChange& change, const Terms& from = kUsual) {
  const auto terms = change_terms(from, change);
  REQUIRE_FALSE(terms.ok());
  CHECK(terms.error().code == Code::kAgreementRule);
  return terms.error().detail;
}

}  // namespace

TEST_CASE("each flag changes what it names, in both directions") {
  CHECK(done({.ceiling = v1::TLP_GREEN}).proposer_sends->ceiling.tlp == v1::TLP_GREEN);
  CHECK(done({.ceiling = v1::TLP_GREEN}).accepter_sends->ceiling.tlp == v1::TLP_GREEN);
  const Terms some = done({.add_spaces = {"hr/*", "wiki"}, .remove_spaces = {"*"}});
  CHECK(some.proposer_sends->patterns == std::vector<std::string>{"hr/*", "wiki"});
  CHECK(narrows(kUsual, some));
  CHECK(done({.remove_spaces = {"wiki"}}, some).accepter_sends->patterns == std::vector<std::string>{"hr/*"});
  CHECK(done({.ends = kNow + std::chrono::days(9)}).ends == kNow + std::chrono::days(9));
  CHECK(done({.entries_per_day = 7}).proposer_sends->entries_per_day == 7);
  CHECK(done({.bytes_per_day = 8}).accepter_sends->bytes_per_day == 8);
  CHECK(done({.feeds_per_day = 9}).accepter_sends->feeds_per_day == 9);
  CHECK(done({.keep_days = 30}).keep_days == 30);
}

TEST_CASE("a direction is closed, and opens again as the other one is") {
  const Terms sends = done({.direction = Direction::kSend});
  CHECK(sends.proposer_sends);
  CHECK_FALSE(sends.accepter_sends);
  CHECK(narrows(kUsual, sends));
  const Terms receives = done({.ceiling = v1::TLP_GREEN, .direction = Direction::kReceive}, sends);
  CHECK_FALSE(receives.proposer_sends);
  REQUIRE(receives.accepter_sends);
  CHECK(receives.accepter_sends->ceiling.tlp == v1::TLP_GREEN);
  CHECK(done({.direction = Direction::kBoth}, sends) == kUsual);
}

TEST_CASE("what cannot be meant is refused with words that help") {
  CHECK(refused({.remove_spaces = {"hr/pay"}}).find("any space") != std::string::npos);
  CHECK(refused({.ceiling = v1::TLP_AMBER}) == "that is what the agreement says already");
  CHECK(refused({.add_spaces = {"two words"}}).find("pattern") != std::string::npos);
  CHECK_FALSE(change_terms(kUsual, {.add_spaces = {std::string(65, 'x')}}).ok());
  CHECK_FALSE(parse_direction("sideways").ok());
  CHECK_FALSE(parse_terms_time("tomorrow").ok());
  CHECK_FALSE(parse_terms_time("2026-13-40").ok());
  CHECK(time_text(*parse_terms_time("2026-11-30")) == "2026-11-30T00:00:00Z");
  CHECK(TermsChange().empty());
  CHECK_FALSE(TermsChange{.keep_days = 0}.empty());
}

TEST_CASE("flows and differences in words") {
  CHECK(flow_text(std::nullopt) == "nothing");
  CHECK(flow_text(kUsual.proposer_sends) == "any space; labels up to AMBER");
  const Terms next = done({.add_spaces = {"hr/*"}, .remove_spaces = {"*"}, .entries_per_day = 7});
  CHECK(flow_text(next.proposer_sends) == "spaces hr/*; labels up to AMBER; at most 7 entries a day");
  const auto changes = differences(kUsual, next);
  REQUIRE(changes.size() == 2);
  CHECK(changes[0] ==
        "we send: spaces hr/*; labels up to AMBER; at most 7 entries a day instead of any space; labels up "
        "to AMBER");
  CHECK(differences(kUsual, kUsual).empty());
}

}  // namespace comity::federation
