// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/check/judge.h"

#include <doctest/doctest.h>

#include "test/unit/crypto_protocol/agency_fixture.h"

namespace comity::federation {
namespace {

using crypto::kNow;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// A peer in good health, and what a check of it finds.
struct Healthy {
  Healthy() {
    peer.name = "finance";
    peer.agency = chain.agency();
    peer.stage = Stage::kActive;
    peer.boot_count = 3;
    peer.instance = InstanceId::from(proto::to_bytes("instance of 16 b")).value();
    Terms terms = default_terms(kNow);
    terms.contact = "desk@finance.example";
    peer.agreement = make_agreement({.terms = terms,
                                     .proposer = us,
                                     .accepter = chain.agency(),
                                     .issued = kNow,
                                     .proposer_keydoc = 1,
                                     .accepter_keydoc = 1})
                         .value();
    seen.peer = &peer;
    seen.chain = &chain;
    seen.now = kNow;
    seen.addresses.push_back({.address = "node.example:7443",
                              .resolved = "192.0.2.7:7443",
                              .opened_in = milliseconds(12),
                              .hello = hello(),
                              .at = kNow});
    seen.session = hello();
    seen.call_back = {
        .how = CallBackSeen::How::kAnswered, .asked = {"us.example:7443"}, .reached = {0}, .tried = 1};
    seen.lag = {.written = 5, .stored = 5};
    seen.heads = {.feeds = 2, .compared = 2, .fresh = true};
  }
  v1::Hello hello() const {
    v1::Hello out;
    out.set_agency(field(chain.agency().view()));
    out.set_keydoc(1);
    out.set_keydoc_hash(field(chain.current_hash().view()));
    out.set_hlc(millis(kNow) << 16U);
    out.set_instance(field(peer.instance.view()));
    out.set_boot_count(3);
    out.set_terms_digest(field(peer.agreement->digest.view()));
    out.set_software("comity 0.1.0");
    return out;
  }
  AddressSeen& address() { return seen.addresses.front(); }
  v1::Hello& their_hello() { return *address().hello; }
  /// Nobody was met.
  void silence(const Error& why) {
    address().hello.reset();
    address().refused = why;
    seen.session.reset();
    seen.call_back = {};
  }
  [[nodiscard]] Finding of(Code code) const {
    for (Finding& each : judge(seen)) {
      if (each.code == code) return each;
    }
    FAIL("no such check");
    return {};
  }
  [[nodiscard]] Verdict verdict(Code code) const { return of(code).verdict; }
  [[nodiscard]] bool says(Code code, std::string_view words) const {
    const Finding found = of(code);
    INFO(found.text);
    return found.text.find(words) != std::string::npos;
  }

  crypto::TestAgency agency{4};
  crypto::KeyChain chain = crypto::KeyChain::start(agency.sign(agency.doc), std::nullopt).value();
  AgencyId us = AgencyId::from(proto::Bytes(32, std::byte{9})).value();
  Peer peer{};
  Observed seen{};
};

}  // namespace

TEST_CASE("a peer in good health passes eight numbered checks without a word of advice") {
  const Healthy t;
  const auto all = judge(t.seen);
  REQUIRE(all.size() == 8);
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(static_cast<std::size_t>(all[i].code) == 2001 + i);
    CHECK_MESSAGE(all[i].verdict == Verdict::kOk, all[i].text);
    CHECK(all[i].fix.empty());
  }
  CHECK(all[0].text == "node.example:7443 is 192.0.2.7:7443");
  CHECK(all[1].text == "node.example:7443 opens in 12 ms and answers Comity");
  CHECK(all[4].text == "they reach us at us.example:7443");
  CHECK(all[6].text == "they stored all 5 entries of ours");
}

