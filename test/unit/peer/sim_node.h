// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "node/peer/door.h"
#include "test/sim/machine.h"
#include "test/unit/peer/two_sessions.h"

namespace comity::peer {

/// One agency's node on a simulated machine: a door when it is dialled, calls when it dials.
class SimNode {
 public:
  SimNode(sim::Machine& machine, const Book& book, const Claim& claim)
      : machine_(machine),
        local_{machine.clock(), machine.random(), book, notes,
               [claim](const Contact&) { return Result<v1::Hello>(hello_of(claim)); }},
        calls_(machine.world().executor(),
               [this](const std::string& name, const std::exception_ptr&) { failures.push_back(name); }) {}
  SimNode(const SimNode&) = delete;
  SimNode& operator=(const SimNode&) = delete;
  /// Closes the door, gives sessions no grace, and lets no time pass.
  ~SimNode() {
    calls_.cancel();
    if (door) calls_closed_.spawn("close the door", door->close({}));
    machine_.world().run_for(std::chrono::seconds(1));
  }

  void open_door(Door::Limits limits = {}) {
    auto listener = machine_.net().listen(runtime::Endpoint::make(machine_.name(), kPort).value());
    door = std::make_unique<Door>(
        machine_.world().executor(), local_, std::move(listener).value(),
        [this](const std::string& what) { failures.push_back(what); }, limits);
  }
  void dial(const std::string& host, Call call) {
    calls_.spawn("call", dial_and_live(this, runtime::Endpoint::make(host, kPort).value(), std::move(call)));
  }
  void cancel_calls() { calls_.cancel(); }
  [[nodiscard]] std::size_t calls() const { return calls_.count(); }
  [[nodiscard]] const Local& local() const { return local_; }

  static constexpr std::uint16_t kPort = 7000;
  Notes notes;
  std::vector<Ended> ended;  ///< of calls
  std::vector<std::string> failures;
  std::unique_ptr<Door> door;

 private:
  static Task<void> dial_and_live(SimNode* node, runtime::Endpoint to, Call call) {
    auto stream = co_await node->machine_.net().dial(to, std::chrono::seconds(5));
    if (!stream.ok()) {
      node->ended.push_back(Ended{.why = stream.error()});
      co_return;
    }
    Ended ended = co_await run_dialled(&node->local_, *std::move(stream), std::move(call));
    node->ended.push_back(std::move(ended));
  }

  sim::Machine& machine_;
  Local local_;
  runtime::Nursery calls_closed_{machine_.world().executor()};
  runtime::Nursery calls_;
};

}  // namespace comity::peer
