// SPDX-License-Identifier: EUPL-1.2
#include <doctest/doctest.h>

#include "proto/bounds.h"
#include "test/unit/federation_peering/office.h"

namespace comity::federation::test {
namespace {

SpaceId space(unsigned char number) {
  std::array<std::byte, 32> bytes{};
  bytes[0] = std::byte{number};
  return SpaceId(bytes);
}

Terms some_terms() {
  Terms terms = default_terms(kNow);
  terms.purpose = "Sharing \"reports\"\nof two lines";
  terms.contact = "servicedesk@health.example";
  terms.proposer_sends->patterns = {"hr/*", "news"};
  terms.proposer_sends->spaces = {space(1), space(2)};
  terms.proposer_sends->ceiling = {
      .tlp = v1::TLP_AMBER_STRICT, .policy = "NATO", .level = 2, .categories = {"a", "b"}};
  terms.proposer_sends->bytes_per_day = 1'000'000;
  terms.proposer_sends->feeds_per_day = 7;
  terms.history = v1::HISTORY_RULE_SINCE;
  terms.history_since = kNow - days(30);
  terms.starts = kNow;
  terms.keep_days = 730;
  return terms;
}

// ---- the slow twin of narrows(): every act of a small world, one after the other

std::vector<std::string> all_slugs() {
  std::vector<std::string> out{""};
  for (std::size_t begin = 0, length = 0; length < 4; ++length) {
    const std::size_t end = out.size();
    for (; begin < end; ++begin) {
      for (const char c : {'a', 'b', 'c'})
        out.push_back(out[begin] + c);
    }
  }
  return out;
}

bool matches_slowly(const std::string& pattern, const std::string& slug) {
  if (pattern.back() != '*') return pattern == slug;
  const std::string stem = pattern.substr(0, pattern.size() - 1);
  return slug.size() >= stem.size() && slug.compare(0, stem.size(), stem) == 0;
}

bool permits(const std::optional<Flow>& flow, const SpaceId& where, const std::string& slug, v1::Tlp tlp,
             std::uint64_t bytes) {
  if (!flow) return false;
  bool named = false;
  for (const std::string& pattern : flow->patterns)
    named = named || matches_slowly(pattern, slug);
  for (const SpaceId& each : flow->spaces)
    named = named || each == where;
  return named && tlp <= flow->ceiling.tlp && (flow->bytes_per_day == 0 || bytes <= flow->bytes_per_day);
}

bool permits_history(const Terms& terms, unsigned at) {
  if (terms.history == v1::HISTORY_RULE_ALL) return true;
  return terms.history == v1::HISTORY_RULE_SINCE && from_millis(at) >= terms.history_since;
}

bool narrows_slowly(const Terms& before, const Terms& next) {
  static const std::vector<std::string> slugs = all_slugs();
  for (const auto flow : {&Terms::proposer_sends, &Terms::accepter_sends}) {
    for (const std::string& slug : slugs) {
      for (unsigned char where = 1; where <= 3; ++where) {
        for (int tlp = v1::TLP_CLEAR; tlp <= v1::TLP_RED; ++tlp) {
          for (const std::uint64_t bytes : {1U, 2U, 3U}) {
            const auto level = static_cast<v1::Tlp>(tlp);
            if (permits(next.*flow, space(where), slug, level, bytes) &&
                !permits(before.*flow, space(where), slug, level, bytes)) {
              return false;
            }
          }
        }
      }
    }
  }
  for (unsigned at = 0; at < 6; ++at) {
    if (permits_history(next, at) && !permits_history(before, at)) return false;
    const auto runs = [&](const Terms& terms) {
      return terms.starts <= kNow + days(at) && kNow + days(at) <= terms.ends;
    };
    if (runs(next) && !runs(before)) return false;
  }
  return before.keep_days == 0 || (next.keep_days != 0 && next.keep_days <= before.keep_days);
}

std::optional<Flow> random_flow(SeededRandom& random) {
  if (random.chance(15)) return std::nullopt;
  constexpr std::string_view kPatterns[] = {"*", "a*", "ab*", "a", "b", "ab", "b*", "aa"};
  Flow flow;
  for (std::uint64_t i = random.below(3); i > 0; --i)
    flow.patterns.emplace_back(kPatterns[random.below(8)]);
  for (std::uint64_t i = random.below(3); i > 0; --i)
    flow.spaces.push_back(space(static_cast<unsigned char>(1 + random.below(2))));
  flow.ceiling.tlp = static_cast<v1::Tlp>(1 + random.below(5));
  flow.bytes_per_day = random.below(3);
  return flow;
}

Terms random_terms(SeededRandom& random) {
  Terms terms = default_terms(kNow);
  terms.proposer_sends = random_flow(random);
  terms.accepter_sends = random_flow(random);
  terms.history = static_cast<v1::HistoryRule>(random.below(3));
  if (terms.history == v1::HISTORY_RULE_SINCE) terms.history_since = from_millis(1 + random.below(4));
  terms.starts = kNow + days(random.below(2));
  terms.ends = kNow + days(3 + random.below(2));
  terms.keep_days = static_cast<std::uint32_t>(random.below(3));
  return terms;
}

// Mostly something narrower, so that both answers are common.
Terms changed(const Terms& terms, SeededRandom& random) {
  if (random.chance(20)) return random_terms(random);
  Terms next = terms;
  const Terms other = random_terms(random);
  switch (random.below(6)) {
    case 0:
      next.proposer_sends = other.proposer_sends;
      break;
    case 1:
      next.accepter_sends.reset();
      break;
    case 2:
      next.history = other.history, next.history_since = other.history_since;
      break;
    case 3:
      next.ends = other.ends;
      break;
    case 4:
      next.keep_days = other.keep_days;
      break;
    default:
      if (next.proposer_sends) next.proposer_sends->ceiling = {.tlp = v1::TLP_GREEN};
  }
  return next;
}

}  // namespace

TEST_CASE("terms come back from their bytes as they were") {
  for (const Terms& terms : {some_terms(), default_terms(kNow)}) {
    const Bytes bytes = encode_terms(terms).value();
    CHECK(decode_terms(bytes).value() == terms);
    CHECK(encode_terms(decode_terms(bytes).value()).value() == bytes);
  }
}

TEST_CASE("terms that break a rule are refused by writer and reader alike") {
  const auto refused = [](auto change) {
    Terms terms = some_terms();
    change(terms);
    const auto bytes = encode_terms(terms);
    return !bytes.ok() && bytes.error().code == Code::kAgreementRule;
  };
  CHECK(refused([](Terms& t) { t.title.clear(); }));
  CHECK(refused([](Terms& t) { t.title = "two\nlines"; }));
  CHECK(refused([](Terms& t) { t.ends = t.starts; }));
  CHECK(refused([](Terms& t) { t.history_since = WallTime(); }));
  CHECK(refused([](Terms& t) { t.history = v1::HISTORY_RULE_ALL; }));
  CHECK(refused([](Terms& t) { t.proposer_sends->patterns = {"a*b"}; }));
  CHECK(refused([](Terms& t) { t.proposer_sends->patterns = {"with space"}; }));
  CHECK(refused([](Terms& t) { t.proposer_sends->spaces = {SpaceId()}; }));
  CHECK(refused([](Terms& t) { t.ends = from_millis(std::uint64_t{1} << 48U); }));
  Terms no_policy = some_terms();
  no_policy.proposer_sends->ceiling = {.tlp = v1::TLP_AMBER, .level = 2};
  CHECK(encode_terms(no_policy).error().code == Code::kBadLabel);
  Terms long_title = some_terms();
  long_title.title = std::string(300, 'x');
  CHECK_FALSE(encode_terms(long_title).ok());

  Bytes bytes = encode_terms(some_terms()).value();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(i));
    const auto cut_short = decode_terms(cut);
    if (cut_short.ok()) CHECK_FALSE(*cut_short == some_terms());
    Bytes flipped = bytes;
    flipped[i] ^= std::byte{0x40};
    const auto read = decode_terms(flipped);
    if (read.ok()) CHECK_FALSE(*read == some_terms());
  }
}

