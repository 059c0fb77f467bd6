// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/links/link_table.h"

#include <doctest/doctest.h>

#include "test/unit/seeded.h"

namespace comity::federation {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

AgencyId agency(char c) {
  return AgencyId::from(proto::to_bytes(std::string(32, c))).value();
}
InstanceId instance(char c) {
  return InstanceId::from(proto::to_bytes(std::string(16, c))).value();
}
v1::Bye bye_of(v1::Reason reason, std::uint32_t retry_after = 0) {
  v1::Bye bye;
  bye.set_reason(reason);
  bye.set_retry_after(retry_after);
  return bye;
}

const AgencyId kUs = agency('m');
const AgencyId kSmaller = agency('a');
const AgencyId kLarger = agency('z');

LiveLink link(std::uint64_t number, const AgencyId& with, bool we_dialled, char of = 'i',
              std::uint64_t boot = 1) {
  return LiveLink{number, with, instance(of), boot, we_dialled};
}

struct Table {
  explicit Table(const AgencyId& wanted = kLarger) { table.want(wanted, now); }
  /// Opens link `number` and says which one has to go; 0: none.
  std::uint64_t open(const LiveLink& one, std::optional<InstanceId> pinned = {}) {
    const auto goodbye = table.opened(one, pinned, now);
    reason = goodbye ? goodbye->bye.reason() : v1::REASON_NONE;
    named = goodbye ? goodbye->bye.instance() : std::string();
    return goodbye ? goodbye->number : 0;
  }
  void close(std::uint64_t number, std::optional<v1::Bye> theirs = {}) {
    table.closed(number, theirs, now, random);
  }
  Mono now{};
  test::SeededRandom random{1};
  LinkTable table{kUs};
  v1::Reason reason = v1::REASON_NONE;
  std::string named;
};

}  // namespace

TEST_CASE("the back-off doubles from a second to five minutes, of which a random half to whole") {
  test::SeededRandom random(1);
  Duration least = hours(1);
  Duration most{};
  for (unsigned failures = 1; failures <= 40; ++failures) {
    const Duration whole = std::min<Duration>(seconds(1) * (1LL << std::min(failures - 1, 20U)), minutes(5));
    for (int i = 0; i < 100; ++i) {
      const Duration wait = back_off(failures, random);
      REQUIRE(wait >= whole / 2);
      REQUIRE(wait <= whole);
      if (failures == 1) {
        least = std::min(least, wait);
        most = std::max(most, wait);
      }
    }
  }
  CHECK(most - least > milliseconds(300));
  CHECK(back_off(0, random) <= seconds(1));
}

TEST_CASE("a wanted agency is dialled at once, once, and again later after a failure") {
  Table t;
  CHECK(t.table.next() == t.now);
  CHECK(t.table.due(t.now) == std::vector{kLarger});
  CHECK(t.table.due(t.now).empty());
  CHECK(t.table.next() == runtime::kNever);
  t.table.dial_failed(kLarger, t.now, t.random);
  CHECK(t.table.next() >= t.now + milliseconds(500));
  CHECK(t.table.next() <= t.now + seconds(1));
  t.now = t.table.next();
  CHECK(t.table.due(t.now - milliseconds(1)).empty());
  CHECK(t.table.due(t.now) == std::vector{kLarger});
  for (int i = 0; i < 20; ++i) {
    t.table.dial_failed(kLarger, t.now, t.random);
    CHECK(t.table.next() <= t.now + minutes(5));
    t.now = t.table.next();
    REQUIRE(t.table.due(t.now).size() == 1);
  }
  t.table.dial_failed(kLarger, t.now, t.random);
  CHECK(t.table.next() >= t.now + seconds(150));
  t.table.retry(kLarger, t.now);
  CHECK(t.table.due(t.now).size() == 1);
  t.table.dial_failed(kLarger, t.now, t.random);
  CHECK(t.table.next() <= t.now + seconds(1));
}

TEST_CASE("while a session lives nobody is dialled; contact from the other side clears the failures") {
  Table t;
  for (int i = 0; i < 10; ++i) {
    t.now = t.table.next();
    (void)t.table.due(t.now);
    t.table.dial_failed(kLarger, t.now, t.random);
  }
  REQUIRE(t.table.next() > t.now + minutes(2));
  CHECK(t.open(link(1, kLarger, false)) == 0);
  CHECK(t.table.next() == runtime::kNever);
  CHECK(t.table.due(t.now + hours(1)).empty());
  t.close(1);
  CHECK(t.table.next() <= t.now + seconds(1));
}

TEST_CASE("sessions that end early count as failures, a steady one clears them") {
  Table t;
  for (std::uint64_t number = 1; number <= 12; ++number) {
    t.now = std::max(t.now, t.table.next());
    REQUIRE(t.table.due(t.now).size() == 1);
    CHECK(t.open(link(number, kLarger, true)) == 0);
    t.now += seconds(1);
    t.close(number);
  }
  CHECK(t.table.next() >= t.now + seconds(150));
  t.now = t.table.next();
  (void)t.table.due(t.now);
  CHECK(t.open(link(50, kLarger, true)) == 0);
  t.now += seconds(30);
  t.close(50);
  CHECK(t.table.next() <= t.now + seconds(1));
}

