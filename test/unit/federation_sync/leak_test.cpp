// SPDX-License-Identifier: EUPL-1.2
#include <algorithm>

#include <doctest/doctest.h>

#include "test/unit/federation_sync/world.h"

namespace comity::federation {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

// Whether the front of `needle` stands in what was sent.
bool was_sent(const Bytes& sent, ByteView needle) {
  const ByteView part = needle.first(std::min<std::size_t>(needle.size(), 32));
  return std::search(sent.begin(), sent.end(), part.begin(), part.end()) != sent.end();
}

}  // namespace

TEST_CASE("nobody outside an audience is ever sent a byte of an entry, a feed id or a space id") {
  std::size_t found = 0;
  std::size_t absent = 0;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    CAPTURE(seed);
    World world(1000 + seed);
    world.tapping = true;
    for (int i = 0; i < 5; ++i)
      world.add();
    struct Place {
      SpaceId space;
      FeedId feed;
      Site* author;
      std::set<AgencyId> ever{};
      std::map<AgencyId, Seq> removed{};
    };
    std::vector<Place> places;
    const auto choose = [&](Place& place) {
      std::vector<Site::Reader> readers;
      std::vector<AgencyId> relays;
      for (const auto& site : world.sites) {
        if (site.get() == place.author) continue;
        const auto dice = world.random.below(10);
        if (dice < 4) readers.push_back({site->id()});
        if (dice == 4) relays.push_back(site->id());
        if (dice <= 4) {
          place.ever.insert(site->id());
          place.removed.erase(site->id());
        }
      }
      place.author->audience(place.feed, readers, relays);
      const Seq seq = place.author->head(place.feed);
      for (const AgencyId& agency : place.ever) {
        const bool listed =
            std::find(relays.begin(), relays.end(), agency) != relays.end() ||
            std::any_of(readers.begin(), readers.end(), [&](const auto& r) { return r.agency == agency; });
        if (!listed && !place.removed.contains(agency)) place.removed[agency] = seq;
      }
    };
    for (int i = 0; i < 6; ++i) {
      Site& author = *world.sites[world.random.below(world.sites.size())];
      Place place{.space = world.random.next<SpaceId>(), .author = &author};
      place.feed = author.open(place.space);
      choose(place);
      places.push_back(std::move(place));
    }
    for (std::size_t i = 0; i < world.sites.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k)
        world.connect(*world.sites[i], *world.sites[k]);
    }
    for (int round = 0; round < 12; ++round) {
      for (Place& place : places) {
        if (world.random.chance(25)) choose(place);
        place.author->post(place.feed, place.space, static_cast<int>(1 + world.random.below(4)));
        for (std::uint64_t i = 0; i < world.random.below(40); ++i)
          world.step();
      }
      if (world.random.chance(30)) {
        Site& site = *world.sites[world.random.below(world.sites.size())];
        site.kill();
        for (const auto& other : world.sites) {
          if (other.get() != &site) world.connect(site, *other);
        }
      }
      world.pass(std::chrono::minutes(4));
    }
    for (int i = 0; i < 15; ++i)
      world.pass(std::chrono::seconds(1));

    for (const Place& place : places) {
      const auto entries = place.author->stored(place.feed);
      const auto view = place.author->peer.node.view();
      const feed::FeedReader reader(*view, place.author->peer.node.storage_key);
      for (const auto& site : world.sites) {
        if (site.get() == place.author) continue;
        const Bytes& sent = world.tap[site->id()];
        const bool member = place.ever.contains(site->id());
        const bool removed = place.removed.contains(site->id());
        const Seq last = removed ? place.removed.at(site->id()) : kNoEnd;
        if (member && !removed) {
          CHECK(was_sent(sent, place.feed.view()));
          CHECK(was_sent(sent, place.space.view()));
          ++found;
        } else if (!member) {
          CHECK_FALSE(was_sent(sent, place.feed.view()));
          CHECK_FALSE(was_sent(sent, place.space.view()));
          ++absent;
        }
        for (const auto& entry : entries) {
          const bool may = member && entry.header.seq <= last;
          const auto body = reader.body(entry.header);
          REQUIRE(body.ok());
          if (!may) {
            CHECK_FALSE(was_sent(sent, entry.header.id.view()));
            CHECK_FALSE(was_sent(sent, entry.header.blind.view()));
            // The bodies in the clear are alike in every feed; a sealed one is like no other.
            if (entry.header.kind == v1::KIND_CONTENT) CHECK_FALSE(was_sent(sent, *body));
          } else if (!removed) {
            CHECK(was_sent(sent, entry.header.blind.view()));
            CHECK(was_sent(sent, *body));
          }
        }
        if (member && !removed) check_equal(place.feed, {place.author, site.get()});
      }
    }
    CHECK(world.byes.empty());
  }
  CHECK(found > 20);
  CHECK(absent > 20);
}

}  // namespace comity::federation