TEST_CASE("narrowing agrees with trying out every act of a small world") {
  SeededRandom random(2027);
  unsigned narrower = 0;
  for (unsigned i = 0; i < 400; ++i) {
    const Terms before = random_terms(random);
    const Terms next = changed(before, random);
    CAPTURE(i);
    CHECK(narrows(before, next) == narrows_slowly(before, next));
    narrower += narrows(before, next) ? 1 : 0;
    CHECK(narrows(before, before));
  }
  CHECK(narrower > 80);
  CHECK(narrower < 380);
}

TEST_CASE("what two narrowings have in common narrows both and loses nothing that both allow") {
  SeededRandom random(7);
  for (unsigned i = 0; i < 60; ++i) {
    const Terms a = random_terms(random);
    const Terms b = random_terms(random);
    const Terms both = meet(a, b);
    CAPTURE(i);
    CHECK(narrows(a, both));
    CHECK(narrows(b, both));
    for (const std::string& slug : all_slugs()) {
      const bool want = permits(a.proposer_sends, space(1), slug, v1::TLP_CLEAR, 1) &&
                        permits(b.proposer_sends, space(1), slug, v1::TLP_CLEAR, 1);
      // A space that one side lists by id and the other by slug is in neither list alone.
      if (a.proposer_sends && b.proposer_sends && a.proposer_sends->spaces.empty() &&
          b.proposer_sends->spaces.empty()) {
        CHECK(permits(both.proposer_sends, space(1), slug, v1::TLP_CLEAR, 1) == want);
      }
    }
  }
}