TEST_CASE("a Bye's retry_after is respected up to a day, except when the operator says retry") {
  Table t;
  CHECK(t.open(link(1, kLarger, false)) == 0);
  t.now += minutes(5);
  t.close(1, bye_of(v1::REASON_DRAINING, 600));
  CHECK(t.table.next() == t.now + seconds(600));
  CHECK(t.open(link(2, kLarger, false)) == 0);
  t.close(2, bye_of(v1::REASON_DRAINING, UINT32_MAX));
  CHECK(t.table.next() == t.now + hours(24));
  t.table.retry(kLarger, t.now);
  CHECK(t.table.next() == t.now);
}

TEST_CASE("a refusal that somebody has to lift is not hammered") {
  for (const v1::Reason reason : {v1::REASON_SUSPENDED, v1::REASON_REVOKED, v1::REASON_CLONE}) {
    Table t;
    CHECK(t.open(link(1, kLarger, false)) == 0);
    t.now += hours(1);
    t.close(1, bye_of(reason));
    CHECK(t.table.next() >= t.now + seconds(150));
  }
}

TEST_CASE("of two sessions dialled at once the one that the smaller AgencyID dialled stays, on both sides") {
  for (const bool ours_first : {true, false}) {
    Table small(kSmaller);
    (void)small.open(link(1, kSmaller, ours_first));
    CHECK(small.open(link(2, kSmaller, !ours_first)) == (ours_first ? 1 : 2));
    CHECK(small.reason == v1::REASON_REPLACED);
    CHECK_FALSE(small.table.live(kSmaller)->we_dialled);

    Table large(kLarger);
    (void)large.open(link(1, kLarger, ours_first));
    CHECK(large.open(link(2, kLarger, !ours_first)) == (ours_first ? 2 : 1));
    CHECK(large.table.live(kLarger)->we_dialled);
  }
}

TEST_CASE("a second session from the same side, or after a restart there, is the one that lives") {
  Table t;
  (void)t.open(link(1, kLarger, false));
  CHECK(t.open(link(2, kLarger, false)) == 1);
  CHECK(t.reason == v1::REASON_REPLACED);
  // Ours would stay by the rule of simultaneous calls, but the other node has started anew.
  CHECK(t.open(link(3, kLarger, true)) == 2);
  CHECK(t.open(link(4, kLarger, false, 'i', 2)) == 3);
  CHECK(t.open(link(5, kLarger, true, 'i', 1)) == 5);
  CHECK(t.table.live(kLarger)->number == 4);
}

TEST_CASE("the end of a session that did not stay changes nothing") {
  Table t;
  (void)t.open(link(1, kLarger, false));
  (void)t.open(link(2, kLarger, false));
  t.close(1);
  CHECK(t.table.live(kLarger)->number == 2);
  CHECK(t.table.next() == runtime::kNever);
  t.close(77);
  CHECK(t.table.live(kLarger)->number == 2);
}

TEST_CASE("of two live instances the pinned one stays, the other hears CLONE with its id") {
  Table newcomer;
  (void)newcomer.open(link(1, kLarger, true, 'p'), instance('p'));
  CHECK(newcomer.open(link(2, kLarger, false, 'c'), instance('p')) == 2);
  CHECK(newcomer.reason == v1::REASON_CLONE);
  CHECK(newcomer.named == std::string(16, 'p'));
  CHECK(newcomer.table.live(kLarger)->number == 1);

  Table first;
  (void)first.open(link(1, kLarger, false, 'c'), instance('p'));
  CHECK(first.open(link(2, kLarger, false, 'p'), instance('p')) == 1);
  CHECK(first.reason == v1::REASON_CLONE);
  CHECK(first.named == std::string(16, 'p'));
  CHECK(first.table.live(kLarger)->number == 2);

  Table unpinned;
  (void)unpinned.open(link(1, kLarger, false, 'x'));
  CHECK(unpinned.open(link(2, kLarger, false, 'y')) == 2);
  CHECK(unpinned.named == std::string(16, 'x'));
  // When the first has ended, the other is no second one: whether it may be is its owner's decision.
  unpinned.close(1);
  CHECK(unpinned.open(link(3, kLarger, false, 'y')) == 0);
}

TEST_CASE("a forgotten agency is not dialled any more and leaves nothing behind") {
  Table t;
  (void)t.open(link(1, kLarger, false));
  t.table.forget(kLarger);
  CHECK(t.table.live(kLarger));
  t.close(1);
  CHECK(t.table.next() == runtime::kNever);
  CHECK(t.table.due(t.now + hours(1)).empty());
  CHECK_FALSE(t.table.live(kLarger));
  // A stranger's session comes and goes without a trace of dialling.
  (void)t.open(link(2, kSmaller, false));
  t.close(2);
  CHECK(t.table.next() == runtime::kNever);
  // A dial that was under way comes to nothing.
  t.table.want(kLarger, t.now);
  (void)t.table.due(t.now);
  t.table.forget(kLarger);
  t.table.dial_failed(kLarger, t.now, t.random);
  CHECK(t.table.next() == runtime::kNever);
}

}  // namespace comity::federation
