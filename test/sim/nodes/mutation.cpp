// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/nodes/mutation.h"

#include <utility>

#include "proto/mutation.h"

namespace comity::sim::nodes {
namespace {

std::string broken;       // empty: none
std::uint64_t asked = 0;  // how often, of that one

}  // namespace

Mutation::Mutation(std::string name) {
  broken = std::move(name);
  asked = 0;
}

Mutation::~Mutation() {
  broken.clear();
}

bool Mutation::active(std::string_view name) {
  if (broken.empty() || broken != name) return false;
  ++asked;
  return true;
}

std::uint64_t Mutation::hits() const {
  return asked;
}

Unbroken::Unbroken() : kept_(std::exchange(broken, {})) {}

Unbroken::~Unbroken() {
  broken = std::move(kept_);
}

}  // namespace comity::sim::nodes

#ifdef COMITY_TEST_TAPS
bool comity::proto::mutated(std::string_view name) {
  return sim::nodes::Mutation::active(name);
}
#endif
