// SPDX-License-Identifier: EUPL-1.2
// Mentions, watch levels, what is unread, and notifications.
#include <doctest/doctest.h>

#include "node/community/discussion/mentions.h"
#include "node/community/discussion/notice_reader.h"
#include "node/community/discussion/notice_tidy.h"
#include "node/feed/dispose.h"
#include "node/feed/reindex.h"
#include "node/feed/row.h"
#include "test/unit/community/world.h"

namespace comity::community {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

struct Two {
  World world{78};
  Agency& health = world.add("health");
  Agency& finance = world.add("finance");
  PersonRow maria = health.person("maria");
  PersonRow ann = health.person("ann", "legal");
  PersonRow jo = finance.person("jo");
  PersonRow sam = finance.person("sam");
  SpaceId space;

  explicit Two(v1::Tlp ceiling = v1::TLP_AMBER) {
    world.pair(health, finance, ceiling);
    space = health
                .create({.slug = "budget",
                         .title = "Budget",
                         .kind = v1::SPACE_KIND_SHARED,
                         .members = {finance.self()}})
                .value();
    world.exchange();
  }
  NewPost draft(std::string text, std::string author = "maria") const {
    return {.author = std::move(author), .space = space, .title = "t", .text = std::move(text)};
  }
  /// Whoever is to be mentioned by another agency has to be known there: they write once.
  void introduce() {
    REQUIRE(finance.post(draft("hello", "jo")).ok());
    REQUIRE(finance.post(draft("hello", "sam")).ok());
    REQUIRE(health.post(draft("hello", "ann")).ok());
    world.exchange();
  }
};

template <class Ask>
auto reading(Agency& at, const std::string& who, Ask ask) {
  const auto view = at.view();
  const auto sights = at.spaces->sights();
  Reading reading(*view, *sights, at.as(who));
  return ask(reading);
}

std::uint64_t unread(Agency& at, const std::string& who, const SpaceId& space) {
  const auto counts = reading(at, who, [](Reading& one) { return one.unread(); }).value();
  const auto found = counts.find(space);
  return found == counts.end() ? 0 : found->second;
}

void mark(Agency& at, const std::string& who, const SpaceId& space, const EntryId& thread) {
  auto rows = reading(at, who, [&](Reading& one) {
    return thread.is_zero() ? one.mark_space(space) : one.mark_thread(space, ref_of(thread));
  });
  REQUIRE(rows.ok());
  if (!rows->empty()) REQUIRE(at.peer.node.store->commit(*std::move(rows)).ok());
}

void watch_as(Agency& at, const std::string& who, const SpaceId& space, const EntryRef& thread,
              WatchLevel level) {
  const UserId user = find_person(*at.view(), who)->id;
  REQUIRE(at.peer.node.store->commit(watch(space, thread, user, level)).ok());
}

NoticePage notices_of(Agency& at, const std::string& who, const NoticeQuery& query = {}) {
  const auto view = at.view();
  const auto sights = at.spaces->sights();
  PostReader posts(*view, *sights, at.peer.node.storage_key, at.as(who), at.peer.node.recent.get());
  Reading one(*view, *sights, at.as(who));
  return notices(*view, posts, one, query).value();
}

std::vector<std::string> told(Agency& at, const std::string& who, const NoticeQuery& query = {}) {
  std::vector<std::string> out;
  for (const Notice& notice : notices_of(at, who, query).notices)
    out.push_back(std::string(notice_reason_text(notice.reason)) + " " + notice.entry.text);
  return out;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("names in a text are those of people, not of mail addresses, code or quotations") {
  const auto names = [](std::string_view text) { return mentioned_names(text, 1000); };
  CHECK(names("@maria and @jo@finance, then (@ann). Ask @a.b-c~k3v5a2tx@health!") ==
        Texts{"a.b-c~k3v5a2tx@health", "ann", "jo@finance", "maria"});
  CHECK(names("jo@finance.example, x/@y, \\@maria, @@ann, @Maria, @1, @") == Texts{});
  CHECK(names("> @maria said\n\n    @code\n```\n@fenced\n```\n`@ticks` ``@more `` @ann") == Texts{"ann"});
  CHECK(names("~~~\n@maria\n```\n@ann\n~~~\n@jo") == Texts{"jo"});
  CHECK(names("`open @maria") == Texts{"maria"});
  CHECK(names("\xc3\xa5@maria @maria.") == Texts{"maria"});
  std::string many;
  for (int i = 0; i < 10'000; ++i)
    many += "@p" + std::to_string(i) + " ";
  CHECK(mentioned_names(many, 256).size() == 257);
  CHECK(names(std::string(100'000, '@')).empty());
  CHECK(names(std::string(100'000, '`')).empty());
  CHECK(names("@" + std::string(100'000, 'a')).size() <= 1);
}

TEST_CASE("whom a text names is told, at their own agency, if they may read it") {
  Two at;
  at.introduce();
  REQUIRE(at.health.post(at.draft("see @jo@finance, @ann, @maria, @nobody, @x@nowhere, @jo")).ok());
  at.world.exchange();
  CHECK(told(at.finance, "jo").size() == 1);
  CHECK(told(at.finance, "jo")[0].starts_with("mention see"));
  CHECK(told(at.health, "ann").size() == 1);
  CHECK(told(at.health, "maria").empty());
  CHECK(told(at.finance, "sam").empty());
  // Inside, nobody of another agency is named in what is written.
  const SpaceId inside = at.health.create({.slug = "inside", .title = "Inside"}).value();
  NewPost post = at.draft("@jo@finance and @ann");
  post.space = inside;
  const auto written = at.health.post(post);
  const auto view = at.health.view();
  const feed::FeedReader reader(*view, at.health.peer.node.storage_key);
  CHECK(reader.content(reader.find(ref_of(written->id))->header)->mention_size() == 1);
}

TEST_CASE("too many mentions are refused, whoever they are") {
  Two at;
  std::string all;
  for (int i = 0; i < 65; ++i) {
    at.health.person("p" + std::to_string(i));
    all += "@p" + std::to_string(i) + " ";
  }
  CHECK(at.health.post(at.draft(all)).error().code == Code::kMentionsTooMany);
  CHECK(at.health.post(at.draft(all.substr(4))).ok());
  std::string nobody;
  for (int i = 0; i < 10'000; ++i)
    nobody += "@nobody" + std::to_string(i) + " ";
  CHECK(at.health.post(at.draft(nobody)).error().code == Code::kMentionsTooMany);
  NewPost archive = at.draft(nobody);
  archive.origin = PostOrigin{.source = "list", .id = "1"};
  CHECK(at.health.post(archive).ok());
}

TEST_CASE("a person is told once of an entry, for the strongest reason, and as their levels say") {
  Two at;
  const auto mine = at.health.post(at.draft("mine", "ann"));
  watch_as(at.health, "ann", at.space, EntryRef(), WatchLevel::kWatching);
  REQUIRE(at.health.reply({.author = "maria", .parent = mine->id, .text = "@ann yes"}).ok());
  const auto plain = at.health.reply({.author = "maria", .parent = mine->id, .text = "plain"});
  const auto below = at.health.reply({.author = "maria", .parent = plain->id, .text = "below"});
  REQUIRE(at.health.post(at.draft("elsewhere")).ok());
  CHECK(told(at.health, "ann") == Texts{"space elsewhere", "space below", "reply plain", "mention @ann yes"});
  watch_as(at.health, "ann", at.space, ref_of(mine->id), WatchLevel::kMuted);
  REQUIRE(at.health.reply({.author = "maria", .parent = mine->id, .text = "@ann muted"}).ok());
  CHECK(told(at.health, "ann").size() == 4);
  watch_as(at.health, "ann", at.space, ref_of(mine->id), WatchLevel::kWatching);
  watch_as(at.health, "ann", at.space, EntryRef(), WatchLevel::kMentions);
  REQUIRE(at.health.reply({.author = "maria", .parent = below->id, .text = "thread"}).ok());
  REQUIRE(at.health.post(at.draft("not told")).ok());
  REQUIRE(at.health.post(at.draft("@ann told")).ok());
  const Texts all = told(at.health, "ann");
  CHECK(all.size() == 6);
  CHECK(all[0] == "mention @ann told");
  CHECK(all[1] == "thread thread");
  // Pages hold each once.
  Texts paged;
  std::string after;
  do {
    const auto page = notices_of(at.health, "ann", {.after = after, .limit = 1});
    for (const Notice& notice : page.notices)
      paged.push_back(std::string(notice_reason_text(notice.reason)) + " " + notice.entry.text);
    after = page.next;
  } while (!after.empty());
  CHECK(paged == all);
}

TEST_CASE("a notification is gone with the right to read, and with what it told of") {
  Two at;
  at.introduce();
  const auto post = at.health.post(at.draft("@ann one"));
  at.health.peer.node.now += std::chrono::seconds(1);
  const auto second = at.health.post(at.draft("@ann two"));
  CHECK(told(at.health, "ann", {.unread = true}) == Texts{"mention @ann two", "mention @ann one"});
  mark(at.health, "ann", at.space, second->id);
  CHECK(told(at.health, "ann", {.unread = true}) == Texts{"mention @ann one"});
  const std::uint64_t newest = newest_notice(*at.health.view(), at.ann.id).value();
  REQUIRE(at.health.peer.node.store->commit(see_notices(at.ann.id, newest)).ok());
  CHECK(told(at.health, "ann", {.unread = true}).empty());
  CHECK(told(at.health, "ann").size() == 2);
  REQUIRE(at.health.withdraw({.author = "maria", .entry = post->id}).ok());
  CHECK(told(at.health, "ann") == Texts{"mention @ann two"});
  REQUIRE(at.health
              .finish([&](Done done) { at.health.spaces->add_reader(at.space, {.user = at.maria.id}, done); })
              .ok());
  CHECK(told(at.health, "ann").empty());
  REQUIRE(
      at.health.finish([&](Done done) { at.health.spaces->add_reader(at.space, {.user = at.ann.id}, done); })
          .ok());
  CHECK(told(at.health, "ann").size() == 1);
}

TEST_CASE("an edit tells those alone whom the earlier version did not mention") {
  Two at;
  at.health.person("bob");
  const auto post = at.health.post(at.draft("@ann"));
  REQUIRE(at.health
              .written([&](OnPosted done) {
                at.health.posts->edit({.author = "maria", .entry = post->id, .text = "@ann @bob"},
                                      std::move(done));
              })
              .ok());
  CHECK(told(at.health, "ann").size() == 1);
  CHECK(told(at.health, "bob") == Texts{"mention @ann @bob"});
}

TEST_CASE("more people who watch than one batch has room for are all told, once") {
  Two at;
  constexpr int kWatchers = 1200;
  for (int i = 0; i < kWatchers; ++i) {
    const auto person = at.health.person("w" + std::to_string(i));
    REQUIRE(at.health.peer.node.store->commit(watch(at.space, EntryRef(), person.id, WatchLevel::kWatching))
                .ok());
  }
  std::vector<NewPost> posts;
  for (int i = 0; i < 5; ++i)
    posts.push_back(at.draft("post " + std::to_string(i)));
  at.health.posts->post_all(posts, [](std::size_t, const Result<feed::Appended>&) {});
  at.health.run();
  at.health.follow();
  for (const int i : {0, 1, 599, 1000, kWatchers - 1})
    CHECK(told(at.health, "w" + std::to_string(i)).size() == posts.size());
}

TEST_CASE("of what a person was told the newest thousand stay, and nothing for longer than half a year") {
  World world(79);
  Agency& health = world.add("health");
  storage::Store& store = *health.peer.node.store;
  const WallTime now = kNoon + kNoticeAge;  // so that half a year ago is a time
  const FeedId feed = world.random.next<FeedId>();
  const auto tell = [&](const UserId& user, std::uint64_t seq, WallTime received) {
    const Bytes key = kNotices.key(user, Falling{millis(received)}, feed, Falling{seq});
    feed::RowWriter row;
    row.number(std::uint8_t{1});
    storage::Batch rows;
    rows.put(key, std::move(row).finish(key));
    REQUIRE(store.commit(std::move(rows)).ok());
  };
  std::vector<UserId> users(5);
  for (UserId& user : users)
    user = world.random.next<UserId>();
  // One with more than enough, one at the bound, one who was away, one at both bounds; and nobody at all.
  for (std::uint64_t i = 0; i < kMostNotices + 70; ++i)
    tell(users[0], i, now - std::chrono::minutes(i));
  for (std::uint64_t i = 0; i < kMostNotices; ++i)
    tell(users[1], i, now);
  for (std::uint64_t i = 0; i < 5; ++i)
    tell(users[2], i, now - kNoticeAge - std::chrono::milliseconds(1 + i));
  tell(users[3], 0, now - kNoticeAge);
  tell(users[3], 1, now - kNoticeAge - std::chrono::milliseconds(1));
  tell(UserId(), 7, WallTime());  // people are still being told of this one
  const auto held = [&](const UserId& user) {
    std::vector<std::uint64_t> seqs;
    REQUIRE(health.view()
                ->walk(kNotices.range(user), false,
                       [&](ByteView key, ByteView) {
                         seqs.push_back(std::get<3>(*kNotices.parse(key)).value);
                         return true;
                       })
                .ok());
    return seqs;
  };
  const auto tidy = [&](WallTime when, std::size_t most_people) {
    UserId after;
    std::size_t steps = 0;
    for (bool more = true; more; ++steps) {
      REQUIRE(steps < 100);
      auto step = tidy_notices(*health.view(), when, after, most_people);
      REQUIRE(step.ok());
      if (!step->rows.empty()) REQUIRE(store.commit(std::move(step->rows)).ok());
      CHECK((!step->more || step->last > after));
      after = step->last;
      more = step->more;
    }
    return steps;
  };
  CHECK(tidy(now, 1) == 5);
  const auto newest = held(users[0]);
  REQUIRE(newest.size() == kMostNotices);
  CHECK(newest.front() == 0);
  CHECK(newest.back() == kMostNotices - 1);
  CHECK(held(users[1]).size() == kMostNotices);
  CHECK(held(users[2]).empty());
  CHECK(held(users[3]) == std::vector<std::uint64_t>{0});
  CHECK(held(UserId()) == std::vector<std::uint64_t>{7});
  // Nothing is left to be done, and a clock before half a year removes nothing for its age.
  CHECK(tidy_notices(*health.view(), now, UserId(), 100)->rows.empty());
  CHECK(tidy_notices(*health.view(), WallTime(), UserId(), 100)->rows.empty());
  tidy(now + std::chrono::milliseconds(1), 100);
  CHECK(held(users[3]).empty());
}

TEST_CASE("what is read stays read, what comes later is unread, one's own never is") {
  Two at;
  const auto first = at.health.post(at.draft("one"));
  REQUIRE(at.health.reply({.author = "maria", .parent = first->id, .text = "two"}).ok());
  const auto other = at.health.post(at.draft("other"));
  at.world.exchange();
  CHECK(unread(at.health, "maria", at.space) == 0);
  CHECK(unread(at.health, "ann", at.space) == 3);
  CHECK(unread(at.finance, "jo", at.space) == 3);
  mark(at.finance, "jo", at.space, first->id);
  CHECK(unread(at.finance, "jo", at.space) == 1);
  CHECK(unread(at.finance, "sam", at.space) == 3);
  mark(at.finance, "jo", at.space, first->id);
  CHECK(unread(at.finance, "jo", at.space) == 1);
  // Written while the link was down, with an older clock than what was read: unread all the same.
  const auto late = at.health.reply({.author = "ann", .parent = first->id, .text = "late"});
  at.finance.peer.node.now += std::chrono::hours(2);
  const auto mine = at.finance.reply({.author = "jo", .parent = first->id, .text = "mine"});
  mark(at.finance, "jo", at.space, first->id);
  at.world.exchange();
  CHECK(late->hlc < mine->hlc);
  CHECK(unread(at.finance, "jo", at.space) == 2);
  const auto list = at.finance.list(at.space, {}, at.finance.as("jo")).value();
  REQUIRE(list.posts.size() == 2);
  CHECK(list.posts[0].unread_entries == 1);
  CHECK(list.posts[1].unread_entries == 1);
  CHECK(list.posts[1].entries == 4);
  for (const PostView& view : at.finance.thread(first->id, {}, at.finance.as("jo"))->posts)
    CHECK(view.unread == (view.text == "late"));
  mark(at.finance, "jo", at.space, EntryId());
  CHECK(unread(at.finance, "jo", at.space) == 0);
  REQUIRE(at.health.post(at.draft("new")).ok());
  at.world.exchange();
  CHECK(unread(at.finance, "jo", at.space) == 1);
  REQUIRE(at.health.withdraw({.author = "maria", .entry = other->id}).ok());
  at.world.exchange();
  CHECK(unread(at.finance, "jo", at.space) == 1);
  // A suspended agency's entries are nobody's to read meanwhile.
  at.finance.hidden.insert(at.health.self());
  at.finance.spaces->peers_changed();
  CHECK(unread(at.finance, "jo", at.space) == 0);
  at.finance.hidden.clear();
  at.finance.spaces->peers_changed();
  CHECK(unread(at.finance, "jo", at.space) == 1);
}

TEST_CASE("an archive that is imported is unread for nobody, today's mail is") {
  Two at;
  NewPost post = at.draft("@ann old");
  post.origin =
      PostOrigin{.source = "list", .id = "1", .time = at.health.peer.node.now - std::chrono::hours(24 * 8)};
  REQUIRE(at.health.post(post).ok());
  CHECK(unread(at.health, "ann", at.space) == 0);
  post.origin =
      PostOrigin{.source = "list", .id = "2", .time = at.health.peer.node.now - std::chrono::hours(1)};
  REQUIRE(at.health.post(post).ok());
  CHECK(unread(at.health, "ann", at.space) == 1);
}

TEST_CASE("what is disposed of is unread for nobody, whether it had been read or not") {
  Two at;
  std::vector<EntryId> posts;
  for (int i = 0; i < 6; ++i)
    posts.push_back(at.health.post(at.draft("post")).value().id);
  for (const std::size_t i : {0U, 1U, 2U})
    mark(at.health, "ann", at.space, posts[i]);
  CHECK(unread(at.health, "ann", at.space) == 3);
  const std::vector<EntryId> gone{posts[0], posts[5]};
  const auto view = at.health.view();
  auto plan = feed::plan_disposal(*view, gone, at.health.peer.node.now);
  REQUIRE(plan.ok());
  REQUIRE(at.health.peer.node.store->commit(std::move(plan->rows)).ok());
  at.health.follow();
  CHECK(unread(at.health, "ann", at.space) == 2);
  mark(at.health, "ann", at.space, posts[3]);
  CHECK(unread(at.health, "ann", at.space) == 1);
  CHECK(unread(at.health, "maria", at.space) == 0);
}

TEST_CASE("twin: unread counts, thread counts and marks agree with a walk over all entries") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    Two at(v1::TLP_RED);
    at.introduce();
    SeededRandom random(seed);
    const auto created =
        at.health.create({.slug = "few",
                          .kind = v1::SPACE_KIND_CIRCLE,
                          .people = {{at.health.self(), at.maria.id}, {at.finance.self(), at.jo.id}}});
    REQUIRE(created.ok());
    const SpaceId circle = *created;
    at.world.exchange();
    struct Someone {
      Agency& at;
      std::string name;
      UserId id;
      std::set<EntryId> read{};
    };
    std::vector<Someone> people{{at.health, "maria", at.maria.id},
                                {at.health, "ann", at.ann.id},
                                {at.finance, "jo", at.jo.id},
                                {at.finance, "sam", at.sam.id}};
    std::map<EntryId, std::pair<SpaceId, EntryId>> all;  // entry: its space and thread
    const auto collect = [&](Agency& agency, const SpaceId& space) {
      const auto view = agency.view();
      std::vector<std::pair<FeedId, Seq>> out;
      REQUIRE(feed::each_feed(*view, [&](const feed::FeedState& feed) {
                if (feed.space == space)
                  for (std::uint64_t seq = 1; seq <= raw(feed.end.seq); ++seq)
                    out.emplace_back(feed.feed(), Seq{seq});
                return true;
              }).ok());
      return out;
    };
    const auto visible = [&](Someone& who, const SpaceId& space) {
      std::vector<PostView> out;
      for (const auto& [feed, seq] : collect(who.at, space)) {
        const auto view = who.at.read(who.at.as(who.name),
                                      [&, f = feed, q = seq](PostReader& posts) { return posts.at(f, q); });
        REQUIRE(view.ok());
        if (*view && ((*view)->kind == "post" || (*view)->kind == "reply")) out.push_back(**view);
      }
      return out;
    };
    for (int step = 0; step < 50; ++step) {
      Someone& who = people[random.below(people.size())];
      const SpaceId space = random.below(4) == 0 ? circle : at.space;
      const auto there = visible(who, space);
      switch (random.below(7)) {
        case 0:
        case 1: {
          NewPost post = at.draft("post", who.name);
          post.space = space;
          (void)who.at.post(post);
          break;
        }
        case 2:
        case 3:
          if (!there.empty()) {
            NewReply reply{.author = who.name,
                           .parent = parse_entry_id(there[random.below(there.size())].id).value(),
                           .text = "reply"};
            if (random.below(3) == 0) reply.label = Label{.tlp = v1::TLP_RED};
            (void)who.at.reply(reply);
          }
          break;
        case 4:
          if (!there.empty()) {
            const PostView& one = there[random.below(there.size())];
            const EntryId thread = parse_entry_id(one.thread).value();
            for (const PostView& view : there) {
              if (view.thread == one.thread) who.read.insert(parse_entry_id(view.id).value());
            }
            mark(who.at, who.name, space, thread);
          }
          break;
        case 5:
          if (random.below(5) == 0 && !there.empty()) {
            for (const PostView& view : there)
              who.read.insert(parse_entry_id(view.id).value());
            mark(who.at, who.name, space, EntryId());
          } else if (!there.empty()) {
            (void)who.at.withdraw(
                {.author = who.name, .entry = parse_entry_id(there[random.below(there.size())].id).value()});
          }
          break;
        default:
          at.world.exchange();
      }
      for (Someone& one : people) {
        CAPTURE(step);
        CAPTURE(one.name);
        for (const SpaceId& in : {at.space, circle}) {
          std::uint64_t expected = 0;
          std::map<std::string, std::uint64_t> threads;
          for (const PostView& view : visible(one, in)) {
            const bool is =
                view.author_id != id_text(one.id) && !one.read.contains(parse_entry_id(view.id).value());
            expected += is ? 1U : 0U;
            threads[view.thread] += is ? 1U : 0U;
          }
          REQUIRE(unread(one.at, one.name, in) == expected);
          const auto list = one.at.list(in, {.limit = 100}, one.at.as(one.name));
          if (!list.ok()) continue;
          for (const PostView& view : list->posts)
            REQUIRE(view.unread_entries == threads[view.id]);
        }
      }
    }
    for (Agency* agency : {&at.health, &at.finance}) {
      const auto live = agency->projection_hash();
      REQUIRE(feed::reindex(*agency->peer.node.store, agency->peer.node.storage_key,
                            agency->peer.node.projections, agency->followers, {})
                  .ok());
      agency->follow();
      CHECK(agency->projection_hash() == live);
    }
  }
}

}  // namespace comity::community
