// SPDX-License-Identifier: EUPL-1.2
#include "test/unit/federation_sync/world.h"

namespace comity::federation::test {
namespace {

storage::Tables all_tables() {
  auto tables = feed::tables();
  for (const auto& table : sync_tables())
    tables.push_back(table);
  return storage::Tables(std::move(tables));
}

std::unique_ptr<storage::Store> open_store(const std::shared_ptr<storage::MemoryDisk>& disk) {
  auto store = storage::MemoryStore::open(disk, all_tables());
  REQUIRE(store.ok());
  return *std::move(store);
}

}  // namespace

Site::Site(World& in)
    : world(in), disk(std::make_shared<storage::MemoryDisk>()), peer(in.random, open_store(disk)) {
  peer.node.projections.push_back(&receipts_table);
  peer.restart();
  start();
}

void Site::start() {
  peer.node.now = world.now;
  sync = std::make_unique<Sync>(SyncSetup{
      .store = *peer.node.store,
      .ingester = *peer.ingester,
      .self = id(),
      .storage_key = peer.node.storage_key,
      .now = [this] { return world.now; },
      .door = {[this](const AgencyId&, const SpaceId& space) {
        return SpaceDoor::Answer{!closed_spaces.contains(space), {.tlp = ceiling}};
      }},
      .signers =
          [this] { return std::shared_ptr<const feed::Signers>(std::shared_ptr<void>(), &peer.signers); },
      .signing =
          [this] {
            return feed::SigningKey{&peer.node.pair, peer.node.key_id, 1};
          },
      .offload =
          [this](std::function<void()> job, std::function<void()> then) {
            peer.node.work.push_back([job = std::move(job), then = std::move(then)] {
              job();
              then();
            });
          },
      .may_moderate = [](const SpaceId&, const AgencyId&) { return false; },
      .limits =
          [this](const AgencyId& agency) {
            ++limit_questions;
            const auto at = limits_of.find(agency);
            return at == limits_of.end() ? limits : at->second;
          },
      .events = told});
  REQUIRE(sync->load().ok());
}

void Site::kill(const std::function<void(storage::MemoryDisk&)>& meddle) {
  world.disconnect_all(*this);
  sync.reset();
  peer.ingester.reset();
  peer.node.writer.reset();
  peer.node.work.clear();
  peer.node.store.reset();
  disk->crash();
  if (meddle) meddle(*disk);
  peer.node.store = open_store(disk);
  peer.restart();
  start();
}

void Site::audience(const FeedId& feed, std::vector<Reader> members, const std::vector<AgencyId>& relays) {
  std::sort(members.begin(), members.end(),
            [](const Reader& a, const Reader& b) { return a.agency < b.agency; });
  v1::Audience audience;
  readers[feed].clear();
  for (const Reader& reader : members) {
    readers[feed].push_back(reader.agency);
    auto* member = audience.add_member();
    member->set_agency(feed::field(reader.agency.view()));
    member->set_from_seq(reader.from);
  }
  for (const AgencyId& relay : relays)
    audience.add_relay(feed::field(relay.view()));
  audience.set_readers(v1::READER_RULE_OPEN);
  peer.node.writer->set_audience(feed, audience, peer.node.note());
  peer.node.run();
  tell();
}

void Site::post(const FeedId& feed, const SpaceId& space, int count) {
  peer.node.readers = readers[feed];
  for (int i = 0; i < count; ++i)
    peer.node.post(feed, space, "Draft " + std::to_string(world.random.below(1'000'000)));
  peer.node.run();
  tell();
}

void Site::tell() {
  std::vector<feed::Appended> entries;
  for (; told_answers < peer.node.answers.size(); ++told_answers) {
    const auto& answer = peer.node.answers[told_answers];
    REQUIRE(answer.ok());
    entries.push_back(*answer);
  }
  sync->entries_stored(entries);
}

Seq Site::head(const FeedId& feed) const {
  const auto state = feed::find_feed(*peer.node.view(), feed);
  REQUIRE(state.ok());
  return *state ? (**state).end.seq : Seq{0};
}
EntryId Site::head_id(const FeedId& feed) const {
  const auto state = feed::find_feed(*peer.node.view(), feed);
  REQUIRE(state.ok());
  return *state ? (**state).end.id : EntryId();
}
std::vector<feed::StoredHeader> Site::stored(const FeedId& feed) const {
  return peer.stored(feed);
}

Status Pipe::send(v1::Lane lane, const v1::Wire& message) {
  if (ended) return Error{Code::kSessionEnded, {}};
  Bytes bytes = proto::encode(message);
  ++world.sent[message.m_case()];
  if (message.has_batch()) {
    LaneRoom& left = room.at(lane);
    const auto entries = static_cast<std::uint32_t>(message.batch().entry_size());
    REQUIRE_MESSAGE(entries <= left.entries, "more entries than permitted");
    REQUIRE_MESSAGE(bytes.size() <= left.bytes, "more bytes than permitted");
    REQUIRE(bytes.size() <= proto::bounds::kBatchBytes);
    left.entries -= entries;
    left.bytes -= bytes.size();
  }
  if (world.tapping) proto::append(world.tap[to.id()], bytes);
  if (world.loss > 0 && world.random.chance(world.loss)) return {};
  queued[lane] += bytes.size();
  waiting[lane].push_back(std::move(bytes));
  return {};
}

// Called by the receiver on its own outlet: what it permits is the room of the other direction.
void Pipe::grant(v1::Lane lane, std::uint32_t entries, std::uint64_t bytes) {
  LaneRoom& left = other->room.at(lane);
  left.entries += entries;
  left.bytes += bytes;
  REQUIRE_MESSAGE(left.entries <= 64, "more was granted than was used");
  REQUIRE(left.bytes <= (1U << 20U));
  other->room_due = true;
}

void Pipe::bye(const v1::Bye& why) {
  world.byes.push_back(why);
  ended = true;
  other->ended = true;
}

Site& World::add() {
  sites.push_back(std::make_unique<Site>(*this));
  introduce();
  return *sites.back();
}

void World::introduce() {
  for (const auto& a : sites) {
    for (const auto& b : sites) {
      a->peer.signers.keys[b->peer.node.key_id] = {.key = b->peer.node.pair.public_key()};
      a->peer.node.grants.keys[b->id()] = b->peer.opener.pair.public_key();
    }
  }
}

void World::connect(Site& a, Site& b) {
  auto ab = std::make_unique<Pipe>(*this, a, b);
  auto ba = std::make_unique<Pipe>(*this, b, a);
  ab->other = ba.get();
  ba->other = ab.get();
  const auto hello = [](Site& site, const Site& to) {
    v1::Hello out;
    if (const auto digest = site.sync->hello_digest(to.id())) {
      out.set_vector_digest(feed::field(digest->view()));
    }
    return out;
  };
  const v1::Hello from_a = hello(a, b);
  const v1::Hello from_b = hello(b, a);
  Pipe& out_a = *ab;
  Pipe& out_b = *ba;
  sessions.emplace_back(std::move(ab), std::move(ba));
  a.sync->opened(b.id(), out_a, from_b);
  b.sync->opened(a.id(), out_b, from_a);
}

void World::disconnect(Site& a, Site& b) {
  for (auto at = sessions.begin(); at != sessions.end(); ++at) {
    Site& x = at->first->from;
    Site& y = at->first->to;
    if (!((&x == &a && &y == &b) || (&x == &b && &y == &a))) continue;
    at->first->ended = at->second->ended = true;
    x.sync->closed(y.id());
    y.sync->closed(x.id());
    sessions.erase(at);
    return;
  }
}

void World::disconnect_all(Site& a) {
  for (const auto& other : sites)
    disconnect(a, *other);
}

bool World::step() {
  for (auto& [ab, ba] : sessions) {
    if (!ab->ended) continue;
    disconnect(ab->from, ab->to);
    return true;
  }
  std::vector<std::function<void()>> can;
  for (const auto& site : sites) {
    if (site->peer.node.work.empty()) continue;
    can.push_back([at = site.get()] {
      const auto next = std::move(at->peer.node.work.front());
      at->peer.node.work.pop_front();
      next();
    });
  }
  for (auto& [ab, ba] : sessions) {
    for (Pipe* const pipe : {ab.get(), ba.get()}) {
      if (pipe->room_due) {
        can.push_back([pipe] {
          pipe->room_due = false;
          pipe->from.sync->room(pipe->to.id());
        });
      }
      for (auto& [lane, queue] : pipe->waiting) {
        if (queue.empty()) continue;
        can.push_back([pipe, on = lane, from = &queue] {
          const Bytes bytes = std::move(from->front());
          from->pop_front();
          pipe->queued[on] -= bytes.size();
          auto wire = proto::decode<v1::Wire>(bytes, proto::bounds::kMessageBytes);
          REQUIRE(wire.ok());
          CHECK(pipe->to.sync->message(pipe->from.id(), on, *std::move(wire), bytes.size()));
        });
      }
    }
  }
  if (can.empty()) return false;
  can[random.below(can.size())]();
  return true;
}

void World::run() {
  for (int i = 0; i < 1'000'000; ++i) {
    if (!step()) return;
  }
  FAIL("it never comes to rest");
}

void World::pass(std::chrono::milliseconds span) {
  now += span;
  for (const auto& site : sites) {
    site->peer.node.now = now;
    site->sync->tick();
  }
  run();
}

void check_equal(const FeedId& feed, std::initializer_list<const Site*> sites) {
  const Site& first = **sites.begin();
  for (const Site* const site : sites) {
    CHECK(raw(site->head(feed)) == raw(first.head(feed)));
    CHECK(site->head_id(feed) == first.head_id(feed));
  }
}

}  // namespace comity::federation::test