TEST_CASE("a policy of the ceiling is given up, never gained, by narrowing") {
  Terms before = some_terms();
  Terms next = before;
  next.proposer_sends->ceiling = {.tlp = v1::TLP_AMBER};
  CHECK(narrows(before, next));
  CHECK_FALSE(narrows(next, before));
  next.proposer_sends->ceiling = {.tlp = v1::TLP_AMBER, .policy = "OTHER", .level = 1};
  CHECK_FALSE(narrows(before, next));
}

TEST_CASE("the agreement file comes back as it was written") {
  for (const Terms& terms : {some_terms(), default_terms(kNow)}) {
    const auto read = read_agreement_file(write_agreement_file(terms));
    REQUIRE_MESSAGE(read.ok(), (read.ok() ? std::string() : proto::to_string(read.error())));
    CHECK(*read == terms);
  }
  Terms closed = default_terms(kNow);
  closed.accepter_sends.reset();
  CHECK(read_agreement_file(write_agreement_file(closed)).value() == closed);
}

TEST_CASE("an agreement file that is wrong names the place") {
  const std::string good = "[agreement]\ntitle = \"T\"\nends = \"2028-01-01\"\n[we_send]\nspaces = [\"*\"]\n";
  REQUIRE(read_agreement_file(good).ok());
  const auto detail = [](const std::string& text) {
    const auto read = read_agreement_file(text);
    REQUIRE_FALSE(read.ok());
    return proto::code_label(read.error().code) + " " + read.error().detail;
  };
  CHECK(detail("") == "CMY-1239 there is no section [agreement]");
  CHECK(detail(good + "[other]\nx = 1\n") == "CMY-1239 line 6, column 1: there is no section [other]");
  CHECK(detail(good + "colour = 1\n") == "CMY-1239 line 6, column 1: nothing is called 'colour' here");
  CHECK(
      detail(good + "ceiling = \"PURPLE\"\n").starts_with("CMY-1239 line 6, column 11: 'PURPLE' is none of"));
  CHECK(detail(good + "bytes_per_day = -1\n") == "CMY-1239 line 6, column 17: the number is out of range");
  CHECK(detail(good + "feeds_per_day = 4294967296\n") ==
        "CMY-1239 line 6, column 17: the number is out of range");
  CHECK(detail(good + "space_ids = [\"12\"]\n").starts_with("CMY-1239 line 6, column 13: a space id is"));
  CHECK(detail("[agreement]\ntitle = 1\n") == "CMY-1239 line 2, column 9: title takes a text in quotes");
  CHECK(detail("[agreement]\ntitle = \"T\"\nends = \"2028-13-01\"\n")
            .starts_with("CMY-1239 line 3, column 8: a time"));
  CHECK(detail("[agreement]\ntitle = \"T\"\n") == "CMY-1226 it ends before it starts");
  CHECK(detail("[agreement]\ntitle = \"T\nends").starts_with("CMY-1239 line"));
  CHECK(detail(std::string(proto::bounds::kConfigFileBytes + 1, '#')) == "CMY-1239 it is longer than 64 KiB");
}

