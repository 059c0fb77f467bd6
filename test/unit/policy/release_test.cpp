// SPDX-License-Identifier: EUPL-1.2
#include "node/policy/release.h"

#include <algorithm>
#include <map>
#include <set>

#include <doctest/doctest.h>

#include "comity/v1/audit.pb.h"

#include "proto/decode.h"
#include "test/unit/seeded.h"

namespace comity::policy {
namespace {

using proto::AgencyId;
using proto::Code;

AgencyId agency(std::uint8_t number) {
  AgencyId id;
  id.writable()[0] = std::byte{number};
  return id;
}

const AgencyId kSelf = agency(1);

SpaceRules shared_space(std::vector<AgencyId> members) {
  std::sort(members.begin(), members.end());
  return {.id = {},
          .kind = v1::SPACE_KIND_SHARED,
          .ceiling = {.tlp = v1::TLP_AMBER},
          .members = std::move(members),
          .closed = false};
}

PeerStanding standing(const AgencyId& id) {
  return {
      .agency = id, .active = true, .may_send = true, .space_allowed = true, .ceiling = {.tlp = v1::TLP_RED}};
}

// The slow, obvious twin: for one agency, every reason that the design names, asked one by one.
bool oracle_reads(const AgencyId& reader, const SpaceRules& space, const std::vector<PeerStanding>& peers) {
  if (space.kind == v1::SPACE_KIND_INSIDE || reader == kSelf) return false;
  if (std::set<AgencyId>(space.members.begin(), space.members.end()).count(reader) == 0) return false;
  for (const PeerStanding& peer : peers) {
    if (peer.agency != reader) continue;
    if (!peer.active || !peer.may_send || !peer.space_allowed) return false;
    for (int tlp = v1::TLP_CLEAR; tlp <= int{space.ceiling.tlp}; ++tlp) {
      if (tlp > int{peer.ceiling.tlp}) return false;
    }
    return true;
  }
  return false;
}

}  // namespace

TEST_CASE("the audience is the members with whom an active agreement admits all the space's labels") {
  test::SeededRandom random(7);
  unsigned readers = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<AgencyId> members{kSelf};
    std::vector<PeerStanding> peers;
    for (std::uint8_t n = 2; n < 8; ++n) {
      if (random.chance(70)) members.push_back(agency(n));
      if (!random.chance(80)) continue;
      PeerStanding peer = standing(agency(n));
      peer.active = random.chance(80);
      peer.may_send = random.chance(80);
      peer.space_allowed = random.chance(80);
      peer.ceiling.tlp = static_cast<v1::Tlp>(1 + random.below(5));
      peers.insert(peers.begin() + static_cast<std::ptrdiff_t>(random.below(peers.size() + 1)), peer);
    }
    SpaceRules space = shared_space(members);
    space.kind = random.chance(10) ? v1::SPACE_KIND_INSIDE : v1::SPACE_KIND_SHARED;
    space.ceiling.tlp = static_cast<v1::Tlp>(1 + random.below(5));

    const Reach reached = reach(kSelf, space, peers);
    CHECK(std::is_sorted(reached.audience.begin(), reached.audience.end()));
    for (std::uint8_t n = 1; n < 9; ++n) {
      const bool reads = std::binary_search(reached.audience.begin(), reached.audience.end(), agency(n));
      CHECK(reads == oracle_reads(agency(n), space, peers));
      readers += reads ? 1 : 0;
    }
    if (space.kind != v1::SPACE_KIND_INSIDE) {
      CHECK(reached.audience.size() + reached.not_reached.size() + 1 == space.members.size());
    }
  }
  CHECK(readers > 1000);
}

TEST_CASE("each obstacle is named") {
  const SpaceRules space = shared_space({kSelf, agency(2)});
  PeerStanding peer = standing(agency(2));
  CHECK(reach(kSelf, space, {}).not_reached == std::vector{Unreached{agency(2), NotReached::kNoAgreement}});
  const auto why = [&](PeerStanding changed) {
    const std::vector peers{std::move(changed)};
    return reach(kSelf, space, peers).not_reached.at(0).why;
  };
  PeerStanding suspended = peer;
  suspended.active = false;
  CHECK(why(suspended) == NotReached::kNotActive);
  PeerStanding one_way = peer;
  one_way.may_send = false;
  CHECK(why(one_way) == NotReached::kDirection);
  PeerStanding elsewhere = peer;
  elsewhere.space_allowed = false;
  CHECK(why(elsewhere) == NotReached::kSpaceNotAllowed);
  PeerStanding low = peer;
  low.ceiling.tlp = v1::TLP_GREEN;
  CHECK(why(low) == NotReached::kCeiling);
}

TEST_CASE("release refuses what the rules forbid, and says which rule") {
  const std::vector peers{standing(agency(2))};
  SpaceRules space = shared_space({kSelf, agency(2)});
  const Label amber{.tlp = v1::TLP_AMBER};
  CHECK(release(kSelf, space, peers, amber, {}).ok());
  CHECK(release(kSelf, space, peers, Label{.tlp = v1::TLP_RED}, {}).error().code == Code::kLabelAboveCeiling);
  CHECK(release(agency(9), space, peers, amber, {}).error().code == Code::kNotMember);
  const std::vector named{agency(2)};
  CHECK(release(kSelf, space, peers, amber, named).error().code == Code::kNamesMissing);

  SpaceRules circle = space;
  circle.kind = v1::SPACE_KIND_CIRCLE;
  CHECK(release(kSelf, circle, peers, amber, {}).error().code == Code::kNamesMissing);
  CHECK(release(kSelf, circle, peers, amber, named).ok());
  const std::vector stranger{agency(5)};
  CHECK(release(kSelf, circle, peers, amber, stranger).error().code == Code::kNamesOutsideAudience);
  const std::vector ourselves{kSelf};
  CHECK(release(kSelf, circle, peers, amber, ourselves).ok());

  space.closed = true;
  CHECK(release(kSelf, space, peers, amber, {}).error().code == Code::kSpaceClosed);
}

TEST_CASE("the record says what was decided, and its id changes with each part") {
  std::vector peers{standing(agency(2)), standing(agency(3))};
  const SpaceRules space = shared_space({kSelf, agency(2), agency(3)});
  const auto decision = release(kSelf, space, peers, Label{.tlp = v1::TLP_GREEN}, {});
  REQUIRE(decision.ok());
  const auto record = proto::decode<v1::ReleaseRecord>(decision->record(), 32 * 1024);
  REQUIRE(record.ok());
  CHECK(record->audience_size() == 2);
  CHECK(record->label().tlp() == v1::TLP_GREEN);
  CHECK(record->ceiling().tlp() == v1::TLP_AMBER);
  CHECK(release(kSelf, space, peers, Label{.tlp = v1::TLP_GREEN}, {})->id() == decision->id());
  CHECK(release(kSelf, space, peers, Label{.tlp = v1::TLP_AMBER}, {})->id() != decision->id());
  peers.pop_back();
  CHECK(release(kSelf, space, peers, Label{.tlp = v1::TLP_GREEN}, {})->id() != decision->id());
}

}  // namespace comity::policy
