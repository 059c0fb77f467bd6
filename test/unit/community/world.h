// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/community/ids.h"
#include "node/community/people/directory.h"
#include "node/community/people/people_reader.h"
#include "node/community/posts/messages.h"
#include "node/community/posts/posts.h"
#include "node/community/posts/updates.h"
#include "node/community/spaces/projections.h"
#include "node/community/tables.h"
#include "node/feed/follow.h"
#include "node/feed/reindex.h"
#include "test/unit/feed/peer.h"

namespace comity::community::test {

using comity::test::SeededRandom;
using feed::test::kNoon;
using feed::test::Peer;

inline std::unique_ptr<storage::Store> open_store(const std::shared_ptr<storage::MemoryDisk>& disk) {
  std::vector<storage::TableInfo> all = feed::tables();
  for (const storage::TableInfo& table : tables())
    all.push_back(table);
  return storage::MemoryStore::open(disk, storage::Tables(std::move(all))).value();
}

/// One agency's node as far as its community goes, on a store in memory.
class Agency {
 public:
  Agency(SeededRandom& random, std::string short_name)
      : name(std::move(short_name)),
        peer(random, open_store(disk)),
        grants(peer.node.self),
        conversations(peer.node.self, peer.node.storage_key, peer.node.recent) {
    peer.node.projections.push_back(&manifests);
    peer.node.projections.push_back(&grants);
    storage::Batch fresh;
    feed::put_fresh_projections(fresh, peer.node.projections, followers);
    REQUIRE(peer.node.store->commit(std::move(fresh)).ok());
    restart();
  }

  void restart() {
    directory.reset();
    updates.reset();
    messages.reset();
    posts.reset();
    spaces.reset();
    peer.restart();
    peer.node.on_stored = [this](std::span<const feed::Appended> entries) {
      if (spaces) spaces->entries_stored(entries);
    };
    spaces = Spaces::open({.store = *peer.node.store,
                           .writer = *peer.node.writer,
                           .random = peer.node.random,
                           .self = peer.node.self,
                           .storage_key = peer.node.storage_key,
                           .now = [this] { return peer.node.now; },
                           .to_owner = [this](auto f) { peer.node.work.push_back(std::move(f)); },
                           .standings = [this](const SpaceId&, std::string_view) { return standings; },
                           .agency_name = [this](const AgencyId& agency) { return names[agency]; },
                           .hidden = [this](const AgencyId& agency) { return hidden.contains(agency); },
                           .auto_join = [this] { return auto_join; }})
                 .value();
    posts = std::make_unique<Posts>(PostsSetup{.store = *peer.node.store,
                                               .writer = *peer.node.writer,
                                               .spaces = *spaces,
                                               .self = peer.node.self,
                                               .storage_key = peer.node.storage_key,
                                               .now = [this] { return peer.node.now; },
                                               .steward_heard = [this](const SpaceId&) { return heard; },
                                               .limits = [] { return FreshnessLimits(); }});
    messages = std::make_unique<Messages>(MessagesSetup{.store = *peer.node.store,
                                                        .random = peer.node.random,
                                                        .spaces = *spaces,
                                                        .posts = *posts,
                                                        .self = peer.node.self});
    updates = std::make_unique<Updates>(UpdatesSetup{
        .spaces = *spaces, .posts = *posts, .self = peer.node.self, .opened = [this](const SpaceId&) {
          ++staff_opened;
        }});
    directory = std::make_unique<Directory>(
        DirectorySetup{.store = *peer.node.store,
                       .writer = *peer.node.writer,
                       .spaces = *spaces,
                       .self = peer.node.self,
                       .now = [this] { return peer.node.now; },
                       .standings = [this](const SpaceId&, std::string_view) { return standings; },
                       .publish = [this] { return publish; },
                       .opened = [this](const SpaceId&) { ++directories_opened; },
                       .trouble = [this](const Error& error) { troubles.push_back(error); }});
  }
  void refresh() {
    directory->refresh();
    run();
    CHECK(directory->idle());
  }

  /// Power fails and the node starts again.
  void crash() {
    updates.reset();
    posts.reset();
    spaces.reset();
    peer.ingester.reset();
    peer.node.writer.reset();
    disk->crash();
    peer.node.store.reset();
    peer.node.store = open_store(disk);
    restart();
  }

  [[nodiscard]] const AgencyId& self() const { return peer.node.self; }
  void run() { peer.node.run(); }

  PersonRow person(const std::string& handle, const std::string& unit = {},
                   std::vector<std::string> skills = {}) {
    auto planned = add_person(
        *view(), {.handle = handle, .name = "Name of " + handle, .unit = unit, .skills = std::move(skills)},
        peer.node.random, peer.node.now);
    REQUIRE(planned.ok());
    REQUIRE(peer.node.store->commit(std::move(planned->rows)).ok());
    return planned->person;
  }
  Reader as(const std::string& handle) const {
    return reader_of(self(), find_person(*view(), handle).value());
  }
  static Reader op() { return {.kind = Reader::Kind::kOperator}; }

