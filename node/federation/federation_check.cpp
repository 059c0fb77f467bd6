// SPDX-License-Identifier: EUPL-1.2
// What a check of one peer looks at, and dialling back for the checks of others.
#include <algorithm>

#include "node/federation/federation.h"
#include "node/federation/peering/reasons.h"
#include "node/feed/hlc.h"
#include "node/feed/reader.h"
#include "node/peer/probe.h"
#include "node/runtime/deadline.h"
#include "node/runtime/nursery.h"

namespace comity::federation {
namespace {

constexpr std::chrono::seconds kDialTime{5};      // of a check; whoever waits for it is a person
constexpr std::chrono::seconds kAnswerMargin{4};  // for a CallBackResult above the time it may take
constexpr std::chrono::seconds kHeadsTime{1};     // for a Vector, where no call-back is asked for after it
constexpr std::size_t kMostAwaited = 4;           // CallBackWants of one session without an answer
constexpr std::size_t kDialsAtOnce = 2;           // their Door takes four sessions of one key
constexpr std::chrono::seconds kSameRefusal{10};  // within which a refusal is not logged again
constexpr std::size_t kMostNamed = 4;             // feeds named in a finding

/// Where an answer is to be put while somebody waits for it.
class Awaiting {
 public:
  using Answers = std::map<std::uint64_t, std::optional<v1::CallBackResult>*>;
  Awaiting(Answers& answers, std::uint64_t token, std::optional<v1::CallBackResult>* into)
      : answers_(answers), token_(token) {
    answers_[token_] = into;
  }
  Awaiting(const Awaiting&) = delete;
  Awaiting& operator=(const Awaiting&) = delete;
  ~Awaiting() { answers_.erase(token_); }