TEST_CASE("no bytes make the reader of agreement files throw or hang") {
  SeededRandom random(99);
  const std::string good = write_agreement_file(some_terms());
  for (unsigned i = 0; i < 400; ++i) {
    std::string text = good;
    for (std::uint64_t n = 1 + random.below(4); n > 0; --n) {
      const std::size_t at = random.below(text.size());
      switch (random.below(3)) {
        case 0:
          text[at] = static_cast<char>(random.below(256));
          break;
        case 1:
          text.erase(at, random.below(20));
          break;
        default:
          text.insert(at, text.substr(random.below(text.size()), random.below(40)));
      }
    }
    const auto read = read_agreement_file(text);
    if (read.ok()) CHECK(encode_terms(*read).ok());
  }
}

TEST_CASE("narrowing is in force at once here, and there when it arrives") {
  Pair pair;
  Terms terms = pair.health.peer("finance").agreement->terms_of(pair.health.id());
  terms.proposer_sends->ceiling = {.tlp = v1::TLP_GREEN};
  const auto messages = pair.health.apply(pair.health.peering->narrow("finance", terms, By::node(), kNow));
  REQUIRE(messages.size() == 1);
  CHECK(pair.health.book->standings(space(1), "x", kNow).front().ceiling.tlp == v1::TLP_GREEN);
  CHECK(pair.finance.book->incoming_ceiling(pair.health.id(), space(1), "x", kNow)->tlp == v1::TLP_AMBER);
  const auto answer = pair.finance.apply(
      pair.finance.peering->take_agreement(pair.health.id(), messages[0].agreement(), kNow));
  CHECK(pair.finance.book->incoming_ceiling(pair.health.id(), space(1), "x", kNow)->tlp == v1::TLP_GREEN);
  CHECK(pair.finance.logged("agreement.narrow") == 1);
  // The confirmation brings a signature; it, and the same again, change nothing more.
  REQUIRE(answer.size() == 1);
  CHECK(pair.health.apply(pair.health.peering->take_agreement(pair.finance.id(), answer[0].agreement(), kNow))
            .empty());
  CHECK(pair.health.peering->take_agreement(pair.finance.id(), answer[0].agreement(), kNow)->empty());
  CHECK(pair.finance.peering->take_agreement(pair.health.id(), messages[0].agreement(), kNow)->empty());
  pair.finance.restart();
  CHECK(pair.finance.peer("health").agreement->digest == pair.health.peer("finance").agreement->digest);
}

TEST_CASE("narrowing cannot widen, and widening waits for the other signature") {
  Pair pair;
  Terms terms = pair.finance.peer("health").agreement->terms_of(pair.finance.id());
  terms.proposer_sends->ceiling = {.tlp = v1::TLP_RED};
  const auto refused = pair.finance.peering->narrow("health", terms, By::node(), kNow);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Code::kAgreementWider);

  const auto proposal = pair.finance.apply(pair.finance.peering->widen("health", terms, By::node(), kNow));
  REQUIRE(proposal.size() == 1);
  CHECK(pair.finance.book->standings(space(1), "x", kNow).front().ceiling.tlp == v1::TLP_AMBER);
  pair.health.apply(pair.health.peering->take_agreement(pair.finance.id(), proposal[0].agreement(), kNow));
  CHECK(pair.health.book->incoming_ceiling(pair.finance.id(), space(1), "x", kNow)->tlp == v1::TLP_AMBER);
  CHECK(pair.health.logged("agreement.propose") == 1);
  pair.health.restart();
  const auto accepted = pair.health.apply(pair.health.peering->sign("finance", By::node(), kNow));
  CHECK(pair.health.book->incoming_ceiling(pair.finance.id(), space(1), "x", kNow)->tlp == v1::TLP_RED);
  pair.finance.restart();
  pair.finance.apply(pair.finance.peering->take_agreement(pair.health.id(), accepted[0].agreement(), kNow));
  CHECK(pair.finance.book->standings(space(1), "x", kNow).front().ceiling.tlp == v1::TLP_RED);
  CHECK(pair.finance.peer("health").agreement->signed_by_both());
  const auto nothing = pair.health.peering->sign("finance", By::node(), kNow);
  CHECK(nothing.error().code == Code::kPeerState);
}