  Result<SpaceId> create(const NewSpace& what) {
    std::optional<Result<SpaceId>> out;
    spaces->create(what, [&](Result<SpaceId> result) { out = std::move(result); });
    run();
    REQUIRE(out.has_value());
    return *std::move(out);
  }
  /// Runs one of the operations that end in a Done.
  template <class Operation>
  Status finish(Operation operation) {
    std::optional<Status> out;
    operation([&](Status status) { out = std::move(status); });
    run();
    REQUIRE(out.has_value());
    return *std::move(out);
  }
  template <class Operation>
  Result<feed::Appended> written(Operation operation) {
    std::optional<Result<feed::Appended>> out;
    operation([&](Result<feed::Appended> result) { out = std::move(result); });
    run();
    REQUIRE(out.has_value());
    follow();
    return *std::move(out);
  }
  Result<feed::Appended> post(const NewPost& what) {
    return written([&](OnPosted done) { posts->post(what, std::move(done)); });
  }
  Result<feed::Appended> update(const NewUpdate& what) {
    return written([&](OnPosted done) { updates->send(what, std::move(done)); });
  }
  Result<feed::Appended> reply(const NewReply& what) {
    return written([&](OnPosted done) { posts->reply(what, std::move(done)); });
  }
  Result<feed::Appended> message(const NewMessage& what) {
    return written([&](OnPosted done) { messages->send(what, std::move(done)); });
  }
  Status change(const std::string& handle, const ProfileChange& what) {
    auto planned = change_profile(*view(), handle, what);
    if (!planned.ok()) return planned.error();
    REQUIRE(peer.node.store->commit(std::move(planned->rows)).ok());
    return {};
  }
  template <class Ask>
  auto people(const Reader& reader, Ask ask) {
    const auto now = view();
    const auto sights = spaces->sights();
    return ask(PeopleReader(*now, *sights, reader));
  }
  Result<PeopleFound> search(const PeopleQuery& query, const Reader& reader = op()) {
    return people(reader, [&](const PeopleReader& at) { return at.search(query); });
  }
  Result<KnownPerson> named(const std::string& handle, const AgencyId& agency, const Reader& reader = op()) {
    return people(reader, [&](const PeopleReader& at) { return at.named(handle, agency); });
  }
  Result<feed::Appended> withdraw(const NewWithdrawal& what) {
    return written([&](OnPosted done) { posts->withdraw(what, std::move(done)); });
  }
  void follow() {
    for (const feed::Follower* follower : followers) {
      for (int i = 0; i < 1000 && feed::follow(*peer.node.store, *follower).value(); ++i) {
      }
    }
  }

  [[nodiscard]] std::unique_ptr<storage::View> view() const { return peer.node.view(); }
  template <class Ask>
  auto read(const Reader& reader, Ask ask) {
    const auto now = view();
    const auto sights = spaces->sights();
    PostReader posts_at(*now, *sights, peer.node.storage_key, reader, peer.node.recent.get());
    return ask(posts_at);
  }
  Result<PostView> show(const EntryId& entry, const Reader& reader = op()) {
    return read(reader, [&](PostReader& at) { return at.show(entry); });
  }
  Result<PostPage> list(const SpaceId& space, const ListQuery& query = {}, const Reader& reader = op()) {
    return read(reader, [&](PostReader& at) { return at.list(space, query); });
  }
  Result<PostPage> thread(const EntryId& entry, const ThreadQuery& query = {}, const Reader& reader = op()) {
    return read(reader, [&](PostReader& at) { return at.thread(entry, query); });
  }
  Result<EventPage> events(const std::string& cursor, std::optional<SpaceId> space = {},
                           const Reader& reader = op()) {
    const auto sights = spaces->sights();
    return events_after(
        {*peer.node.store, *sights, peer.node.storage_key, run_number, peer.node.recent.get()}, reader,
        cursor, space);
  }
  proto::Sha256Digest projection_hash() const {
    std::vector<storage::TableInfo> all;
    for (const feed::Projection* projection : peer.node.projections)
      for (const auto& table : projection->tables())
        all.push_back(table);
    for (const feed::Follower* follower : followers)
      for (const auto& table : follower->tables())
        all.push_back(table);
    return feed::range_hash(*view(), all).value();
  }

