// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/step_queue.h"

#include <doctest/doctest.h>

namespace comity::federation {
namespace {

/// A disk that answers when the test says so.
struct Slow {
  std::deque<std::function<void(Status)>> waiting{};
  std::vector<std::string> told{};
  StepQueue queue{[this](const std::optional<v1::LocalAudit>&, const Rows&,
                         std::function<void(Status)> done) { waiting.push_back(std::move(done)); },
                  [this](const Error& error) {
                    told.push_back("reload " + error.detail);
                    CHECK(queue.idle());
                  }};

  void run(const std::string& name) {
    Step step;
    step.rows.put(Bytes(1), Bytes(1));
    queue.run(std::move(step), [this, name](const Step&, const Status& stored) {
      told.push_back(name + (stored.ok() ? " stored" : " failed"));
    });
  }
  void answer(std::size_t at, const Status& status) {
    const auto done = waiting.at(at);
    done(status);
  }
};

const Error kFull{Code::kUnknown, "full"};

}  // namespace

TEST_CASE("after a failed batch memory is read anew when no other batch is under way, once") {
  Slow slow;
  slow.run("one");
  slow.run("two");
  slow.run("three");
  slow.answer(1, {});
  CHECK(slow.told.empty());
  slow.answer(0, kFull);
  // The third is not on disk yet: what is read now would lack it.
  CHECK(slow.told == std::vector<std::string>{"one failed", "two stored"});
  slow.answer(2, kFull);
  CHECK(slow.told == std::vector<std::string>{"one failed", "two stored", "three failed", "reload full"});
  slow.run("four");
  slow.answer(3, {});
  CHECK(slow.told.back() == "four stored");
  CHECK(slow.told.size() == 5);
}

TEST_CASE("a step that follows from a failure is done before memory is read anew") {
  Slow slow;
  Step step;
  step.rows.put(Bytes(1), Bytes(1));
  slow.queue.run(std::move(step), [&slow](const Step&, const Status&) { slow.run("next"); });
  slow.answer(0, kFull);
  CHECK(slow.told.empty());
  slow.answer(1, {});
  CHECK(slow.told == std::vector<std::string>{"next stored", "reload full"});
}

}  // namespace comity::federation
