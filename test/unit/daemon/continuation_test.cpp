// SPDX-License-Identifier: EUPL-1.2
// Whether our own feeds go on after a start (DESIGN 5.7, 5.10).
#include "node/daemon/continuation.h"

#include <doctest/doctest.h>

#include "test/unit/feed/node.h"

namespace comity::daemon {
namespace {

using comity::test::SeededRandom;
using feed::test::Node;
using proto::Code;
using proto::Error;
using proto::FeedId;
using proto::Seq;
using proto::SpaceId;
using proto::Status;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// A node with one space, and a clock that the test moves.
class Desk {
 public:
  explicit Desk(bool is_inside = false) : inside(is_inside), node(random), space(random.next<SpaceId>()) {
    node.waits = [this](const FeedId& waiting) { continuation->waits(waiting); };
    node.clock_ahead = [this](const FeedId& ahead) { continuation->clock_ahead(ahead); };
    node.restart();
    feed = node.open(space, inside);
    if (!inside) show(feed);
    post("before");
  }

  void start(bool clean, bool restored = false) {
    node.restart();
    timers.clear();
    continuation = std::make_unique<Continuation>(ContinuationSetup{
        .writer = *node.writer,
        .store = *node.store,
        .restored = restored,
        .clean = clean,
        .now = [this] { return node.now; },
        .later = [this](
                     milliseconds span,
                     std::function<void()> then) { timers.emplace_back(node.now + span, std::move(then)); },
        .current =
            [this] {
              return left ? std::map<FeedId, SpaceId>{} : std::map<FeedId, SpaceId>{{feed, space}};
            },
        .reopen =
            [this](const SpaceId& where, v1::FeedOpenReason reason,
                   std::function<void(proto::Result<FeedId>)> done) {
              reasons.push_back(reason);
              const auto next = node.writer->open(
                  {.space = where, .inside = inside, .ceiling = {.tlp = v1::TLP_AMBER}, .reason = reason},
                  [this, done](const proto::Result<feed::Appended>& first) {
                    REQUIRE(first.ok());
                    feed = first->feed;
                    if (!inside) show(feed);
                    done(first->feed);
                  });
              if (!next.ok()) done(next.error());
            },
        .retired = [this](const FeedId& old) { retired.push_back(old); },
        .opened = [this](const FeedId&, const FeedId&, v1::FeedOpenReason) { ++opened; },
        .failed = [this](const FeedId&, const Error& error) { failures.push_back(error.code); }});
    REQUIRE(continuation->begin().ok());
    node.run();
  }
  // To another agency.
  void show(const FeedId& what) {
    node.readers = {reader};
    v1::Audience audience;
    audience.add_member()->set_agency(feed::field(reader.view()));
    audience.mutable_member(0)->set_from_seq(1);
    audience.set_readers(v1::READER_RULE_OPEN);
    node.writer->set_audience(what, audience, {});
  }
  void pass(milliseconds span) {
    node.now += span;
    for (std::size_t i = 0; i < timers.size(); ++i) {
      if (timers[i].first > node.now) continue;
      const auto due = std::move(timers[i].second);
      timers.erase(timers.begin() + static_cast<std::ptrdiff_t>(i--));
      due();
    }
    node.run();
  }
  void post(std::string_view text) {
    node.post(feed, space, text);
    node.run();
  }
  [[nodiscard]] v1::FeedHead head(std::uint64_t more = 0) const {
    const auto state = feed::get_feed(*node.view(), feed).value();
    v1::FeedHead out;
    out.set_feed(feed::field(feed.view()));
    out.set_seq(raw(state.end.seq) + more);
    out.set_id(more == 0 ? feed::field(state.end.id.view()) : std::string(32, 'x'));
    return out;
  }
  [[nodiscard]] bool is_retired(const FeedId& of) const { return feed::get_feed(*node.view(), of)->retired; }

