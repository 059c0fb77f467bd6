// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/nodes/run.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "node/peer/bye.h"
#include "test/sim/nodes/hostile.h"
#include "test/sim/weather.h"

namespace comity::sim::nodes {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kFewestNodes = 5;
constexpr std::size_t kMostNodes = 8;
constexpr runtime::Duration kPairMost = minutes(10);
constexpr runtime::Duration kFoundMost = minutes(2);
constexpr runtime::Duration kBadWeather = seconds(45);
constexpr runtime::Duration kSettleMost = minutes(15);
constexpr runtime::Duration kStopMost = seconds(30);
constexpr runtime::Duration kLook = milliseconds(500);
constexpr std::uint64_t kOverfullEvery = 64;  // events
constexpr std::size_t kMostBye = 1024;

/// Faults that are part of every network, not of bad weather, stay: time passes on the roads.
void end_faults(Faults& faults) {
  faults.slow_tail = 0;
  faults.resets = 0;
  faults.bit_flips = 0;
  faults.lost_dials = 0;
}

/// Gentler than for a toy: a session here is a handshake of two nodes with all they have to say.
Faults draw(std::uint64_t seed) {
  Random random(seed, "faults");
  Faults faults = Faults::draw(random);
  faults.buffer_bytes = std::max<std::size_t>(faults.buffer_bytes, 4096);
  faults.resets /= 4;
  faults.bit_flips /= 4;
  return faults;
}

std::size_t count_of(const Settings& settings) {
  if (settings.nodes != 0) return settings.nodes;
  Random random(settings.seed, "nodes");
  return kFewestNodes + random.below(kMostNodes - kFewestNodes + 1);
}

Plot draw_plot(const Settings& settings) {
  Random random(settings.seed, "plot");
  Plot plot = Plot::draw(random);
  if (!plot.without(settings.without))
    throw std::invalid_argument("no such part of a plot: " + settings.without);
  return plot;
}

class Run {
 public:
  explicit Run(const Settings& settings)
      : assembly_(settings.seed, count_of(settings), draw(settings.seed)),
        random_(settings.seed, "run"),
        script_(assembly_, settings.plot ? *settings.plot : draw_plot(settings)),
        only_(settings.only),
        checks_(assembly_, script_) {
    assembly_.tap().on_message(
        [this](const WireTap::Line& line, const peer::Tap::Message& message) { watch(line, message); });
  }

  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  // What nodes still answer as they fall, they answer to people who are there.
  ~Run() { assembly_.crash_all(); }

  Outcome run() {
    Outcome outcome;
    outcome.weather = world().faults().describe();
    bits_flip_ = world().faults().bit_flips != 0;
    outcome.plot = script_.plot().describe();
    outcome.nodes = assembly_.agencies().size();
    try {
      live(outcome);
    } catch (const std::exception& broken) {
      world().fail(broken.what());
    }
    outcome.failure = world().failure();
    outcome.hash = world().trace().hash();
    outcome.events = world().trace().count();
    for (std::size_t kind = 0; kind < outcome.kinds.size(); ++kind)
      outcome.kinds.at(kind) = world().trace().count(static_cast<Kind>(kind));
    outcome.compared = checks_.compared();
    outcome.posts = script_.posts().size();
    outcome.withdrawn =
        static_cast<std::uint64_t>(std::ranges::count_if(script_.posts(), &Posted::withdrawn));
    outcome.spaces = script_.spaces().size();
    outcome.messages = assembly_.tap().messages();
    outcome.refused = script_.refused();
    for (const auto& agency : assembly_.agencies())
      outcome.restores += agency->restores();
    outcome.last_events = world().trace().describe_last();
    for (const auto& agency : assembly_.agencies()) {
      for (const std::string& line : agency->log_lines())
        outcome.last_events += line + "\n";
    }
    return outcome;
  }

 private:
  World& world() { return assembly_.world(); }

  void live(Outcome& outcome) {
    for (const auto& agency : assembly_.agencies())
      agency->start();
    if (!pair(outcome)) return;
    if (!found()) return;
    bad_weather();
    if (world().failure()) return;
    if (!settle(outcome)) return;
    check(outcome);
    if (!world().failure()) stop();
  }

