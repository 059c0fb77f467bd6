// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "node/runtime/net.h"
#include "test/sim/pipe.h"

namespace comity::sim {

/// A connection between two machines: two pipes that break together.
struct Connection {
  std::shared_ptr<Pipe> there;  ///< from the caller to the called
  std::shared_ptr<Pipe> back;
};

/// What listens somewhere: where Network puts new connections.
struct Doorstep {
  std::deque<std::unique_ptr<runtime::Stream>> waiting;
  runtime::Condition arrived;
};

/// All roads of a world: who listens where, which connections live, which directions are cut.
class Network {
 public:
  explicit Network(World& world);
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// Whether bytes from one machine to the other are stopped.
  [[nodiscard]] bool cut(const std::string& from, const std::string& to) const {
    return !cuts_.empty() && cuts_.contains({from, to});
  }
  /// Cuts one direction. What is sent waits; calls are lost.
  void partition(const std::string& from, const std::string& to);
  /// Joins it again; the connections that waited go on one after the other, in random order.
  void heal(const std::string& from, const std::string& to);
  void heal_all();

  /// One random living direction of a connection stands still for `span`.
  void clog_one(runtime::Duration span);
  /// A machine takes nothing in for `span`: all that is on its way to it stands still.
  void stop_reading(const std::string& machine, runtime::Duration span);
  /// One random living direction of a connection becomes half-open, for ever.
  void silence_one();

  /// Ends every connection of a machine: by resets that the others see, or by silence.
  void unplug(const std::string& machine, bool quiet);

  /// A new connection at the door of `to`, and the caller's end of it; kConnectionRefused, or kTimedOut for
  /// an attempt that nobody heard.
  [[nodiscard]] runtime::Result<std::unique_ptr<runtime::Stream>> knock(const std::string& from,
                                                                        const runtime::Endpoint& to);
  [[nodiscard]] runtime::Result<std::shared_ptr<Doorstep>> open_door(const runtime::Endpoint& at);
  void close_door(const runtime::Endpoint& at) { doors_.erase(at); }
  [[nodiscard]] bool listening(const runtime::Endpoint& at) const { return doors_.contains(at); }

  /// Connections of which an end is still held by somebody.
  [[nodiscard]] std::size_t connections();

 private:
  [[nodiscard]] std::vector<std::shared_ptr<Pipe>> living_pipes();

  World& world_;
  Random random_;
  std::set<std::pair<std::string, std::string>> cuts_;
  std::map<runtime::Endpoint, std::shared_ptr<Doorstep>> doors_;
  std::list<std::weak_ptr<Connection>> connections_;
  std::uint64_t next_connection_ = 0;
};

}  // namespace comity::sim