 private:
  Answers& answers_;
  std::uint64_t token_;
};

}  // namespace

/// One check under way; lives in the frame of check().
struct Federation::Looking {
  Federation* federation;
  std::string name;
  AgencyId agency;
  Observed seen{};
  std::size_t next = 0;  // address to be looked at
};

runtime::Task<Result<std::vector<Finding>>> Federation::check(Federation* federation, std::string name) {
  const Peer* const peer = federation->trust_.peers().find(name);
  if (peer == nullptr) co_return Error{Code::kPeerUnknown, name};
  Looking looking{federation, name, peer->agency};
  const auto plan = federation->trust_.peering().dial(name, federation->trust_.now());
  if (plan.ok()) {
    for (const std::string& address : plan->endpoints)
      looking.seen.addresses.push_back({.address = address});
  }
  const runtime::Executor executor = co_await runtime::this_executor;
  runtime::Nursery tasks(executor);
  for (std::size_t i = 0; i < kDialsAtOnce; ++i)
    tasks.spawn("look", look_at_addresses(&looking));
  tasks.spawn("call back", ask_call_back(&looking));
  co_await tasks.join();
  // It may have been renamed, given up or revoked meanwhile.
  const Peer* const now = federation->trust_.peers().find(name);
  if (now == nullptr) co_return Error{Code::kPeerUnknown, name};
  looking.seen.peer = now;
  federation->look_at_books(looking);
  co_return judge(looking.seen);
}

runtime::Task<void> Federation::look_at_addresses(Looking* looking) {
  while (looking->next < looking->seen.addresses.size()) {
    AddressSeen* const seen = &looking->seen.addresses[looking->next++];
    co_await look_at(looking, seen);
  }
}

runtime::Task<void> Federation::look_at(Looking* looking, AddressSeen* seen) {
  Federation* const federation = looking->federation;
  FederationSetup& setup = federation->setup_;
  const auto endpoint = runtime::Endpoint::parse(seen->address);
  if (!endpoint.ok()) {
    seen->closed = endpoint.error();
    co_return;
  }
  const runtime::Mono begun = setup.clock.now();
  auto stream = co_await setup.net.dial(*endpoint, kDialTime);
  if (!stream.ok()) {
    seen->closed = stream.error();
    co_return;
  }
  seen->opened_in = setup.clock.now() - begun;
  seen->resolved = (*stream)->peer().to_string();
  const auto plan = federation->trust_.peering().dial(looking->name, federation->trust_.now());
  if (!plan.ok()) {
    seen->refused = plan.error();
    co_return;
  }
  auto call = federation->call_by(*plan);
  call->expected = plan->agency;
  const auto hello = co_await peer::probe(&setup.clock, &setup.random, *std::move(stream), *std::move(call));
  if (hello.ok()) {
    seen->hello = *hello;
    seen->at = federation->trust_.now();
    co_return;
  }
  seen->refused = hello.error();
  if (hello.error().code == Code::kNotComity) {
    seen->speaks = hello.error().detail;
    co_return;
  }
  const bool silent = hello.error().code == Code::kTimedOut || hello.error().code == Code::kHandshakeRefused;
  if (!silent || hello.error().detail == "before its Hello") co_return;
  auto again = co_await setup.net.dial(*endpoint, kDialTime);
  if (!again.ok()) co_return;
  seen->speaks = co_await peer::who_answers(&setup.clock, *std::move(again));
}

// The answer also closes the question for their heads: both travel on one lane, in order.
runtime::Task<void> Federation::ask_call_back(Looking* looking) {
  Federation* const federation = looking->federation;
  CallBackSeen& seen = looking->seen.call_back;
  Talk* at = looking->agency.is_zero() ? nullptr : federation->talk_with(looking->agency);
  if (at == nullptr || at->peer == nullptr || !at->syncing) co_return;
  looking->seen.heads.fresh = federation->sync_.ask_heads(looking->agency);
  const EndpointSet* const own = federation->trust_.endpoints().find(federation->trust_.self());
  if (own == nullptr || own->endpoints.empty()) {
    seen.how = CallBackSeen::How::kNoAddresses;
    (void)co_await federation->setup_.clock.sleep_for(kHeadsTime);
    co_return;
  }
  seen.asked = own->endpoints;
  seen.how = CallBackSeen::How::kSilent;
  std::array<std::byte, 8> bytes{};
  federation->setup_.random.fill(bytes);
  const std::uint64_t token = std::max<std::uint64_t>(proto::from_be<std::uint64_t>(bytes), 1);
  v1::Wire wire;
  wire.mutable_call_back_want()->set_token(token);
  wire.mutable_call_back_want()->set_endpoints_serial(own->serial);
  if (at->awaited.size() >= kMostAwaited || !at->session.send(v1::LANE_CONTROL, wire).ok()) co_return;
  at->awaited[token] = seen.asked.size();
  const runtime::Mono until =
      runtime::after(federation->setup_.clock.now(), call_back_time(seen.asked.size()) + kAnswerMargin);
  std::optional<v1::CallBackResult> result;
  const Awaiting awaiting{federation->answers_, token, &result};
  while (!result) {
    const Status woken =
        co_await runtime::with_deadline(federation->setup_.clock, until, federation->answered_.wait());
    if (!woken.ok()) break;
  }
  if (!result) co_return;
  seen.how =
      result->refused() == v1::REASON_NONE ? CallBackSeen::How::kAnswered : CallBackSeen::How::kRefused;
  seen.reached.assign(result->reached().begin(), result->reached().end());
  seen.tried = result->tried();
  seen.refused = result->refused();
  seen.retry_after = result->retry_after();
}

void Federation::look_at_books(Looking& looking) {
  Observed& seen = looking.seen;
  seen.now = trust_.peers().time(trust_.now());
  if (looking.agency.is_zero()) return;
  seen.chain = trust_.chains().find(looking.agency);
  const Talk* const at = talk_with(looking.agency);
  if (at != nullptr && at->peer != nullptr) seen.session = at->session.remote_hello();

  const auto view = setup_.store.snapshot();
  for (const Lag& lag : sync_.lags(looking.agency)) {
    const std::uint64_t stored = std::min(raw(lag.acked), raw(lag.head));
    seen.lag.written += raw(lag.head);
    seen.lag.stored += stored;
    if (stored == raw(lag.head) || !view.ok()) continue;
    const auto first = feed::FeedReader(**view, setup_.storage_key).header(lag.feed, Seq{stored + 1});
    if (!first.ok()) continue;
    const WallTime written = from_millis(raw(first->header.hlc) >> 16U);
    seen.lag.waiting = seen.lag.waiting ? std::min(*seen.lag.waiting, written) : written;
  }
  const auto refusal = refusals_.find(looking.agency);
  if (refusal != refusals_.end() && seen.lag.waiting && refusal->second.when >= *seen.lag.waiting) {
    seen.lag.reason = refusal->second.text;
  } else if (seen.peer->last_error.reason != v1::REASON_NONE) {
    seen.lag.reason = seen.peer->last_error.text;
  } else if (seen.peer->state_at(seen.now) != PeerState::kActive) {
    seen.lag.reason = std::string(name_of(seen.peer->state_at(seen.now)));
  } else if (!seen.session) {
    seen.lag.reason = "not connected";
  }

  for (const CommonFeed& each : sync_.common(looking.agency)) {
    ++seen.heads.feeds;
    if (each.differs && seen.heads.differ.size() < kMostNamed) seen.heads.differ.push_back(each.feed.hex());
    if (each.compared && !each.differs) ++seen.heads.compared;
  }
}

std::vector<Finding> Federation::check_ends() const {
  const WallTime now = trust_.peers().time(trust_.now());
  std::vector<Finding> out;
  for (const auto& [name, peer] : trust_.peers().all()) {
    if (peer.stage == Stage::kActive && peer.agreement)
      out.push_back(judge_end(Code::kCheckPeers, name, *peer.agreement, now));
  }
  return out;
}

// --- dialling back ---

void Federation::call_back_wanted(Talk& at, const v1::CallBackWant& want) {
  const Peer* const peer = trust_.peers().find(at.agency);
  const bool active = at.syncing && peer != nullptr &&
                      peer->state_at(trust_.peers().time(trust_.now())) == PeerState::kActive;
  auto decision =
      call_backs_.want(at.agency, want, active, trust_.endpoints().find(at.agency), setup_.clock.now());
  if (decision.targets.empty()) {
    v1::CallBackResult result;
    result.set_token(want.token());
    result.set_refused(decision.refused);
    result.set_retry_after(decision.retry_after);
    answer_call_back(at.serial, result);
    return;
  }
  nursery_.spawn("call back",
                 call_back(this, at.serial, want.token(), at.agency, std::move(decision.targets)));
}

void Federation::answer_call_back(std::uint64_t serial, const v1::CallBackResult& result) {
  Talk* const at = talk(serial);
  if (at == nullptr) return;
  v1::Wire wire;
  *wire.mutable_call_back() = result;
  (void)at->session.send(v1::LANE_CONTROL, wire);  // whoever asked asks again
}

namespace {

runtime::Task<Result<v1::Hello>> meet(runtime::Clock* clock, runtime::Net* net, crypto::Random* random,
                                      runtime::Endpoint at, peer::Call call) {
  auto stream = co_await net->dial(at, call_back_limits::kEach);
  if (!stream.ok()) co_return stream.error();
  auto hello = co_await peer::probe(clock, random, *std::move(stream), std::move(call));
  co_return hello;
}

}  // namespace

runtime::Task<void> Federation::call_back(Federation* federation, std::uint64_t serial, std::uint64_t token,
                                          AgencyId agency, std::vector<runtime::Endpoint> targets) {
  FederationSetup& setup = federation->setup_;
  const runtime::Mono answer_at = runtime::after(setup.clock.now(), call_back_time(targets.size()));
  v1::CallBackResult result;
  result.set_token(token);
  result.set_tried(static_cast<std::uint32_t>(targets.size()));
  for (std::size_t place = 0; place < targets.size(); ++place) {
    auto call = federation->call(agency);
    if (!call.ok()) break;
    call->expected = agency;
    auto hello = co_await runtime::with_timeout(
        setup.clock, call_back_limits::kEach,
        meet(&setup.clock, &setup.net, &setup.random, targets[place], *std::move(call)));
    if (!hello.ok() && hello.error().code == Code::kCancelled) break;
    if (hello.ok()) result.add_reached(static_cast<std::uint32_t>(place));
  }
  const bool all = static_cast<std::size_t>(result.reached_size()) == targets.size();
  if (!all) (void)co_await setup.clock.sleep_until(answer_at);
  federation->call_backs_.done(agency);
  federation->answer_call_back(serial, result);
}

void Federation::call_back_answered(Talk& at, const v1::CallBackResult& result) {
  const auto asked = at.awaited.find(result.token());
  if (asked == at.awaited.end())
    return end_talk(at, {Code::kSessionOrder, "a call-back that nobody asked for"});
  const Status good = check_call_back(result, asked->second);
  if (!good.ok()) return end_talk(at, good.error());
  at.awaited.erase(asked);
  const auto waiting = answers_.find(result.token());
  if (waiting != answers_.end()) *waiting->second = result;
  answered_.notify_all();
}

bool Federation::note_refusal(const AgencyId& peer, v1::Reason reason, const Error& error) {
  const Trouble trouble{.code = error.code, .reason = reason, .text = error.detail, .when = trust_.now()};
  const auto before = refusals_.find(peer);
  const bool again = before != refusals_.end() && before->second.reason == reason &&
                     trouble.when < before->second.when + kSameRefusal;
  if (!again) refusals_[peer] = trouble;
  // That a feed is not there is everyday: a space was left or closed, and the asker did not know yet.
  Peer* const at = trust_.peers().change(peer);
  if (at != nullptr && reason != v1::REASON_NOT_AVAILABLE) at->last_error = trouble;
  return !again;
}

}  // namespace comity::federation