  /// Runs until `done`, looking now and then and not at every step.
  bool look_until(const std::function<bool()>& done, runtime::Duration most) {
    const runtime::Mono end = runtime::after(world().now(), most);
    while (world().now() < end && !world().failure()) {
      if (done()) return true;
      pass(kLook);
    }
    return !world().failure() && done();
  }

  void pass(runtime::Duration span) {
    assembly_.run_until(
        [this] {
          if (++steps_ % kOverfullEvery != 0) return false;
          const std::string text = checks_.overfull();
          if (!text.empty()) world().fail("a queue above its cap: " + text);
          return world().failure().has_value();
        },
        span);
  }

  /// Honest nodes never accuse each other: where one says that the other broke a rule, one of them is wrong.
  void watch(const WireTap::Line& line, const peer::Tap::Message& message) {
    const Agency* const hostile = script_.hostile();
    if (hostile != nullptr && (line.from == hostile->id() || line.to == hostile->id())) return;
    if (message.lane != v1::LANE_CONTROL || message.bytes.size() > kMostBye) return;
    v1::Wire wire;
    if (!wire.ParseFromArray(message.bytes.data(), static_cast<int>(message.bytes.size())) || !wire.has_bye())
      return;
    const v1::Reason reason = wire.bye().reason();
    const bool accuses = reason == v1::REASON_PROTOCOL || reason == v1::REASON_MALFORMED ||
                         reason == v1::REASON_CREDIT || reason == v1::REASON_FORK ||
                         reason == v1::REASON_CLONE;
    if (!accuses) return;
    // A bit that flipped on the road dies at authentication: that is nobody's fault.
    const std::string& text = wire.bye().text();
    for (const proto::Code code : {proto::Code::kAuthentication, proto::Code::kBadRecord}) {
      if (bits_flip_ && text.starts_with(proto::code_label(code))) return;
    }
    world().fail(fmt::format("{} accuses {}: {} {}", assembly_.name_of(line.from), assembly_.name_of(line.to),
                             peer::reason_name(reason), text));
  }

  bool pair(Outcome& outcome) {
    const runtime::Mono begin = world().now();
    pairings_ = script_.pairings();
    const bool paired = look_until(
        [this] {
          bool all = true;
          for (const auto& pairing : pairings_) {
            if (pairing->done()) continue;
            pairing->look();
            all = false;
          }
          for (const auto& agency : assembly_.agencies())
            all = script_.staff(*agency) && all;
          return all;
        },
        kPairMost);
    outcome.paired = world().now() - begin;
    if (!paired && !world().failure()) {
      std::string text = "not all agencies were paired:";
      for (const auto& pairing : pairings_) {
        if (!pairing->done())
          text += fmt::format(" {}-{}", pairing->inviter().name(), pairing->accepter().name());
      }
      world().fail(text);
    }
    return paired;
  }

  bool found() {
    const bool founded = look_until([this] { return script_.found_spaces(); }, kFoundMost);
    if (!founded && !world().failure()) world().fail("the first spaces could not be created");
    return founded;
  }

  void bad_weather() {
    const auto agency_on = [this](Machine& machine) -> Agency& {
      return **std::ranges::find_if(assembly_.agencies(),
                                    [&](const auto& agency) { return &agency->machine() == &machine; });
    };
    weather_.emplace(world(), Weather::Power{.crash =
                                                 [this, agency_on](Machine& machine, Machine::Crash how) {
                                                   fall(agency_on(machine), how);
                                                 },
                                             .start =
                                                 [this, agency_on](Machine& machine) {
                                                   Agency& agency = agency_on(machine);
                                                   if (!assembly_.stays_down(agency)) agency.start();
                                                 }});
    if (script_.hostile() != nullptr) hostile_.emplace(assembly_, *script_.hostile(), only_);
    const runtime::Mono end = runtime::after(world().now(), kBadWeather);
    while (world().now() < end && !world().failure()) {
      pass(random_.between(milliseconds(50), milliseconds(700)));
      meddle();
      if (hostile_) hostile_->act();
      script_.act();
      const std::string text = checks_.overfull();
      if (!text.empty()) world().fail("a queue above its cap: " + text);
      const std::string wide = checks_.too_wide();
      if (!wide.empty()) world().fail(wide);
      const std::string clone = checks_.false_clone();
      if (!clone.empty()) world().fail("a clone that there is not: " + clone);
    }
  }