TEST_CASE("names and ports: one good address of two is a warning, none a failure") {
  Healthy t;
  t.seen.addresses.push_back({.address = "old.example:7443", .closed = Error{Code::kNameNotFound, {}}});
  CHECK(t.verdict(Code::kCheckName) == Verdict::kWarn);
  CHECK(t.says(Code::kCheckName, "old.example:7443 does not resolve"));
  CHECK(t.verdict(Code::kCheckPort) == Verdict::kOk);
  t.seen.addresses.erase(t.seen.addresses.begin());
  t.seen.session.reset();
  CHECK(t.verdict(Code::kCheckName) == Verdict::kFail);
  CHECK(t.verdict(Code::kCheckPort) == Verdict::kSkip);
  CHECK(t.verdict(Code::kCheckKey) == Verdict::kSkip);
  t.address().closed = Error{Code::kConnectionRefused, {}};
  CHECK(t.verdict(Code::kCheckName) == Verdict::kOk);
  CHECK(t.verdict(Code::kCheckPort) == Verdict::kFail);
  CHECK_FALSE(t.of(Code::kCheckPort).fix.empty());
  t.seen.addresses.clear();
  CHECK(t.verdict(Code::kCheckPort) == Verdict::kFail);
  t.seen.session = t.hello();
  CHECK(t.verdict(Code::kCheckPort) == Verdict::kSkip);
  CHECK(t.verdict(Code::kCheckKey) == Verdict::kOk);
}

TEST_CASE("what answers in place of a node is named") {
  for (const std::string other : {"HTTP", "TLS", "SSH"}) {
    Healthy t;
    t.silence({Code::kNotComity, other});
    t.address().speaks = other;
    CHECK(t.verdict(Code::kCheckPort) == Verdict::kFail);
    CHECK(t.says(Code::kCheckPort, "answers, but speaks " + other));
    CHECK(t.verdict(Code::kCheckKey) == Verdict::kSkip);
  }
}

TEST_CASE("a changed key and an unknown caller are told apart") {
  Healthy t;
  t.silence({Code::kHandshakeRefused, "without a byte"});
  CHECK(t.verdict(Code::kCheckKey) == Verdict::kFail);
  CHECK(t.says(Code::kCheckKey, "it has changed"));
  t.silence({Code::kHandshakeRefused, "before its Hello"});
  CHECK(t.verdict(Code::kCheckPort) == Verdict::kOk);
  CHECK(t.verdict(Code::kCheckKey) == Verdict::kFail);
  CHECK(t.says(Code::kCheckKey, "does not know us"));
}

TEST_CASE("a peer that has revoked us still says who it is, which is no success") {
  Healthy t;
  t.peer.refused_by_them = true;
  t.peer.last_error = {.code = Code::kPeerRefused, .reason = v1::REASON_SUSPENDED, .text = "SUSPENDED: x"};
  CHECK(t.verdict(Code::kCheckKey) == Verdict::kOk);
  t.peer.last_error.reason = v1::REASON_REVOKED;
  t.peer.last_error.text = "REVOKED: it is over";
  CHECK(t.verdict(Code::kCheckKey) == Verdict::kFail);
  CHECK(t.says(Code::kCheckKey, "they have revoked the peering: REVOKED: it is over"));
}

TEST_CASE("a node that went back, was copied or restored shows by instance and counts") {
  Healthy t;
  t.their_hello().set_boot_count(2);
  CHECK(t.says(Code::kCheckKey, "start 2 of an instance that had started 3 times"));
  CHECK(t.verdict(Code::kCheckKey) == Verdict::kFail);
  t.their_hello() = t.hello();
  t.their_hello().set_instance(std::string(16, 'x'));
  CHECK(t.verdict(Code::kCheckKey) == Verdict::kWarn);
  t.peer.retired.push_back(InstanceId::from(proto::to_bytes(std::string(16, 'x'))).value());
  CHECK(t.verdict(Code::kCheckKey) == Verdict::kFail);
  t.their_hello() = t.hello();
  t.their_hello().set_keydoc_hash(std::string(32, 'x'));
  CHECK(t.says(Code::kCheckKey, "key changed"));
  t.their_hello() = t.hello();
  t.their_hello().set_agency(std::string(32, 'x'));
  CHECK(t.says(Code::kCheckKey, "another agency"));
}

