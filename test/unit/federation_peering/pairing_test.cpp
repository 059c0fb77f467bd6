// SPDX-License-Identifier: EUPL-1.2
#include <doctest/doctest.h>

#include "crypto/noise/peer_psk.h"
#include "node/federation/peering/reasons.h"
#include "test/unit/federation_peering/office.h"

namespace comity::federation::test {
namespace {

template <class T>
Code code_of(const Result<T>& result) {
  return result.ok() ? Code::kUnknown : result.error().code;
}

struct Two {
  Office health{11};
  Office finance{22};
  SeededRandom random{33};

  PairCall call() { return PairCall(health, finance, health.last_invite, random); }
};

v1::Wire verified(const Sha256Digest& digest) {
  v1::Wire wire;
  wire.mutable_pair_state()->set_step(v1::PAIR_STEP_VERIFIED);
  wire.mutable_pair_state()->set_terms_digest(field(digest.view()));
  return wire;
}

// "ability about …" with the word at `index` exchanged for another of the list.
std::string with_other_word(const std::string& words, std::size_t index) {
  crypto::Words parsed = crypto::parse_words(words).value();
  parsed[index] = static_cast<std::uint16_t>((parsed[index] + 1) % 2048);
  return crypto::words_text(parsed);
}

std::string four_letters(const std::string& words) {
  std::string out;
  std::size_t length = 0;
  for (const char c : words) {
    length = c == ' ' ? 0 : length + 1;
    if (length <= 4) out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return out;
}

}  // namespace

TEST_CASE("an invitation, a call and the words of both sides make two active peers with one secret") {
  const Pair pair;
  CHECK(same_secret(pair.health, "finance", pair.finance, "health"));
  CHECK(pair.health.peer("finance").agency == pair.finance.id());
  CHECK(pair.finance.peer("health").agency == pair.health.id());
  const Agreed& ours = *pair.health.peer("finance").agreement;
  CHECK(ours.digest == pair.finance.peer("health").agreement->digest);
  CHECK(ours.signed_by_both());
  const std::vector<std::string> host{"peer.invite", "peer.claim", "agreement.sign", "peer.verify.ok",
                                      "peer.active"};
  CHECK(pair.health.log == host);
  const std::vector<std::string> guest{"peer.answer", "agreement.sign", "peer.verify.ok", "peer.active"};
  CHECK(pair.finance.log == guest);
}

TEST_CASE("nothing flows before both sides have verified, in whichever order") {
  for (const bool health_first : {true, false}) {
    Two two;
    two.finance.accept(two.health.invite("finance"), "health");
    PairCall call = two.call();
    call.run();
    const auto standing = [&](const Office& office, std::string_view slug) {
      const auto all = office.book->standings(SpaceId(), slug, office.now);
      return !all.empty() && all.front().active;
    };
    CHECK(two.health.state("finance") == PeerState::kInvited);
    CHECK(two.finance.state("health") == PeerState::kVerifying);
    CHECK_FALSE(two.health.book->session_psk(two.finance.id()));
    if (health_first) {
      two.health.verify("finance", two.finance);
    } else {
      two.finance.verify("health", two.health);
    }
    call.poll();
    CHECK_FALSE(standing(two.health, "x"));
    CHECK_FALSE(standing(two.finance, "x"));
    CHECK_FALSE(two.health.book->incoming_ceiling(two.finance.id(), SpaceId(), "x", two.health.now));
    if (health_first) {
      two.finance.verify("health", two.health);
    } else {
      two.health.verify("finance", two.finance);
    }
    call.poll();
    CHECK(standing(two.health, "x"));
    CHECK(standing(two.finance, "x"));
    CHECK(same_secret(two.health, "finance", two.finance, "health"));
  }
}

TEST_CASE("a connection that is lost after any message is dialled again and the pairing goes on") {
  for (const bool verified_before : {false, true}) {
    std::size_t total = 1;
    for (std::size_t cut = 0; cut <= total; ++cut) {
      CAPTURE(cut);
      CAPTURE(verified_before);
      Two two;
      two.finance.accept(two.health.invite("finance"), "health");
      {
        PairCall whole = two.call();
        whole.run(verified_before ? 1000 : cut);
      }
      two.health.restart();
      two.finance.restart();
      if (verified_before) {
        two.health.verify("finance", two.finance);
        two.finance.verify("health", two.health);
        PairCall again = two.call();
        again.run(cut);
        total = std::max(total, again.delivered + (again.delivered == cut ? 1 : 0));
        two.health.restart();
        two.finance.restart();
      } else {
        total = 12;
      }
      PairCall last = two.call();
      last.run();
      REQUIRE_FALSE(last.failure);
      if (!verified_before) {
        two.health.verify("finance", two.finance);
        two.finance.verify("health", two.health);
        last.poll();
      }
      CHECK(two.health.state("finance") == PeerState::kActive);
      CHECK(two.finance.state("health") == PeerState::kActive);
      CHECK(same_secret(two.health, "finance", two.finance, "health"));
      CHECK(two.health.peer("finance").agreement->digest == two.finance.peer("health").agreement->digest);
      REQUIRE(total < 40);
    }
  }
}

TEST_CASE("a crash before any batch is on disk leaves a state that goes on") {
  for (const bool host_crashes : {true, false}) {
    for (std::size_t at = 0; at < 6; ++at) {
      CAPTURE(at);
      CAPTURE(host_crashes);
      Two two;
      two.finance.accept(two.health.invite("finance"), "health");
      Office& victim = host_crashes ? two.health : two.finance;
      victim.batches = 0;
      victim.crash_at = at;
      PairCall first = two.call();
      first.run();
      if (!first.over()) {
        if (!two.health.crashed) two.health.verify("finance", two.finance);
        if (!two.finance.crashed) two.finance.verify("health", two.health);
        if (!first.over()) first.poll();
      }
      victim.crash_at.reset();
      two.health.restart();
      two.finance.restart();
      // The operators type the words where that got lost, then it is dialled again.
      PairCall again = two.call();
      again.run();
      for (auto* const office : {&two.health, &two.finance}) {
        const std::string name = office == &two.health ? "finance" : "health";
        const Peer& peer = office->peer(name);
        if (peer.stage != Stage::kActive && !peer.pairing->we_verified) {
          office->verify(name, office == &two.health ? two.finance : two.health);
        }
      }
      again.poll();
      REQUIRE_FALSE(again.failure);
      CHECK(two.health.state("finance") == PeerState::kActive);
      CHECK(two.finance.state("health") == PeerState::kActive);
      CHECK(same_secret(two.health, "finance", two.finance, "health"));
    }
  }
}

TEST_CASE(
    "whatever is lost, in whichever order, both end active with one secret, and never before both verified") {
  for (std::uint64_t seed = 1; seed <= 120; ++seed) {
    CAPTURE(seed);
    Two two;
    SeededRandom random(seed);
    two.finance.accept(two.health.invite("finance"), "health");
    std::unique_ptr<PairCall> call;
    const auto verified_here = [](const Office& office, std::string_view name) {
      const Peer& peer = office.peer(name);
      return peer.stage == Stage::kActive || peer.pairing->we_verified;
    };
    const auto act = [&](std::uint64_t what) {
      const bool guest_active = two.finance.state("health") == PeerState::kActive;
      switch (what) {
        case 0:
        case 1:
          // A peer that is active dials as one.
          if (!guest_active) call = std::make_unique<PairCall>(two.call());
          break;
        case 2:
        case 3:
          if (call) call->run(random.below(4));
          break;
        case 4:
          if (call) call->poll();
          break;
        case 5:
          call.reset();
          (random.chance(50) ? two.health : two.finance).restart();
          break;
        case 6:
          if (!verified_here(two.health, "finance") && !two.health.peer("finance").pairing->claims.empty())
            two.health.verify("finance", two.finance);
          break;
        default:
          if (!verified_here(two.finance, "health")) two.finance.verify("health", two.health);
      }
      if (call && call->failure) call.reset();
    };
    for (unsigned i = 0; i < 40; ++i) {
      act(random.below(8));
      for (const auto& [office, name] :
           {std::pair(&two.health, "finance"), std::pair(&two.finance, "health")}) {
        if (office->state(name) != PeerState::kActive) continue;
        CHECK(verified_here(two.health, "finance"));
        CHECK(verified_here(two.finance, "health"));
      }
    }
    // Calm at last.
    for (const std::uint64_t what : {0U, 2U, 2U, 2U, 4U, 6U, 7U, 4U, 0U, 4U, 4U})
      act(what);
    REQUIRE(two.finance.state("health") == PeerState::kActive);
    const auto dialled = two.finance.book->session_psk(two.health.id());
    const auto expected = two.health.book->session_psk(two.finance.id());
    REQUIRE(dialled);
    REQUIRE(expected);
    CHECK(crypto::equal_ct(dialled->view(), expected->view()));
    PeerSession session(*two.health.peering, {two.finance.id(), two.finance.transport()});
    v1::Hello hello;
    PeerSession(*two.finance.peering, {two.health.id(), two.health.transport()}).fill(hello);
    hello.set_instance(std::string(16, 'i'));
    hello.set_boot_count(1);
    hello.set_hlc(millis(kNow) << 16U);
    two.health.apply(session.opened(hello, false, kNow));
    CHECK(two.health.state("finance") == PeerState::kActive);
    CHECK(session.open());
    CHECK(same_secret(two.health, "finance", two.finance, "health"));
  }
}

TEST_CASE("a side whose last word was lost is taken at its secret") {
  Two two;
  two.finance.accept(two.health.invite("finance"), "health");
  PairCall call = two.call();
  call.run();
  two.health.verify("finance", two.finance);
  two.finance.verify("health", two.health);
  // Finance hears that health has verified, and its own word never arrives.
  two.health.apply(call.host_session->poll(two.health.now));
  two.finance.apply(call.guest_session->poll(two.finance.now));
  const Sha256Digest digest = two.health.peer("finance").pairing->terms_digest;
  call.to_guest(verified(digest));
  REQUIRE(two.finance.state("health") == PeerState::kActive);
  REQUIRE(two.health.state("finance") == PeerState::kVerifying);

  const auto dialled = two.finance.book->session_psk(two.health.id());
  const auto expected = two.health.book->session_psk(two.finance.id());
  REQUIRE(dialled);
  REQUIRE(expected);
  CHECK(crypto::equal_ct(dialled->view(), expected->view()));
  PeerSession session(*two.health.peering, {two.finance.id(), two.finance.transport()});
  v1::Hello hello;
  PeerSession(*two.finance.peering, {two.health.id(), two.health.transport()}).fill(hello);
  hello.set_instance(std::string(16, 'i'));
  hello.set_boot_count(1);
  hello.set_hlc(millis(kNow) << 16U);
  const Step step = session.opened(hello, false, two.health.now);
  CHECK_FALSE(step.failure);
  REQUIRE(step.event);
  CHECK(step.event->event() == "peer.active");
  CHECK(two.health.state("finance") == PeerState::kActive);
  CHECK(session.open());
}

TEST_CASE("words are taken in any case and cut to four letters") {
  Two two;
  two.finance.accept(two.health.invite("finance"), "health");
  two.call().run();
  CHECK(two.health.peering->verify("finance", four_letters(two.finance.words()), By::node(), kNow).ok());
}

TEST_CASE("one wrong word is named, logged, burns nothing, and may be tried ten times an hour") {
  Two two;
  two.finance.accept(two.health.invite("finance"), "health");
  two.call().run();
  const std::string wrong = with_other_word(two.finance.words(), 1);
  for (unsigned i = 0; i < Peering::kMostWrongTries; ++i) {
    const auto step = two.health.peering->verify("finance", wrong, By::node(), two.health.now);
    REQUIRE(step.ok());
    REQUIRE(step->failure);
    CHECK(step->failure->code == Code::kWordsDiffer);
    CHECK(step->failure->detail == "words that differ, of 8: 2");
    CHECK(step->event->event() == "peer.verify.mismatch");
    CHECK(step->event->code() == 1204);
    two.health.apply(*step);
  }
  two.health.restart();
  CHECK(code_of(two.health.peering->verify("finance", two.finance.words(), By::node(), two.health.now)) ==
        Code::kPeerState);
  two.health.now += hours(1);
  two.health.verify("finance", two.finance);
  CHECK(two.health.state("finance") == PeerState::kVerifying);
  CHECK(code_of(two.finance.peering->verify("health", "only seven words stand here I believe", By::node(),
                                            kNow)) == Code::kWordsForm);
  CHECK(two.finance.peer("health").wrong_tries == 0);
}

TEST_CASE("somebody between the two with keys of his own fails at the words") {
  Office health(11);
  Office finance(22);
  Office mallory(44);
  SeededRandom random(5);
  // He keeps the invitation that health sent, and sends finance one of his own.
  mallory.accept(health.invite("finance"), "health");
  finance.accept(mallory.invite("finance"), "health");
  PairCall left(health, mallory, health.last_invite, random);
  left.run();
  PairCall right(mallory, finance, mallory.last_invite, random);
  right.run();
  REQUIRE_FALSE(left.failure);
  REQUIRE_FALSE(right.failure);
  // The operators read each other the words of their own agencies.
  const auto at_health = health.peering->verify("finance", finance.words(), By::node(), kNow);
  const auto at_finance = finance.peering->verify("health", health.words(), By::node(), kNow);
  REQUIRE(at_health.ok());
  REQUIRE(at_finance.ok());
  CHECK(at_health->failure->code == Code::kWordsDiffer);
  CHECK(at_finance->failure->code == Code::kWordsDiffer);
  left.poll();
  right.poll();
  CHECK(health.book->find(mallory.id()) == nullptr);
  CHECK(health.state("finance") == PeerState::kInvited);
  CHECK(finance.state("health") == PeerState::kVerifying);
}

TEST_CASE("four callers wait for their words, the fifth is refused, and the right one is still found") {
  Office health(11);
  SeededRandom random(5);
  health.invite("finance");
  const InviteId invite = health.last_invite;
  std::vector<std::unique_ptr<Office>> callers;
  for (std::uint64_t seed = 100; seed < 105; ++seed) {
    callers.push_back(std::make_unique<Office>(seed));
    Office& caller = *callers.back();
    // The same invitation, found by all of them: each accepts what health would accept.
    v1::Wire docs;
    v1::KeyDocWant want;
    want.set_agency(field(caller.id().view()));
    want.set_from_version(1);
    *docs.mutable_keydocs() = caller.chains->serve(want).front();
    PairSession session(*health.peering, {invite, caller.transport(), caller.id(), 1,
                                          caller.chain.current_hash(), random.next<Sha256Digest>(), false});
    REQUIRE(session.opened(kNow).ok());
    auto step = session.message(docs, kNow);
    if (seed < 104) {
      health.apply(std::move(step));
    } else {
      CHECK(code_of(step) == Code::kPairingFull);
      CHECK(health.chains->find(caller.id()) == nullptr);
    }
  }
  CHECK(health.peer("finance").pairing->claims.size() == 4);
  health.restart();
  health.verify("finance", *callers[2]);
  CHECK(health.peer("finance").agency == callers[2]->id());
  CHECK(health.peer("finance").pairing->claims.size() == 1);
  CHECK(health.chains->find(callers[0]->id()) == nullptr);
  CHECK(health.chains->find(callers[2]->id()) != nullptr);
  // The others hold an invitation that was used.
  CHECK_FALSE(health.peering->pairing_psk(invite, callers[0]->transport(), kNow));
  CHECK(health.peering->pairing_psk(invite, callers[2]->transport(), kNow));
  PairSession late(*health.peering, {invite, callers[0]->transport(), callers[0]->id(), 1,
                                     callers[0]->chain.current_hash(), random.next<Sha256Digest>(), false});
  CHECK(code_of(late.opened(kNow)) == Code::kInviteUsed);
}

TEST_CASE("invitations that cannot be accepted say why") {
  Two two;
  const std::string text = two.health.invite("finance");
  const auto accept = [&](Office& office, const std::string& what, std::string_view name = "health") {
    return code_of(office.peering->accept(what, name, false, By::node(), office.now));
  };
  CHECK(accept(two.health, text) == Code::kOwnInvite);
  std::string damaged = text;
  damaged[damaged.size() / 2] = damaged[damaged.size() / 2] == 'a' ? 'b' : 'a';
  CHECK(accept(two.finance, damaged) == Code::kArmourDamaged);
  CHECK(accept(two.finance, "nothing") == Code::kArmourAbsent);
  CHECK(accept(two.finance, text, "Not a name") == Code::kPeerBadName);
  two.finance.now += hours(73);
  CHECK(accept(two.finance, text) == Code::kInviteExpired);
  // A clock that is set back does not make it young again.
  two.finance.apply(Step{.rows = two.finance.book->observe(two.finance.now)});
  two.finance.restart();
  two.finance.now = kNow;
  CHECK(accept(two.finance, text) == Code::kInviteExpired);

  Pair pair;
  const std::string again = pair.health.invite("finance2");
  CHECK(code_of(pair.finance.peering->accept(again, "health2", false, By::node(), kNow)) == Code::kPeerThere);
  CHECK(code_of(pair.health.peering->invite({.name = "finance"}, By::node(), kNow)) == Code::kPeerNameTaken);
  CHECK(code_of(pair.health.peering->invite({.name = "x", .valid = hours(24 * 31)}, By::node(), kNow)) ==
        Code::kInviteRule);
}

TEST_CASE("an invitation is used once, by either side, also after a restart") {
  Two two;
  const std::string text = two.health.invite("finance");
  two.finance.accept(text, "health");
  CHECK(code_of(two.finance.peering->accept(text, "other", false, By::node(), kNow)) == Code::kPeerThere);
  PairCall call = two.call();
  call.run();
  two.health.verify("finance", two.finance);
  two.finance.verify("health", two.health);
  call.poll();
  two.finance.restart();
  CHECK(code_of(two.finance.peering->accept(text, "other", false, By::node(), kNow)) == Code::kInviteUsed);
}

TEST_CASE("an invitation that ran out is closed to callers and to words") {
  Two two;
  two.finance.accept(two.health.invite("finance"), "health");
  two.call().run();
  two.health.now += hours(73);
  CHECK(code_of(two.health.peering->verify("finance", two.finance.words(), By::node(), two.health.now)) ==
        Code::kInviteExpired);
  CHECK_FALSE(
      two.health.peering->pairing_psk(two.health.last_invite, two.finance.transport(), two.health.now));
  CHECK_FALSE(two.health.peering->invite_open(two.health.last_invite, two.health.now));
  CHECK(two.health.peering->invite_open(two.health.last_invite, kNow));
  PairCall late = two.call();
  late.run();
  CHECK(late.failed() == Code::kInviteExpired);
  for (Step& step : two.health.peering->tick(two.health.now))
    two.health.apply(std::move(step));
  CHECK(two.health.logged("peer.expire") == 1);
  CHECK(two.health.state("finance") == PeerState::kExpired);
  CHECK(two.health.peering->tick(two.health.now).empty());
  two.health.invite("finance");
  CHECK(two.health.state("finance") == PeerState::kInvited);
}

TEST_CASE("steps out of order, repeated or of other terms change nothing") {
  Two two;
  two.finance.accept(two.health.invite("finance"), "health");
  two.health.apply(Step{});
  const Sha256Digest digest = two.health.peer("finance").pairing->terms_digest;
  {
    PairCall call = two.call();
    call.to_host(verified(digest));
    CHECK(call.failed() == Code::kSessionOrder);
  }
  {
    // Verified before it has signed: a caller that wants to be trusted without an agreement.
    PairCall call = two.call();
    call.run(2);
    call.to_host(verified(digest));
    CHECK(call.failed() == Code::kAgreementSignature);
  }
  {
    PairCall call = two.call();
    call.run();
    call.to_host(verified(two.random.next<Sha256Digest>()));
    CHECK(call.failed() == Code::kAgreementDiffers);
  }
  {
    v1::Wire want;
    want.mutable_want()->set_feed(std::string(32, 'f'));
    PairCall call = two.call();
    call.run();
    call.to_host(want);
    CHECK(call.failed() == Code::kSessionOrder);
  }
  // Everything that was ever said, said again in another session, verifies nobody.
  two.finance.verify("health", two.health);
  PairCall first = two.call();
  first.run();
  two.health.restart();
  PairCall replay = two.call();
  replay.run();
  for (const v1::Wire& wire : first.seen) {
    if (wire.has_pair_state() || wire.has_agreement()) {
      PairCall once = two.call();
      once.run();
      once.to_host(wire);
    }
  }
  CHECK(two.health.state("finance") == PeerState::kInvited);
  CHECK(two.health.book->find(two.finance.id()) == nullptr);
}

TEST_CASE("agreements of strangers and of other pairs are refused") {
  Two two;
  Office other(77);
  two.finance.accept(two.health.invite("finance"), "health");
  PairCall call = two.call();
  call.run(2);
  const Terms terms = decode_terms(two.health.peer("finance").pairing->terms).value();
  const auto make = [&](const AgencyId& proposer, const AgencyId& accepter, Office& signer, const Terms& what,
                        std::uint64_t serial = 1) {
    Agreed agreed = make_agreement({.terms = what,
                                    .proposer = proposer,
                                    .accepter = accepter,
                                    .serial = serial,
                                    .issued = kNow,
                                    .proposer_keydoc = 1,
                                    .accepter_keydoc = 1})
                        .value();
    v1::SignedAgreement& message = agreed.message;
    Agreed copy = agreed;
    // Signed by whoever it is, at the inviter's place.
    copy.proposer = signer.id();
    sign_agreement(copy, signer.id(), signer.signing());
    *message.mutable_proposer_sig() = copy.message.proposer_sig();
    return wire_of(message);
  };
  const auto answer = [&](const v1::Wire& wire) {
    PairCall fresh = two.call();
    fresh.run(2);
    fresh.to_guest(wire);
    return fresh.failed();
  };
  CHECK(answer(make(other.id(), two.finance.id(), other, terms)) == Code::kAgreementRule);
  CHECK(answer(make(two.health.id(), other.id(), two.health, terms)) == Code::kAgreementRule);
  CHECK(answer(make(two.health.id(), two.finance.id(), other, terms)) == Code::kUnknownKey);
  Terms changed = terms;
  CHECK(answer(make(two.health.id(), two.finance.id(), two.health, terms, ~std::uint64_t{0})) ==
        Code::kAgreementRule);
  changed.title = "Something else";
  CHECK(answer(make(two.health.id(), two.finance.id(), two.health, changed)) == Code::kAgreementDiffers);
}

TEST_CASE("terms under review wait for the operator's signature") {
  Two two;
  two.finance.accept(two.health.invite("finance"), "health", true);
  PairCall call = two.call();
  call.run();
  two.health.verify("finance", two.finance);
  two.finance.verify("health", two.health);
  call.poll();
  CHECK(two.health.state("finance") == PeerState::kVerifying);
  CHECK(two.finance.state("health") == PeerState::kVerifying);
  two.finance.apply(two.finance.peering->sign("health", By::node(), kNow));
  call.poll();
  CHECK(two.health.state("finance") == PeerState::kActive);
  CHECK(two.finance.state("health") == PeerState::kActive);
}

TEST_CASE("declining and giving up reach the other operator with the reason") {
  {
    Two two;
    two.finance.accept(two.health.invite("finance"), "health");
    PairCall call = two.call();
    call.run();
    two.health.verify("finance", two.finance);
    two.finance.apply(two.finance.peering->decline("health", "no need", By::node(), kNow));
    call.poll();
    CHECK(two.finance.state("health") == PeerState::kDeclined);
    CHECK(two.health.state("finance") == PeerState::kDeclined);
    CHECK(two.health.peer("finance").reason == "no need");
    CHECK(two.health.logged("peer.decline") == 1);
  }
  {
    Two two;
    two.finance.accept(two.health.invite("finance"), "health");
    PairCall call = two.call();
    call.run();
    two.health.apply(two.health.peering->abort("finance", By::node(), kNow));
    CHECK(two.health.chains->find(two.finance.id()) == nullptr);
    call.poll();
    CHECK(two.health.book->find(std::string_view("finance")) == nullptr);
    CHECK(two.finance.state("health") == PeerState::kDeclined);
    CHECK_FALSE(two.health.peering->pairing_psk(two.health.last_invite, two.finance.transport(), kNow));
  }
  {
    // One caller of several goes: the invitation stays open for the others.
    Two two;
    two.finance.accept(two.health.invite("finance"), "health");
    PairCall call = two.call();
    call.run();
    two.finance.apply(two.finance.peering->abort("health", By::node(), kNow));
    call.poll();
    CHECK(two.health.state("finance") == PeerState::kInvited);
    CHECK(two.health.peer("finance").pairing->claims.empty());
  }
}

TEST_CASE("another agency behind the invitation's address is a changed key") {
  Two two;
  Office other(77);
  two.finance.accept(two.health.invite("finance"), "health");
  const InviteId invite = two.health.last_invite;
  PairSession answered(*two.finance.peering,
                       {invite, other.transport(), other.id(), 1, other.chain.current_hash(),
                        two.random.next<Sha256Digest>(), true});
  CHECK(code_of(answered.opened(kNow)) == Code::kPeerKeyChanged);
  // The right agency's document with a static key that it does not list.
  PairSession listed(*two.health.peering,
                     {invite, other.transport(), two.finance.id(), 1, two.finance.chain.current_hash(),
                      two.random.next<Sha256Digest>(), false});
  REQUIRE(listed.opened(kNow).ok());
  v1::KeyDocWant want;
  want.set_agency(field(two.finance.id().view()));
  want.set_from_version(1);
  v1::Wire docs;
  *docs.mutable_keydocs() = two.finance.chains->serve(want).front();
  CHECK(code_of(listed.message(docs, kNow)) == Code::kPeerKeyChanged);
  CHECK(two.health.peer("finance").pairing->claims.empty());
  (void)listed.closed();
  CHECK(two.health.chains->find(two.finance.id()) == nullptr);
}

TEST_CASE("why a pairing does not go on is shown to both operators, and strangers leave no trace") {
  Two two;
  two.finance.accept(two.health.invite("finance"), "health");
  PairCall call = two.call();
  call.run();
  v1::Wire other_terms = verified(two.random.next<Sha256Digest>());
  const auto failed = call.host_session->message(other_terms, kNow);
  REQUIRE_FALSE(failed.ok());
  const Step refusal = call.host_session->refused(failed.error(), kNow);
  CHECK(refusal.bye->reason() == v1::REASON_AGREEMENT_MISMATCH);
  CHECK(refusal.rows.empty());
  CHECK_FALSE(refusal.event);
  Step heard = call.guest_session->bye(*refusal.bye, kNow);
  CHECK(heard.failure->code == Code::kAgreementDiffers);
  REQUIRE(heard.event);
  CHECK(heard.event->code() == 1208);
  two.finance.apply(std::move(heard));
  two.finance.restart();
  CHECK(two.finance.peer("health").last_error.code == Code::kAgreementDiffers);
  CHECK(two.finance.state("health") == PeerState::kVerifying);
}

TEST_CASE("how a peer is dialled follows its state") {
  Two two;
  two.finance.accept(two.health.invite("finance"), "health");
  const auto first = two.finance.peering->dial("health", kNow);
  REQUIRE(first.ok());
  CHECK(first->pairing);
  CHECK(first->invite == two.health.last_invite);
  CHECK(first->remote_static == two.health.transport());
  CHECK(first->endpoints == std::vector<std::string>{"node.example:7443"});
  const auto psk = two.health.peering->pairing_psk(two.health.last_invite, two.finance.transport(), kNow);
  REQUIRE(psk);
  CHECK(crypto::equal_ct(psk->view(), first->psk.view()));
  CHECK(code_of(two.health.peering->dial("finance", kNow)) == Code::kPeerState);
  CHECK(code_of(two.health.peering->dial("nobody", kNow)) == Code::kPeerUnknown);

  const Pair pair;
  const auto later = pair.finance.peering->dial("health", kNow);
  REQUIRE(later.ok());
  CHECK_FALSE(later->pairing);
  CHECK(pair.health.peering->peer_of_static(pair.finance.transport(), kNow) == pair.finance.id());
  CHECK_FALSE(pair.health.peering->peer_of_static(two.random.next<crypto::X25519PublicKey>(), kNow));
}

}  // namespace comity::federation::test
