// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/nodes/tap.h"

#include <algorithm>

#include "node/peer/live_session.h"

namespace comity::sim::nodes {

WireTap::WireTap() {
  peer::set_tap(this);
}

WireTap::~WireTap() {
  peer::set_tap(nullptr);
}

void WireTap::calls(const AgencyId& expected, peer::Claim& self) {
  const auto lies = exchanges_.find(self.agency);
  if (lies != exchanges_.end() && lies->second.claim) lies->second.claim(expected, self);
}

void WireTap::began(const peer::LiveSession& session, const peer::Contact& contact, v1::Hello& hello) {
  Line line{.pairing = contact.purpose == peer::Purpose::kPair, .dialled = contact.we_dialled};
  const auto self = AgencyId::from(proto::as_bytes(hello.agency()));
  if (self.ok()) line.from = *self;
  const auto to = by_key_.find(contact.remote_static);
  if (to != by_key_.end()) line.to = to->second;
  // One that never ended has left its place to this one.
  left_ += lines_.insert_or_assign(&session, line).second ? 0 : 1;
  const auto lies = exchanges_.find(line.from);
  if (lies != exchanges_.end() && lies->second.hello) lies->second.hello(line, hello);
}

std::vector<peer::Tap::Message> WireTap::sends(const peer::LiveSession& session, Message message) {
  const auto at = lines_.find(&session);
  std::vector<Message> out;
  const Line line = at == lines_.end() ? Line() : at->second;
  const auto lies = exchanges_.find(line.from);
  if (lies != exchanges_.end() && lies->second.messages) {
    out = lies->second.messages(line, std::move(message));
  } else {
    out.push_back(std::move(message));
  }
  for (const Message& each : out) {
    ++messages_;
    const bool honest = lies == exchanges_.end();
    proto::Bytes& heard = (honest ? said_ : blabbed_)[line.to];
    if (honest) {
      v1::Wire wire;
      const bool known = wire.ParseFromArray(each.bytes.data(), static_cast<int>(each.bytes.size()));
      words_[line.to][heard.size()] = {line.from, known ? static_cast<int>(wire.m_case()) : 0};
    }
    proto::append(heard, each.bytes);
    if (honest) {
      std::size_t& fullest = fullest_[static_cast<std::size_t>(each.lane)];
      fullest = std::max(fullest, session.backlog(each.lane) + each.bytes.size());
    }
    if (watch_) watch_(line, each);
  }
  return out;
}

WireTap::Word WireTap::word_at(const AgencyId& to, std::size_t at) const {
  const auto all = words_.find(to);
  if (all == words_.end()) return {};
  const auto after = all->second.upper_bound(at);
  return after == all->second.begin() ? Word() : std::prev(after)->second;
}

void WireTap::ended(const peer::LiveSession& session) {
  lines_.erase(&session);
}

}  // namespace comity::sim::nodes
