// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/machine.h"

#include <cstdio>
#include <stdexcept>

namespace comity::sim {
namespace {

using runtime::Code;
using runtime::Endpoint;
using runtime::Error;
using runtime::Result;
using runtime::Task;

// A call that nobody heard is repeated after this, then after twice as long, and so on, as TCP does.
constexpr runtime::Duration kFirstRetry = std::chrono::seconds(1);

class SimListener final : public runtime::Listener {
 public:
  SimListener(World& world, std::shared_ptr<Doorstep> door, Endpoint local)
      : world_(world), door_(std::move(door)), local_(std::move(local)) {}
  ~SimListener() override { close(); }

  Task<Result<std::unique_ptr<runtime::Stream>>> accept() override {
    const std::shared_ptr<Doorstep> door = door_;
    while (!closed_ && door->waiting.empty())
      COMITY_CO_CHECK(co_await door->arrived.wait());
    if (closed_) co_return Error{Code::kStreamClosed};
    auto stream = std::move(door->waiting.front());
    door->waiting.pop_front();
    co_return stream;
  }

  const Endpoint& local() const noexcept override { return local_; }

  void close() noexcept override {
    if (closed_) return;
    closed_ = true;
    world_.network().close_door(local_);
    door_->waiting.clear();
    door_->arrived.notify_all();
  }

 private:
  World& world_;
  std::shared_ptr<Doorstep> door_;
  Endpoint local_;
  bool closed_ = false;
};

std::string describe(std::exception_ptr failure) {
  try {
    std::rethrow_exception(std::move(failure));
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

}  // namespace

SimNet::SimNet(World& world, std::string machine)
    : world_(world), machine_(std::move(machine)), random_(world.seed(), "net " + machine_) {}

Task<Result<std::unique_ptr<runtime::Stream>>> SimNet::dial(Endpoint to, runtime::Duration timeout) {
  if (to.empty() || to.port() == 0) co_return Error{Code::kBadEndpoint, to.to_string()};
  SimClock clock(world_, machine_);
  const runtime::Mono deadline = runtime::after(world_.now(), timeout);
  runtime::Duration retry = kFirstRetry;
  for (;;) {
    const Faults& faults = world_.faults();
    const auto there_and_back = 2 * random_.between(faults.latency_least, faults.latency_most);
    COMITY_CO_CHECK(
        co_await clock.sleep_until(std::min(deadline, runtime::after(world_.now(), there_and_back))));
    if (world_.now() >= deadline) co_return Error{Code::kTimedOut, to.to_string()};
    auto answer = world_.network().knock(machine_, to);
    if (answer.ok() || answer.error().code != Code::kTimedOut) co_return answer;
    COMITY_CO_CHECK(co_await clock.sleep_until(std::min(deadline, runtime::after(world_.now(), retry))));
    if (world_.now() >= deadline) co_return Error{Code::kTimedOut, to.to_string()};
    retry *= 2;
  }
}

Result<std::unique_ptr<runtime::Listener>> SimNet::listen(const Endpoint& at) {
  if (at.host() != machine_) return Error{Code::kUnreachable, at.to_string() + " is not this machine"};
  COMITY_TRY(const Endpoint local, Endpoint::make(machine_, at.port() != 0 ? at.port() : next_port_++));
  COMITY_TRY(std::shared_ptr<Doorstep> door, world_.network().open_door(local));
  return std::unique_ptr<runtime::Listener>(std::make_unique<SimListener>(world_, std::move(door), local));
}

Machine::Machine(World& world, std::string name)
    : world_(world),
      name_(std::move(name)),
      random_(world.seed(), "machine " + name_),
      clock_(world, name_),
      net_(world, name_),
      pool_(world, name_) {
  const auto address = Endpoint::make(name_, 1);
  if (!address.ok() || address->host() != name_) throw std::invalid_argument("no host name: " + name_);
}

Machine::~Machine() = default;

void Machine::start(const Program& program) {
  if (running()) throw std::logic_error(name_ + " already runs a program");
  ++boots_;
  pool_.restart();
  world_.record(Kind::kStart, name_, {}, boots_);
  tasks_ = std::make_unique<runtime::Nursery>(
      world_.executor(), [this](const std::string& task, std::exception_ptr failure) {
        world_.fail(name_ + ": task '" + task + "' threw: " + describe(std::move(failure)));
      });
  tasks_->spawn("program", program(*this));
}

void Machine::crash(Crash how) {
  if (!tasks_) return;
  world_.record(Kind::kCrash, name_, {}, how == Crash::kQuiet ? 1 : 0);
  world_.network().unplug(name_, how == Crash::kQuiet);
  tasks_->cancel();
  pool_.flush();
  world_.settle();
  if (tasks_->count() != 0) {
    // The nursery will end the program, so the seed has to be said here.
    std::fprintf(stderr, "seed %llu: %s: %zu tasks did not end when cancelled\n%s",
                 static_cast<unsigned long long>(world_.seed()), name_.c_str(), tasks_->count(),
                 world_.trace().describe_last().c_str());
  }
  tasks_.reset();
}

}  // namespace comity::sim
