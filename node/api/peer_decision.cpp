// SPDX-License-Identifier: EUPL-1.2
#include "node/api/peer_decision.h"

#include "node/api/answer.h"
#include "node/api/arguments.h"

namespace comity::api {

namespace json = boost::json;
using federation::Peer;
using federation::Step;
using proto::Result;
using proto::Status;

namespace {

using Task = http::Task<Result<json::value>>;

Task decide(PeerDesk desk, const Call& call, const Decide& what) {
  const auto name = required_text(call.arguments, "name");
  if (!name.ok()) return answer(Result<json::value>(name.error()));
  auto step = what(desk.trust.peering(), *name, call, desk.trust.now());
  return carry_out(desk, *name, std::move(step), [desk, name = *name] { return state_of(desk, name); });
}

}  // namespace

http::Task<Result<json::value>> carry_out(PeerDesk desk, const std::string& name, Result<Step> step,
                                          std::function<json::value()> shown) {
  if (!step.ok()) return answer(Result<json::value>(step.error()));
  auto promise = std::make_shared<Promise>();
  desk.federation.decide(name, *std::move(step), [promise, shown = std::move(shown)](const Status& done) {
    promise->complete(done.ok() ? Result<json::value>(shown()) : Result<json::value>(done.error()));
  });
  return answer(std::move(promise));
}

json::value state_of(const PeerDesk& desk, const std::string& name) {
  const Peer* const peer = desk.trust.peers().find(name);
  if (peer == nullptr) return json::object{{"name", name}, {"state", "REMOVED"}};
  return peer_json(desk, *peer);
}

void add_decision(CommandTable& table, PeerDesk desk, const std::string& name, Decide what) {
  table.add(name, {.effect = Effect::kChanges,
                   .run = [desk, what = std::move(what)](Call call) { return decide(desk, call, what); }});
}

}  // namespace comity::api