TEST_CASE("a proposal that widens nothing is in force at once, and both sides hold the same") {
  Pair pair;
  const Terms same = pair.finance.peer("health").agreement->terms_of(pair.finance.id());
  const auto messages = pair.finance.apply(pair.finance.peering->widen("health", same, By::node(), kNow));
  REQUIRE(messages.size() == 1);
  CHECK_FALSE(pair.finance.peer("health").our_proposal);
  const auto answer = pair.health.apply(
      pair.health.peering->take_agreement(pair.finance.id(), messages[0].agreement(), kNow));
  CHECK(pair.health.peer("finance").agreement->digest == pair.finance.peer("health").agreement->digest);
  REQUIRE(answer.size() == 1);
  CHECK(
      pair.finance.apply(pair.finance.peering->take_agreement(pair.health.id(), answer[0].agreement(), kNow))
          .empty());
  CHECK(pair.finance.peer("health").agreement->signed_by_both());
}

TEST_CASE("a proposal that narrows what the other side still holds comes back with its signature") {
  Pair pair;
  const Terms before = pair.finance.peer("health").agreement->terms_of(pair.finance.id());
  Terms narrow = before;
  narrow.proposer_sends->ceiling = {.tlp = v1::TLP_GREEN};
  // The narrowing gets lost on its way; then it is taken back.
  pair.finance.apply(pair.finance.peering->narrow("health", narrow, By::node(), kNow));
  const auto proposal = pair.finance.apply(pair.finance.peering->widen("health", before, By::node(), kNow));
  REQUIRE(pair.finance.peer("health").our_proposal);
  const auto answer = pair.health.apply(
      pair.health.peering->take_agreement(pair.finance.id(), proposal[0].agreement(), kNow));
  REQUIRE(answer.size() == 1);
  pair.finance.apply(pair.finance.peering->take_agreement(pair.health.id(), answer[0].agreement(), kNow));
  CHECK(pair.finance.peer("health").agreement->digest == pair.health.peer("finance").agreement->digest);
  CHECK_FALSE(pair.finance.peer("health").our_proposal);
  CHECK(pair.finance.peer("health").agreement->signed_by_both());
  CHECK(pair.finance.book->standings(space(1), "x", kNow).front().ceiling.tlp == v1::TLP_AMBER);
}

TEST_CASE("an older agreement that is sent again replaces nothing and is answered with ours") {
  Pair pair;
  const v1::SignedAgreement first = pair.health.peer("finance").agreement->message;
  Terms terms = pair.health.peer("finance").agreement->terms_of(pair.health.id());
  terms.accepter_sends.reset();
  pair.health.apply(pair.health.peering->narrow("finance", terms, By::node(), kNow));
  const auto step = pair.health.peering->take_agreement(pair.finance.id(), first, kNow);
  REQUIRE(step.ok());
  CHECK(step->rows.empty());
  REQUIRE(step->messages.size() == 1);
  CHECK(pair.health.peer("finance").agreement->serial == 2);
  // Finance missed it: what comes back brings it up to date.
  pair.finance.apply(
      pair.finance.peering->take_agreement(pair.health.id(), step->messages[0].agreement(), kNow));
  CHECK(pair.finance.peer("health").agreement->digest == pair.health.peer("finance").agreement->digest);
  CHECK_FALSE(pair.finance.book->standings(space(1), "x", kNow).front().may_send);
}

