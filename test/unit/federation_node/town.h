// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "test/sim/nodes/operators.h"
#include "test/unit/peer/two_sessions.h"

namespace comity::sim::nodes {

/// Agencies on a perfect network.
struct Town {
  explicit Town(std::size_t count) : assembly(1, count, Faults{}) {
    for (const auto& agency : assembly.agencies())
      agency->start();
  }

  Agency& at(std::size_t index) { return assembly.at(index); }

  /// Their operators connect the two, and their nodes meet.
  void pair(Agency& one, Agency& other) {
    Pairing pairing(assembly, one, other,
                    federation::default_terms(
                        std::chrono::floor<std::chrono::milliseconds>(assembly.world().wall_now())));
    REQUIRE(until([&] {
      if (!pairing.done()) pairing.look();
      return pairing.done() && connected(one, other) && connected(other, one);
    }));
  }
  /// Looks twice a second, for at most two minutes.
  bool until(const std::function<bool()>& done) {
    for (int look = 0; look < 240 && !assembly.world().failure(); ++look) {
      if (done()) return true;
      assembly.run_for(std::chrono::milliseconds(500));
    }
    return false;
  }
  [[nodiscard]] static bool connected(Agency& at, Agency& other) {
    return at.core() != nullptr && at.core()->world().federation().traffic(other.id()).connected;
  }
  /// How often the audit log holds the event.
  [[nodiscard]] static std::size_t logged(Agency& at, std::string_view event) {
    std::size_t found = 0;
    proto::Bytes after;
    do {
      const auto page = at.core()->feeds().audit_page(after, 100);
      REQUIRE(page.ok());
      found += static_cast<std::size_t>(std::ranges::count_if(
          page->rows, [event](const feed::AuditRow& row) { return row.event.event() == event; }));
      after = page->next;
    } while (!after.empty());
    return found;
  }

  Assembly assembly;
};

/// Somebody who dials nodes with whatever keys he has, and says what a test wants.
class Intruder {
 public:
  Intruder(Assembly& assembly, const std::string& name)
      : assembly_(assembly),
        machine_(assembly.world().add_machine(name)),
        local_{machine_.clock(), machine_.random(), nobody_, notes,
               [this](const peer::Contact&) { return proto::Result<v1::Hello>(hello); }},
        calls_(assembly.world().executor()) {}
  Intruder(const Intruder&) = delete;
  Intruder& operator=(const Intruder&) = delete;
  ~Intruder() {
    calls_.cancel();
    assembly_.run_for(std::chrono::seconds(1));
  }

  /// Dials, and lives through the session if there is one.
  void dial(Agency& to, peer::Call call) { calls_.spawn("call", dial(this, to.name(), std::move(call))); }

  [[nodiscard]] Random& random() { return machine_.random(); }
  [[nodiscard]] std::size_t calls() const { return calls_.count(); }

  peer::Notes notes;
  v1::Hello hello;                 ///< said in every session
  std::vector<peer::Ended> ended;  ///< in the order of their ends

 private:
  static runtime::Task<void> dial(Intruder* self, std::string host, peer::Call call) {
    const auto at = runtime::Endpoint::make(host, Agency::kPort).value();
    auto stream = co_await self->machine_.net().dial(at, std::chrono::seconds(5));
    if (!stream.ok()) co_return;
    peer::Ended ended = co_await peer::run_dialled(&self->local_, *std::move(stream), std::move(call));
    self->ended.push_back(std::move(ended));
  }

  Assembly& assembly_;
  Machine& machine_;
  peer::Book nobody_;
  peer::Local local_;
  runtime::Nursery calls_;
};

}  // namespace comity::sim::nodes