  void fall(Agency& agency, Machine::Crash how) {
    if (script_.plot().restores && agency.disk().has_copy() && random_.below(4) == 0) {
      agency.crash(how);
      {
        // What it forgets now, others may know all the same.
        const auto store = agency.open_store();
        knowledge_.learn(agency, *store);
      }
      agency.restore(how);
      return;
    }
    agency.crash(how);
  }

  /// What is no fault of a road: clocks, disks, copies.
  void meddle() {
    Agency& agency = *assembly_.agencies()[random_.below(assembly_.agencies().size())];
    const std::uint64_t what = random_.below(40);
    const bool ahead = random_.below(2) == 0;
    const std::uint64_t writes = 1 + random_.below(60);
    if (what == 0 && script_.plot().clock_jumps)
      agency.machine().clock().set_skew(ahead ? hours(1) : -hours(1));
    if (what == 1 && script_.plot().clock_jumps) agency.machine().clock().set_skew({});
    if (what == 2 && script_.plot().cuts && agency.core() != nullptr) agency.disk().cut_after(writes);
    if (what == 3 && script_.plot().restores) agency.disk().copy();
  }

  bool settle(Outcome& outcome) {
    weather_->calm();
    end_faults(world().faults());
    for (const auto& agency : assembly_.agencies()) {
      agency->machine().clock().set_skew({});
      agency->disk().cut_after(0);
    }
    // In half of the worlds the hostile agency mends its ways, in the others it goes on to the end.
    if (hostile_) {
      outcome.plot += " (" + hostile_->describe() + ")";
      for (const auto& [deed, count] : hostile_->done())
        outcome.deeds[deed] += count;
    }
    if (random_.below(2) == 0) hostile_.reset();
    const runtime::Mono calm = world().now();
    std::string why;
    const bool settled = look_until(
        [this, &why] {
          const bool asked = script_.settle();
          why = checks_.difference();
          return asked && why.empty();
        },
        kSettleMost);
    outcome.settled = world().now() - calm;
    if (!settled) world().fail("no agreement after the bad weather: " + why);
    return settled;
  }

  void check(Outcome& outcome) {
    for (const auto& agency : assembly_.agencies()) {
      if (agency->store() != nullptr) knowledge_.learn(*agency, *agency->store());
    }
    const std::string leak = checks_.leak(knowledge_, outcome.found_at_members);
    if (!leak.empty()) return world().fail("a leak: " + leak);
    const std::string wide = checks_.too_wide();
    if (!wide.empty()) return world().fail(wide);
    const std::string broken = checks_.broken_promise();
    if (!broken.empty()) return world().fail(broken);
    if (outcome.found_at_members == 0) world().fail("the search found nothing even at members");
  }

  void stop() {
    for (const auto& agency : assembly_.agencies()) {
      // A start that is due since the bad weather would bring it up once more.
      assembly_.stay_down(*agency);
      agency->stop();
    }
    const auto stopped = [this] {
      return std::ranges::none_of(assembly_.agencies(),
                                  [](const auto& agency) { return agency->machine().running(); });
    };
    if (!assembly_.run_until(stopped, kStopMost)) {
      std::string who;
      for (const auto& agency : assembly_.agencies())
        if (agency->machine().running()) who += " " + agency->name() + " (" + agency->phase() + ")";
      world().fail("tasks are left after the end:" + who);
    }
    assembly_.run_for(seconds(5));
    if (world().network().connections() != 0) world().fail("connections are left after the end");
    if (assembly_.tap().sessions() != 0) world().fail("sessions are left after the end");
  }

  Assembly assembly_;
  Random random_;
  Script script_;
  std::optional<Hostile::Deed> only_;
  Checks checks_;
  Knowledge knowledge_;
  std::vector<std::unique_ptr<Pairing>> pairings_;
  std::optional<Weather> weather_;
  std::optional<Hostile> hostile_;
  std::uint64_t steps_ = 0;
  bool bits_flip_ = false;
};

}  // namespace

Outcome run(const Settings& settings) {
  return Run(settings).run();
}

}  // namespace comity::sim::nodes