TEST_CASE("two narrowings at once end in what both still allow, on both sides") {
  Pair pair;
  Terms by_health = pair.health.peer("finance").agreement->terms_of(pair.health.id());
  by_health.proposer_sends->ceiling = {.tlp = v1::TLP_GREEN};
  Terms by_finance = pair.finance.peer("health").agreement->terms_of(pair.finance.id());
  by_finance.proposer_sends->patterns = {"hr/*"};
  std::deque<v1::Wire> to_finance;
  std::deque<v1::Wire> to_health;
  for (v1::Wire& wire :
       pair.health.apply(pair.health.peering->narrow("finance", by_health, By::node(), kNow)))
    to_finance.push_back(std::move(wire));
  for (v1::Wire& wire :
       pair.finance.apply(pair.finance.peering->narrow("health", by_finance, By::node(), kNow)))
    to_health.push_back(std::move(wire));
  unsigned rounds = 0;
  while (!(to_finance.empty() && to_health.empty())) {
    REQUIRE(++rounds < 20);
    if (!to_finance.empty()) {
      const v1::Wire wire = std::move(to_finance.front());
      to_finance.pop_front();
      for (v1::Wire& more :
           pair.finance.apply(pair.finance.peering->take_agreement(pair.health.id(), wire.agreement(), kNow)))
        to_health.push_back(std::move(more));
    } else {
      const v1::Wire wire = std::move(to_health.front());
      to_health.pop_front();
      for (v1::Wire& more :
           pair.health.apply(pair.health.peering->take_agreement(pair.finance.id(), wire.agreement(), kNow)))
        to_finance.push_back(std::move(more));
    }
  }
  const Agreed& at_health = *pair.health.peer("finance").agreement;
  CHECK(at_health.digest == pair.finance.peer("health").agreement->digest);
  CHECK(at_health.sends(pair.health.id())->ceiling.tlp == v1::TLP_GREEN);
  CHECK(at_health.sends(pair.finance.id())->patterns == std::vector<std::string>{"hr/*"});
}

TEST_CASE("an agency that forgot a widening meets what follows it in the terms that it still knows") {
  Pair pair;
  const Agreed first = *pair.health.peer("finance").agreement;
  Terms wider = pair.finance.peer("health").agreement->terms_of(pair.finance.id());
  wider.proposer_sends->ceiling = {.tlp = v1::TLP_RED};
  const auto proposal = pair.finance.apply(pair.finance.peering->widen("health", wider, By::node(), kNow));
  pair.health.apply(pair.health.peering->take_agreement(pair.finance.id(), proposal[0].agreement(), kNow));
  const auto signed_too = pair.health.apply(pair.health.peering->sign("finance", By::node(), kNow));
  pair.finance.apply(pair.finance.peering->take_agreement(pair.health.id(), signed_too[0].agreement(), kNow));
  wider.ends -= days(1);
  const auto narrowed = pair.finance.apply(pair.finance.peering->narrow("health", wider, By::node(), kNow));
  // Health's store was put back from a copy of the first day.
  pair.health.book->change("finance")->agreement = first;
  const Terms known = first.terms_of(pair.health.id());
  const auto met = pair.health.apply(
      pair.health.peering->take_agreement(pair.finance.id(), narrowed[0].agreement(), kNow));
  REQUIRE(met.size() == 1);
  CHECK(narrows(known, pair.health.peer("finance").agreement->terms_of(pair.health.id())));
  pair.finance.apply(pair.finance.peering->take_agreement(pair.health.id(), met[0].agreement(), kNow));
  CHECK(pair.finance.peer("health").agreement->digest == pair.health.peer("finance").agreement->digest);
  CHECK(pair.finance.peer("health").agreement->sends(pair.finance.id())->ceiling.tlp == v1::TLP_AMBER);
}