  std::shared_ptr<storage::MemoryDisk> disk = std::make_shared<storage::MemoryDisk>();
  std::string name;
  Peer peer;
  Manifests manifests;
  Grants grants;
  Conversations conversations;
  feed::SpaceCounts counts;
  std::vector<const feed::Follower*> followers{&conversations, &counts};
  std::vector<policy::PeerStanding> standings{};
  std::map<AgencyId, std::string> names{};
  std::set<AgencyId> hidden{};
  std::optional<WallTime> heard{};
  bool auto_join = true;
  bool publish = true;
  int directories_opened = 0;
  int staff_opened = 0;
  std::vector<Error> troubles{};
  std::uint64_t run_number = 0;  ///< which opening of the store this is, for the stream of events
  std::unique_ptr<Spaces> spaces;
  std::unique_ptr<Posts> posts;
  std::unique_ptr<Messages> messages;
  std::unique_ptr<Updates> updates;
  std::unique_ptr<Directory> directory;
};

/// Several agencies that hand each other's entries over in memory, as an audience in force says.
class World {
 public:
  explicit World(std::uint64_t seed = 7) : random(seed) {}

  Agency& add(const std::string& name) {
    agencies.push_back(std::make_unique<Agency>(random, name));
    Agency& added = *agencies.back();
    for (const auto& other : agencies) {
      other->names[added.self()] = added.name;
      added.names[other->self()] = other->name;
    }
    return added;
  }
  static void know(Agency& a, const Agency& b, v1::Tlp ceiling) {
    a.standings.push_back({.agency = b.self(),
                           .active = true,
                           .may_send = true,
                           .space_allowed = true,
                           .ceiling = {.tlp = ceiling}});
    a.peer.signers.keys[b.peer.node.key_id] = {.key = b.peer.node.pair.public_key()};
    a.peer.node.grants.keys[b.self()] = b.peer.opener.pair.public_key();
  }
  void pair(Agency& a, Agency& b, v1::Tlp ceiling = v1::TLP_AMBER) const {
    know(a, b, ceiling);
    know(b, a, ceiling);
    a.spaces->peers_changed();
    b.spaces->peers_changed();
    a.run();
    b.run();
  }

  /// Hands over what is due until nobody has anything new. The count of entries that arrived.
  std::size_t exchange() {
    std::size_t all = 0;
    for (bool more = true; more;) {
      more = false;
      for (const auto& from : agencies) {
        for (const auto& to : agencies) {
          if (from == to) continue;
          const std::size_t moved = deliver(*from, *to);
          all += moved;
          more = more || moved > 0;
        }
      }
    }
    for (const auto& agency : agencies)
      agency->follow();
    return all;
  }

  std::size_t deliver(Agency& from, Agency& to) {
    std::size_t moved = 0;
    const auto view = from.view();
    const feed::FeedReader reader(*view, from.peer.node.storage_key);
    std::vector<feed::FeedState> feeds;
    REQUIRE(feed::each_feed(*view, [&](const feed::FeedState& feed) {
              if (feed.own && !feed.inside) feeds.push_back(feed);
              return true;
            }).ok());
    for (const feed::FeedState& feed : feeds) {
      const auto audience = reader.audience(feed).value();
      std::uint64_t first = 0;
      for (const auto& member : audience.member()) {
        if (proto::equal(proto::as_bytes(member.agency()), to.self().view())) first = member.from_seq();
      }
      if (first != 0) moved += deliver(reader, feed, to, Seq{first});
    }
    return moved;
  }

  SeededRandom random;
  std::vector<std::unique_ptr<Agency>> agencies{};

 private:
  static std::size_t deliver(const feed::FeedReader& reader, const feed::FeedState& feed, Agency& to,
                             Seq first) {
    REQUIRE(to.peer.ingester->learn(feed.agency(), feed.space, feed.incarnation).ok());
    const auto held = feed::find_feed(*to.view(), feed.feed()).value();
    Seq from = held ? feed::next(held->end.seq) : first;
    std::size_t moved = 0;
    for (;;) {
      const auto entries = reader.wire(feed.feed(), from, 64, 300'000, to.peer.node.now).value();
      if (entries.empty()) return moved;
      std::vector<feed::WireEntry> wires;
      for (const v1::Entry& entry : entries)
        wires.push_back(feed::view_of(entry));
      to.peer.first = first;
      to.peer.history_to = feed.end.audience_seq;
      const auto taken = to.peer.take(feed.feed(), wires, feed.agency());
      REQUIRE(taken.ok());
      // An AUDIENCE without us ends what we are sent; with the next one we are back.
      const bool fine = !taken->refusal || taken->refusal->error.code == Code::kFeedNotEntitled;
      REQUIRE_MESSAGE(fine, (fine ? std::string() : proto::to_string(taken->refusal->error)));
      REQUIRE_FALSE(taken->stored.empty());
      to.peer.node.writer->merge_clock(taken->hlc);
      to.spaces->entries_stored(taken->stored);
      to.run();
      moved += taken->stored.size();
      from = Seq{raw(from) + taken->stored.size()};
    }
  }
};

inline std::vector<std::string> texts(const PostPage& page) {
  std::vector<std::string> out;
  for (const PostView& view : page.posts)
    out.push_back(view.unseen ? "?" : view.text);
  return out;
}

}  // namespace comity::community::test