  SeededRandom random{7};
  bool inside;
  Node node;
  SpaceId space;
  proto::AgencyId reader = random.next<proto::AgencyId>();
  FeedId feed;
  std::vector<std::pair<feed::WallTime, std::function<void()>>> timers{};
  std::vector<v1::FeedOpenReason> reasons{};
  std::vector<FeedId> retired{};
  std::vector<Code> failures{};
  int opened = 0;
  bool left = false;  ///< the space
  std::unique_ptr<Continuation> continuation;
};

}  // namespace

TEST_CASE("a clean start waits for nobody") {
  Desk desk;
  desk.start(true);
  CHECK(desk.continuation->open() == 0);
  desk.post("at once");
  CHECK(desk.node.last().feed == desk.feed);
  CHECK(desk.timers.empty());
}

TEST_CASE("after an unclean start the first post waits for one member's word, and goes on with it") {
  Desk desk;
  const FeedId old = desk.feed;
  desk.start(false);
  CHECK(desk.continuation->open() == 1);
  CHECK(desk.timers.empty());  // nobody waits yet
  const std::size_t before = desk.node.answers.size();
  desk.post("in doubt");
  CHECK(desk.node.answers.size() == before);
  desk.pass(milliseconds(1900));
  CHECK(desk.node.answers.size() == before);
  desk.continuation->told(old, desk.head());
  desk.node.run();
  CHECK(desk.node.last().feed == old);
  desk.pass(seconds(10));
  CHECK(desk.reasons.empty());
  desk.post("more");
  CHECK(desk.node.last().feed == old);
}

TEST_CASE("a member that lags behind confirms too; its word before anybody waits counts as well") {
  Desk desk;
  desk.start(false);
  auto behind = desk.head();
  behind.set_seq(1);
  desk.continuation->told(desk.feed, behind);
  CHECK(desk.continuation->open() == 0);
  desk.post("at once");
  CHECK(desk.node.last().feed == desk.feed);
}

TEST_CASE("without a word within two seconds a new feed opens, and what was posted goes there in its order") {
  Desk desk;
  const FeedId old = desk.feed;
  desk.start(false);
  const std::size_t before = desk.node.answers.size();
  for (int i = 0; i < 5; ++i)
    desk.post("post " + std::to_string(i));
  desk.pass(seconds(2));
  REQUIRE(desk.reasons == std::vector{v1::FEED_OPEN_REASON_UNCONFIRMED});
  CHECK(desk.feed != old);
  REQUIRE(desk.node.answers.size() == before + 5);
  for (std::size_t i = before; i < desk.node.answers.size(); ++i)
    CHECK(desk.node.answers[i]->feed == desk.feed);
  CHECK(desk.is_retired(old));
  CHECK(desk.retired == std::vector{old});
  CHECK(desk.node.writer->waiting_bytes() == 0);
  // A restart goes on with the new one, and asks nobody.
  desk.start(true);
  desk.post("later");
  CHECK(desk.node.last().feed == desk.feed);
}

TEST_CASE("a head ahead of ours opens a new feed at any time; it waits for what comes back, not for ever") {
  for (const bool clean : {true, false}) {
    CAPTURE(clean);
    Desk desk;
    const FeedId old = desk.feed;
    desk.start(clean);
    desk.continuation->ahead(old, desk.head(3));
    desk.node.run();
    CHECK(desk.is_retired(old));
    CHECK(desk.reasons.empty());
    const std::size_t before = desk.node.answers.size();
    desk.post("meanwhile");
    CHECK(desk.node.answers.size() == before);
    desk.pass(seconds(3));
    CHECK(desk.reasons.empty());  // a member holds more: it is being fetched
    SUBCASE("it comes back") {
      const feed::Appended back{.feed = old, .seq = Seq{desk.head(3).seq()}};
      desk.continuation->came_back(std::vector{back});
      desk.node.run();
    }
    SUBCASE("it does not") {
      desk.pass(seconds(6));
    }
    REQUIRE(desk.reasons == std::vector{v1::FEED_OPEN_REASON_RESTORE});
    CHECK(desk.node.last().feed == desk.feed);
    CHECK(desk.feed != old);
    desk.continuation->ahead(old, desk.head(3));
    desk.pass(seconds(20));
    CHECK(desk.reasons.size() == 1);
  }
}

TEST_CASE("a restored store opens new feeds whatever members say, an inside one at once") {
  Desk desk;
  const FeedId old = desk.feed;
  desk.start(true, true);
  CHECK(desk.is_retired(old));
  CHECK(desk.reasons.empty());
  SUBCASE("a member holds no more than we do") {
    auto same = desk.head();
    desk.continuation->told(old, same);
    desk.node.run();
  }
  SUBCASE("nobody says anything") {
    desk.pass(kRecoveryWait);
  }
  CHECK(desk.reasons == std::vector{v1::FEED_OPEN_REASON_RESTORE});
  desk.post("after");
  CHECK(desk.node.last().feed == desk.feed);
  CHECK(desk.feed != old);

  Desk within(true);
  const FeedId audit = within.feed;
  within.start(true, true);
  CHECK(within.reasons == std::vector{v1::FEED_OPEN_REASON_RESTORE});
  CHECK(within.feed != audit);
}

TEST_CASE("inside feeds never wait for anybody") {
  Desk desk(true);
  desk.start(false);
  desk.post("at once");
  CHECK(desk.node.last().feed == desk.feed);
}

TEST_CASE("a start that was cut off between retiring a feed and opening the next one goes on with that") {
  Desk desk;
  const FeedId old = desk.feed;
  desk.start(false);
  desk.node.writer->retire(old, [](const Status&) {});
  desk.node.run();
  desk.start(true);
  desk.pass(kRecoveryWait);
  CHECK(desk.reasons.size() == 1);
  desk.post("after");
  CHECK(desk.node.last().feed == desk.feed);
  CHECK(desk.feed != old);
}

TEST_CASE("a clock that was far ahead: the next post opens a new feed, whose clock is right") {
  Desk desk;
  desk.start(true);
  const FeedId old = desk.feed;
  desk.node.now += std::chrono::hours(1);
  desk.node.writer->merge_clock(feed::make_hlc(desk.node.now));
  desk.post("from the future");
  desk.node.now -= std::chrono::hours(1);
  desk.post("right again");
  REQUIRE(desk.reasons == std::vector{v1::FEED_OPEN_REASON_CLOCK});
  CHECK(desk.feed != old);
  CHECK(desk.node.last().feed == desk.feed);
  CHECK_FALSE(feed::is_ahead(desk.node.last().hlc, desk.node.now));
  desk.post("and on");
  CHECK(desk.node.last().feed == desk.feed);
  CHECK(desk.reasons.size() == 1);

  // The same found at a start.
  Desk late;
  late.node.now -= std::chrono::hours(1);
  late.start(true);
  CHECK(late.reasons == std::vector{v1::FEED_OPEN_REASON_CLOCK});
}

TEST_CASE("while another live node is kept to, nothing but audit events is taken") {
  Desk desk;
  desk.start(true);
  desk.node.writer->refuse(Error{Code::kCloneHere, "says finance"});
  desk.post("refused");
  CHECK(desk.node.answers.back().error().code == Code::kCloneHere);
  CHECK(desk.node.writer->open({.space = desk.space}, {}).error().code == Code::kCloneHere);
  desk.node.writer->append(desk.feed,
                           feed::clear_draft(v1::KIND_LOCAL_AUDIT, proto::Bytes(10), desk.node.note()));
  desk.node.run();
  CHECK(desk.node.answers.back().ok());
  desk.node.writer->refuse({});
  desk.post("taken");
  CHECK(desk.node.last().feed == desk.feed);
}

TEST_CASE("a next feed that is refused opens once it may") {
  Desk desk;
  const FeedId old = desk.feed;
  desk.start(true);
  desk.node.writer->refuse(Error{Code::kCloneHere, "says finance"});
  desk.continuation->ahead(old, desk.head(3));
  desk.node.run();
  desk.pass(kRecoveryWait);
  CHECK(desk.failures == std::vector{Code::kCloneHere});
  CHECK(desk.opened == 0);
  desk.post("refused");
  CHECK(desk.node.answers.back().error().code == Code::kCloneHere);
  desk.pass(kOpenAgain);
  CHECK(desk.failures.size() == 1);  // said once
  CHECK(desk.reasons.size() == 2);
  SUBCASE("at the word of whoever knows") {
    desk.node.writer->refuse({});
    desk.continuation->try_again();
    desk.node.run();
  }
  SUBCASE("after a while") {
    desk.node.writer->refuse({});
    desk.pass(kOpenAgain);
  }
  CHECK(desk.opened == 1);
  CHECK(desk.continuation->open() == 0);
  desk.post("taken");
  CHECK(desk.node.last().feed == desk.feed);
  CHECK(desk.feed != old);
  desk.continuation->try_again();
  desk.pass(kOpenAgain);
  CHECK(desk.opened == 1);
}

TEST_CASE("in a space that was left meanwhile no next feed is tried for") {
  Desk desk;
  desk.start(true);
  desk.node.writer->refuse(Error{Code::kCloneHere, "says finance"});
  desk.continuation->ahead(desk.feed, desk.head(3));
  desk.node.run();
  desk.left = true;
  desk.pass(kRecoveryWait);
  CHECK(desk.failures.size() == 1);
  CHECK(desk.continuation->open() == 0);
  desk.node.writer->refuse({});
  desk.pass(kOpenAgain);
  CHECK(desk.opened == 0);
}

}  // namespace comity::daemon