TEST_CASE("a space whose card has not come may be offered under any pattern, and is asked about again") {
  Pair pair;
  Terms terms = pair.finance.peer("health").agreement->terms_of(pair.finance.id());
  terms.proposer_sends->patterns = {"hr/*"};
  terms.accepter_sends->patterns = {};
  terms.accepter_sends->spaces = {space(5)};
  const auto narrowed = pair.finance.apply(pair.finance.peering->narrow("health", terms, By::node(), kNow));
  pair.health.apply(pair.health.peering->take_agreement(pair.finance.id(), narrowed[0].agreement(), kNow));
  const auto from_finance = [&](std::string_view slug) {
    return pair.health.book->incoming_ceiling(pair.finance.id(), space(1), slug, kNow).has_value();
  };
  CHECK(from_finance(""));
  CHECK(from_finance("hr/pay"));
  CHECK_FALSE(from_finance("news"));
  // Where no pattern stands, only the spaces that are named come in.
  const auto from_health = [&](std::uint8_t number) {
    return pair.finance.book->incoming_ceiling(pair.health.id(), space(number), "", kNow).has_value();
  };
  CHECK(from_health(5));
  CHECK_FALSE(from_health(1));
}

TEST_CASE("agreements by strangers, between others, or with a broken signature are refused") {
  Pair pair;
  Office other(77);
  const auto take = [&](const v1::SignedAgreement& message) {
    const auto step = pair.health.peering->take_agreement(pair.finance.id(), message, kNow);
    return step.ok() ? Code::kUnknown : step.error().code;
  };
  Terms terms = pair.finance.peer("health").agreement->terms_of(pair.finance.id());
  terms.proposer_sends.reset();
  terms.replaces = pair.health.peer("finance").agreement->digest;
  const auto make = [&](const AgencyId& accepter, std::uint64_t serial) {
    return make_agreement({.terms = terms,
                           .proposer = pair.finance.id(),
                           .accepter = accepter,
                           .serial = serial,
                           .issued = kNow,
                           .proposer_keydoc = 1,
                           .accepter_keydoc = 1})
        .value();
  };
  Agreed unsigned_one = make(pair.health.id(), 2);
  CHECK(take(unsigned_one.message) == Code::kAgreementSignature);
  Agreed elsewhere = make(other.id(), 2);
  sign_agreement(elsewhere, pair.finance.id(), pair.finance.signing());
  CHECK(take(elsewhere.message) == Code::kAgreementRule);
  Agreed genuine = make(pair.health.id(), 2);
  sign_agreement(genuine, pair.finance.id(), pair.finance.signing());
  v1::SignedAgreement flipped = genuine.message;
  (*flipped.mutable_proposer_sig()->mutable_sig())[10] ^= 1;
  CHECK(take(flipped) == Code::kAgreementSignature);
  // A signature of ours that we never gave.
  v1::SignedAgreement forged = genuine.message;
  *forged.mutable_accepter_sig() = forged.proposer_sig();
  CHECK(take(forged) == Code::kUnknownKey);
  CHECK(pair.health.peer("finance").agreement->serial == 1);
  const auto stranger = pair.health.peering->take_agreement(other.id(), genuine.message, kNow);
  CHECK(stranger.error().code == Code::kPeerState);
  CHECK(take(genuine.message) == Code::kUnknown);
}

TEST_CASE("an agreement that has ended stays ended when the clock is set back, and a new one revives it") {
  Pair pair;
  const WallTime late = pair.health.peer("finance").agreement->terms.ends + minutes(1);
  for (Office* const office : {&pair.health, &pair.finance}) {
    office->apply(Step{.rows = office->book->observe(late)});
    office->restart();
    office->now = kNow;
  }
  CHECK(pair.health.state("finance") == PeerState::kExpired);
  CHECK_FALSE(pair.health.book->standings(space(1), "x", kNow).front().active);
  CHECK_FALSE(pair.finance.book->incoming_ceiling(pair.health.id(), space(1), "x", kNow));
  const auto steps = pair.health.peering->tick(kNow);
  REQUIRE(steps.size() == 1);
  CHECK(steps[0].event->event() == "agreement.expire");

  Terms terms = pair.health.peer("finance").agreement->terms_of(pair.health.id());
  CHECK(pair.health.peering->widen("finance", terms, By::node(), kNow).error().code == Code::kAgreementEnded);
  terms.ends = late + days(365);
  const auto proposal = pair.health.apply(pair.health.peering->widen("finance", terms, By::node(), kNow));
  pair.finance.apply(pair.finance.peering->take_agreement(pair.health.id(), proposal[0].agreement(), kNow));
  const auto accepted = pair.finance.apply(pair.finance.peering->sign("health", By::node(), kNow));
  pair.health.apply(pair.health.peering->take_agreement(pair.finance.id(), accepted[0].agreement(), kNow));
  CHECK(pair.health.state("finance") == PeerState::kActive);
  CHECK(pair.finance.state("health") == PeerState::kActive);
}

