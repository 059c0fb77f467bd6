// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/gossip/run.h"

#include <algorithm>

#include <fmt/format.h>

#include "test/sim/weather.h"

namespace comity::sim::gossip {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint32_t kMessagesEach = 10;
constexpr runtime::Duration kBadWeather = seconds(40);
constexpr runtime::Duration kSettleMost = minutes(3);
constexpr runtime::Duration kStopMost = seconds(5);

runtime::Task<void> program(Machine* machine, const Roster* roster, std::size_t self, Notebook* notebook,
                            Tally* tally) {
  Node node(*machine, *roster, self, *notebook, *tally, kMessagesEach);
  co_await node.run();
}

/// Faults that are part of every network, not of bad weather, stay: time passes on the roads, buffers are
/// small.
void end_faults(Faults& faults) {
  faults.slow_tail = 0;
  faults.resets = 0;
  faults.bit_flips = 0;
  faults.lost_dials = 0;
}

class Network {
 public:
  explicit Network(const Settings& settings)
      : world_(settings.seed, draw(settings.seed)), roster_(settings.seed, settings.nodes) {
    notebooks_.resize(settings.nodes);
    for (Notebook& notebook : notebooks_)
      notebook.have.assign(settings.nodes, 0);
    for (std::size_t i = 0; i < settings.nodes; ++i)
      world_.add_machine(Roster::name(i));
  }

  Outcome run() {
    Outcome outcome;
    outcome.weather = world_.faults().describe();
    const Machine::Program start = [this](Machine& machine) { return start_on(machine); };
    Weather weather(world_, start);
    for (const auto& machine : world_.machines())
      machine->start(start);

    world_.run_until([this] { return invariant_broken(); }, runtime::after(world_.now(), kBadWeather));
    weather.calm();
    end_faults(world_.faults());
    const runtime::Mono calm = world_.now();
    const bool settled = world_.run_until([this] { return invariant_broken() || all_have_everything(); },
                                          runtime::after(calm, kSettleMost));
    outcome.settled = world_.now() - calm;
    if (!settled) world_.fail("not everybody has everything: " + describe());
    stop();

    outcome.failure = world_.failure();
    outcome.hash = world_.trace().hash();
    outcome.events = world_.trace().count();
    outcome.tally = tally_;
    for (std::size_t kind = 0; kind < outcome.kinds.size(); ++kind)
      outcome.kinds.at(kind) = world_.trace().count(static_cast<Kind>(kind));
    outcome.last_events = world_.trace().describe_last();
    return outcome;
  }

 private:
  static Faults draw(std::uint64_t seed) {
    Random random(seed, "faults");
    return Faults::draw(random);
  }

  runtime::Task<void> start_on(Machine& machine) {
    std::size_t self = 0;
    while (Roster::name(self) != machine.name())
      ++self;
    return program(&machine, &roster_, self, &notebooks_.at(self), &tally_);
  }

  bool all_have_everything() const {
    const Notebook everything{std::vector<std::uint32_t>(notebooks_.size(), kMessagesEach)};
    return std::all_of(notebooks_.begin(), notebooks_.end(),
                       [&everything](const Notebook& notebook) { return notebook == everything; });
  }

  /// Nobody has more of an author than the author. Fails the world; true then.
  bool invariant_broken() {
    for (std::size_t author = 0; author < notebooks_.size(); ++author) {
      for (const Notebook& notebook : notebooks_) {
        if (notebook.have[author] > notebooks_[author].have[author]) {
          world_.fail("somebody has messages of " + Roster::name(author) + " that it never wrote");
        }
      }
    }
    return world_.failure().has_value();
  }

  std::string describe() const {
    std::string text;
    for (std::size_t i = 0; i < notebooks_.size(); ++i)
      text += fmt::format("{} has {}; ", Roster::name(i), fmt::join(notebooks_[i].have, " "));
    return text;
  }

  /// The orderly end: every task stops when asked, and nothing is left behind.
  void stop() {
    for (const auto& machine : world_.machines())
      machine->tasks().cancel();
    const auto all_stopped = [this] {
      return std::none_of(world_.machines().begin(), world_.machines().end(),
                          [](const auto& machine) { return machine->running(); });
    };
    if (!world_.run_until(all_stopped, runtime::after(world_.now(), kStopMost))) {
      world_.fail("tasks are left after the end");
    }
    if (tally_.most_queued > kQueueBytes) world_.fail("a queue grew beyond its limit");
    world_.run_for(kStopMost);
    if (world_.network().connections() != 0) world_.fail("connections are left after the end");
  }

  World world_;
  Roster roster_;
  std::vector<Notebook> notebooks_;
  Tally tally_;
};

}  // namespace

Outcome run(const Settings& settings) {
  return Network(settings).run();
}

}  // namespace comity::sim::gossip
