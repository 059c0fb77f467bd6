// SPDX-License-Identifier: EUPL-1.2
#include "node/policy/label.h"

#include <doctest/doctest.h>

namespace comity::policy {
namespace {

v1::Label message(v1::Tlp tlp) {
  v1::Label label;
  label.set_tlp(tlp);
  return label;
}

}  // namespace

TEST_CASE("a ceiling admits its own TLP and every lower one") {
  for (int label = v1::TLP_CLEAR; label <= v1::TLP_RED; ++label) {
    for (int ceiling = v1::TLP_CLEAR; ceiling <= v1::TLP_RED; ++ceiling) {
      CHECK(within(Label{.tlp = v1::Tlp(label)}, Label{.tlp = v1::Tlp(ceiling)}) == (label <= ceiling));
    }
  }
}

TEST_CASE("level and categories count within one policy") {
  const Label ceiling{.tlp = v1::TLP_AMBER, .policy = "GOV", .level = 2, .categories = {"A", "B"}};
  CHECK(within(Label{.tlp = v1::TLP_AMBER, .policy = "GOV", .level = 2, .categories = {"B"}}, ceiling));
  CHECK_FALSE(within(Label{.tlp = v1::TLP_AMBER, .policy = "GOV", .level = 3}, ceiling));
  CHECK_FALSE(within(Label{.tlp = v1::TLP_AMBER, .policy = "GOV", .level = 1, .categories = {"C"}}, ceiling));
  CHECK_FALSE(within(Label{.tlp = v1::TLP_AMBER, .policy = "MIL", .level = 1}, ceiling));
  CHECK_FALSE(within(Label{.tlp = v1::TLP_AMBER, .policy = "GOV"}, Label{.tlp = v1::TLP_RED}));
  CHECK(within(Label{.tlp = v1::TLP_GREEN}, ceiling));
}

TEST_CASE("a label on the wire is refused when it says nothing, or two things") {
  CHECK(label_from(v1::Label()).error().code == proto::Code::kBadLabel);
  v1::Label unsorted = message(v1::TLP_GREEN);
  unsorted.set_policy("GOV");
  unsorted.add_category("B");
  unsorted.add_category("A");
  CHECK_FALSE(label_from(unsorted).ok());
  v1::Label twice = message(v1::TLP_GREEN);
  twice.set_policy("GOV");
  twice.add_category("A");
  twice.add_category("A");
  CHECK_FALSE(label_from(twice).ok());
  v1::Label no_policy = message(v1::TLP_GREEN);
  no_policy.set_level(1);
  CHECK_FALSE(label_from(no_policy).ok());
  CHECK_FALSE(label_from(message(static_cast<v1::Tlp>(6))).ok());
}

TEST_CASE("labels round-trip through their message and their name") {
  const Label label{.tlp = v1::TLP_AMBER_STRICT,
                    .policy = "GOV",
                    .level = 3,
                    .categories = {"A", "Z"},
                    .originator_control = true};
  CHECK(label_from(to_message(label)).value() == label);
  for (int tlp = v1::TLP_CLEAR; tlp <= v1::TLP_RED; ++tlp) {
    CHECK(parse_tlp(tlp_text(v1::Tlp(tlp))).value() == v1::Tlp(tlp));
  }
  CHECK(parse_tlp("tlp:amber+strict").value() == v1::TLP_AMBER_STRICT);
  CHECK(parse_tlp("PURPLE").error().code == proto::Code::kBadLabel);
  CHECK_FALSE(parse_tlp("").ok());
}

}  // namespace comity::policy