TEST_CASE("both operators are warned once at 30, 7 and 1 days before the end") {
  Pair pair;
  const WallTime ends = pair.health.peer("finance").agreement->terms.ends;
  for (const int left : {40, 29, 29, 6, 6, 5, 0, 0}) {
    pair.health.now = ends - days(left) - minutes(1);
    for (Step& step : pair.health.peering->tick(pair.health.now))
      pair.health.apply(std::move(step));
    pair.health.restart();
  }
  CHECK(pair.health.logged("agreement.ending") == 3);
}

// ---- the slow twin of standings() and incoming_ceiling()

TEST_CASE("standing follows from state, time and agreement for every combination") {
  const AgencyId self = SeededRandom(1).next<AgencyId>();
  SeededRandom random(3);
  crypto::Key32 storage_key;
  unsigned active = 0;
  for (unsigned i = 0; i < 300; ++i) {
    CAPTURE(i);
    PeerBook book(self, storage_key, random);
    Peer peer{.name = "finance", .agency = random.next<AgencyId>()};
    peer.stage = static_cast<Stage>(1 + random.below(5));
    if (random.chance(60)) peer.stage = Stage::kActive;
    peer.suspended = random.chance(20);
    if (random.chance(50)) peer.suspended_until = kNow + hours(random.below(3)) - hours(1);
    peer.refused_by_them = random.chance(10);
    peer.forked = random.chance(10);
    Terms terms = random_terms(random);
    terms.starts = kNow + hours(random.below(3)) - hours(1);
    terms.ends = terms.starts + hours(1 + random.below(2));
    const bool we_propose = random.chance(50);
    peer.agreement = make_agreement({.terms = terms,
                                     .proposer = we_propose ? self : peer.agency,
                                     .accepter = we_propose ? peer.agency : self,
                                     .serial = 1,
                                     .issued = kNow,
                                     .proposer_keydoc = 1,
                                     .accepter_keydoc = 1})
                         .value();
    const bool suspended = peer.suspended && (!peer.suspended_until || kNow < *peer.suspended_until);
    const bool want_active = peer.stage == Stage::kActive && !suspended && !peer.refused_by_them &&
                             !peer.forked && terms.starts <= kNow && kNow <= terms.ends;
    const auto& out = we_propose ? terms.proposer_sends : terms.accepter_sends;
    const auto& in = we_propose ? terms.accepter_sends : terms.proposer_sends;
    const AgencyId agency = peer.agency;
    book.add(std::move(peer));
    for (const std::string slug : {"a", "ab", "b", "c"}) {
      const auto standings = book.standings(space(1), slug, kNow);
      REQUIRE(standings.size() == 1);
      CHECK(standings[0].active == want_active);
      CHECK(standings[0].may_send == out.has_value());
      CHECK(standings[0].space_allowed == permits(out, space(1), slug, v1::TLP_CLEAR, 1));
      if (out) CHECK(standings[0].ceiling == out->ceiling);
      const auto ceiling = book.incoming_ceiling(agency, space(1), slug, kNow);
      CHECK(ceiling.has_value() == (want_active && permits(in, space(1), slug, v1::TLP_CLEAR, 1)));
      if (ceiling) CHECK(*ceiling == in->ceiling);
    }
    active += want_active ? 1 : 0;
  }
  CHECK(active > 20);
}

}  // namespace comity::federation::test