TEST_CASE("clocks: 30 seconds are a warning, ten minutes a failure, either way") {
  Healthy t;
  for (const auto apart : {milliseconds(seconds(31)), -milliseconds(seconds(31))}) {
    t.their_hello().set_hlc(millis(kNow + apart) << 16U);
    CHECK(t.verdict(Code::kCheckClock) == Verdict::kWarn);
  }
  t.their_hello().set_hlc(millis(kNow + seconds(29)) << 16U);
  CHECK(t.verdict(Code::kCheckClock) == Verdict::kOk);
  t.their_hello().set_hlc(millis(kNow + seconds(601)) << 16U);
  CHECK(t.verdict(Code::kCheckClock) == Verdict::kFail);
}

TEST_CASE("call-back: what was reached, refused, not asked") {
  Healthy t;
  t.seen.call_back = {
      .how = CallBackSeen::How::kAnswered, .asked = {"a:1", "b:2"}, .reached = {1}, .tried = 2};
  CHECK(t.verdict(Code::kCheckCallBack) == Verdict::kWarn);
  CHECK(t.says(Code::kCheckCallBack, "they do not reach us at a:1; they reach us at b:2"));
  t.seen.call_back.reached.clear();
  CHECK(t.verdict(Code::kCheckCallBack) == Verdict::kFail);
  t.seen.call_back = {
      .how = CallBackSeen::How::kRefused, .asked = {"a:1"}, .refused = v1::REASON_RATE, .retry_after = 6};
  CHECK(t.verdict(Code::kCheckCallBack) == Verdict::kSkip);
  CHECK(t.says(Code::kCheckCallBack, "RATE, again in 6 s"));
  t.seen.call_back = {.how = CallBackSeen::How::kSilent};
  CHECK(t.verdict(Code::kCheckCallBack) == Verdict::kWarn);
  t.seen.call_back = {};
  CHECK(t.verdict(Code::kCheckCallBack) == Verdict::kSkip);
}

TEST_CASE("agreements: digests and the days that are left") {
  Healthy t;
  CHECK(t.says(Code::kCheckAgreement, "both hold agreement"));
  CHECK(t.says(Code::kCheckAgreement, "365 days left"));
  t.their_hello().set_terms_digest(std::string(32, 'x'));
  CHECK(t.verdict(Code::kCheckAgreement) == Verdict::kFail);
  t.their_hello() = t.hello();
  t.seen.now = kNow + days(340);
  CHECK(t.verdict(Code::kCheckAgreement) == Verdict::kWarn);
  t.seen.now = kNow + days(366);
  CHECK(t.verdict(Code::kCheckAgreement) == Verdict::kFail);
  CHECK(judge_end(Code::kCheckPeers, "finance", *t.peer.agreement, kNow)
            .text.starts_with("finance: 365 days left"));
}

TEST_CASE("lag: since when and why, and whom to call") {
  Healthy t;
  t.seen.lag = {.written = 9,
                .stored = 4,
                .waiting = kNow - hours(3) - std::chrono::minutes(12),
                .reason = "QUOTA: disk 91 %"};
  const Finding found = t.of(Code::kCheckLag);
  CHECK(found.verdict == Verdict::kFail);
  CHECK(found.text.find("they stored 4 of our 9 entries; 5 wait since") != std::string::npos);
  CHECK(found.text.find("(3 h 12 min); reason: QUOTA: disk 91 %") != std::string::npos);
  CHECK(found.fix == "Call desk@finance.example");
  // What was written a moment ago is on its way.
  t.seen.lag = {.written = 9, .stored = 8, .waiting = kNow - seconds(2)};
  CHECK(t.verdict(Code::kCheckLag) == Verdict::kOk);
  t.seen.session.reset();
  CHECK(t.verdict(Code::kCheckLag) == Verdict::kFail);
}

TEST_CASE("a fork is a failure, proven or only seen") {
  Healthy t;
  t.seen.heads.differ = {"abcd"};
  CHECK(t.verdict(Code::kCheckFork) == Verdict::kFail);
  t.seen.heads.differ.clear();
  t.peer.forked = true;
  CHECK(t.verdict(Code::kCheckFork) == Verdict::kFail);
}

TEST_CASE("spans as people say them") {
  CHECK(span_text(seconds(40)) == "40 s");
  CHECK(span_text(seconds(75)) == "1 min");
  CHECK(span_text(hours(3) + std::chrono::minutes(12)) == "3 h 12 min");
  CHECK(span_text(hours(122)) == "5 d 2 h");
}

}  // namespace comity::federation
