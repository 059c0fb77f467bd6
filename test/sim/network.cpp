// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/network.h"

#include "test/sim/machine.h"
#include "test/sim/stream.h"

namespace comity::sim {
namespace {

using runtime::Code;
using runtime::Endpoint;
using runtime::Error;
using runtime::Result;

constexpr std::size_t kBacklog = 16;  // calls that stand at a door before further ones go unheard

// After a cut is healed TCP notices at its next retransmission.
constexpr runtime::Duration kNoticeMost = std::chrono::seconds(2);

}  // namespace

Network::Network(World& world) : world_(world), random_(world.seed(), "network") {}

void Network::partition(const std::string& from, const std::string& to) {
  if (cuts_.insert({from, to}).second) world_.record(Kind::kPartition, from, to);
}

void Network::heal(const std::string& from, const std::string& to) {
  if (cuts_.erase({from, to}) == 0) return;
  world_.record(Kind::kHeal, from, to);
  for (const auto& pipe : living_pipes()) {
    if (pipe->from() != from || pipe->to() != to) continue;
    world_.in(random_.between({}, kNoticeMost), [pipe] { pipe->release(); });
  }
}

void Network::heal_all() {
  while (!cuts_.empty()) {
    const auto [from, to] = *cuts_.begin();
    heal(from, to);
  }
}

void Network::clog_one(runtime::Duration span) {
  const auto pipes = living_pipes();
  if (pipes.empty()) return;
  const auto& pipe = pipes[random_.below(pipes.size())];
  world_.record(Kind::kClog, pipe->from(), pipe->to());
  pipe->hold();
  world_.in(span, [pipe] { pipe->release(); });
}

void Network::stop_reading(const std::string& machine, runtime::Duration span) {
  for (const auto& pipe : living_pipes()) {
    if (pipe->to() != machine) continue;
    world_.record(Kind::kClog, pipe->from(), pipe->to());
    pipe->hold();
    world_.in(span, [pipe] { pipe->release(); });
  }
}

void Network::silence_one() {
  const auto pipes = living_pipes();
  if (pipes.empty()) return;
  const auto& pipe = pipes[random_.below(pipes.size())];
  world_.record(Kind::kSilence, pipe->from(), pipe->to());
  pipe->silence();
}

void Network::unplug(const std::string& machine, bool quiet) {
  for (const auto& pipe : living_pipes()) {
    if (pipe->from() != machine && pipe->to() != machine) continue;
    if (quiet) {
      pipe->silence();
    } else {
      pipe->break_now();
    }
  }
}

Result<std::unique_ptr<runtime::Stream>> Network::knock(const std::string& from, const Endpoint& to) {
  const bool unheard =
      cut(from, to.host()) || cut(to.host(), from) || random_.per_million(world_.faults().lost_dials);
  const auto door = doors_.find(to);
  if (unheard || (door != doors_.end() && door->second->waiting.size() >= kBacklog)) {
    world_.record(Kind::kLostDial, from, to.host());
    return Error{Code::kTimedOut, to.to_string()};
  }
  if (door == doors_.end()) {
    world_.record(Kind::kRefusedDial, from, to.host());
    return Error{Code::kConnectionRefused, to.to_string()};
  }
  const std::uint64_t number = next_connection_++;
  const std::string name = from + ">" + to.host() + "#" + std::to_string(number);
  const auto connection = std::make_shared<Connection>();
  connection->there = std::make_shared<Pipe>(world_, from, to.host(), name);
  connection->back = std::make_shared<Pipe>(world_, to.host(), from, name + " back");
  connection->there->join_fate(connection->back);
  connection->back->join_fate(connection->there);
  connections_.push_back(connection);
  world_.record(Kind::kConnect, from, to.host(), number);
  // A caller's port has no meaning here beyond being its own.
  const auto caller = Endpoint::make(from, static_cast<std::uint16_t>(40'000 + number % 20'000));
  door->second->waiting.push_back(
      std::make_unique<SimStream>(connection, connection->there, connection->back, caller.value()));
  door->second->arrived.notify_one();
  return std::unique_ptr<runtime::Stream>(
      std::make_unique<SimStream>(connection, connection->back, connection->there, to));
}

Result<std::shared_ptr<Doorstep>> Network::open_door(const Endpoint& at) {
  const auto [place, added] = doors_.try_emplace(at, std::make_shared<Doorstep>());
  if (!added) return Error{Code::kAddressInUse, at.to_string()};
  return place->second;
}

std::vector<std::shared_ptr<Pipe>> Network::living_pipes() {
  std::vector<std::shared_ptr<Pipe>> living;
  for (auto place = connections_.begin(); place != connections_.end();) {
    const auto connection = place->lock();
    if (!connection) {
      place = connections_.erase(place);
      continue;
    }
    ++place;
    for (const auto& pipe : {connection->there, connection->back}) {
      if (!pipe->broken() && !pipe->silent()) living.push_back(pipe);
    }
  }
  return living;
}

std::size_t Network::connections() {
  std::erase_if(connections_,
                [](const std::weak_ptr<Connection>& connection) { return connection.expired(); });
  return connections_.size();
}

}  // namespace comity::sim
