// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/sync/entitlement.h"

#include <doctest/doctest.h>

#include "test/unit/seeded.h"

namespace comity::federation {
namespace {

using comity::test::SeededRandom;

// The slow twin: for one entry, by walking the whole history of audiences.
bool may_have(const feed::FeedState& feed, const std::vector<Listing>& history, const AgencyId& asker,
              Seq seq) {
  if (feed.inside) return false;
  if (asker == feed.agency()) return true;
  if (history.empty()) return false;
  const auto stands = [&](const Listing& listing) -> std::optional<std::uint64_t> {
    for (const AgencyId& relay : listing.relays)
      if (relay == asker) return 1;
    std::optional<std::uint64_t> from;
    for (const auto& member : listing.members)
      if (member.agency == asker && (!from || *from < raw(member.from))) from = raw(member.from);
    return from;
  };
  if (const auto from = stands(history.back())) return raw(seq) >= *from;
  // Removed by the very AUDIENCE in force: up to it.
  if (history.size() < 2) return false;
  const auto from = stands(history[history.size() - 2]);
  return from && raw(seq) >= *from && seq <= history.back().seq;
}

}  // namespace

TEST_CASE("who may have which entry agrees with a walk over all audiences") {
  SeededRandom random(11);
  std::uint64_t allowed = 0;
  std::uint64_t denied = 0;
  for (int round = 0; round < 2000; ++round) {
    std::vector<AgencyId> agencies;
    for (int i = 0; i < 5; ++i)
      agencies.push_back(random.next<AgencyId>());
    feed::FeedState feed;
    feed.end.agency = agencies[0];
    feed.inside = random.chance(5);
    std::vector<Listing> history;
    std::uint64_t seq = 1;
    const auto count = random.below(4);
    for (std::uint64_t i = 0; i < count; ++i) {
      seq += 1 + random.below(5);
      Listing listing{.seq = Seq{seq}, .id = random.next<EntryId>()};
      for (std::size_t k = 1; k < agencies.size(); ++k) {
        if (random.chance(45)) listing.members.push_back({agencies[k], Seq{1 + random.below(seq + 2)}});
        if (random.chance(10)) listing.members.push_back({agencies[k], Seq{1 + random.below(seq + 2)}});
        if (random.chance(10)) listing.relays.push_back(agencies[k]);
      }
      history.push_back(listing);
    }
    Audiences audiences;
    if (!history.empty()) audiences.in_force = history.back();
    if (history.size() > 1) audiences.replaced = history[history.size() - 2];
    for (const AgencyId& asker : agencies) {
      const auto extent = entitled(feed, audiences, asker);
      for (std::uint64_t at = 1; at < seq + 4; ++at) {
        const bool may = extent && Seq{at} >= extent->from && Seq{at} <= extent->to;
        CHECK(may == may_have(feed, history, asker, Seq{at}));
        ++(may ? allowed : denied);
      }
    }
  }
  CHECK(allowed > 10'000);
  CHECK(denied > 10'000);
}

TEST_CASE("an id of another size in an audience is refused") {
  v1::Audience audience;
  audience.add_relay("short");
  CHECK(listing_from(Seq{2}, EntryId(), audience).error().code == Code::kWrongSize);
}

}  // namespace comity::federation
