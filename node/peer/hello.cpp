// SPDX-License-Identifier: EUPL-1.2
#include "node/peer/hello.h"

#include <algorithm>
#include <array>

#include "node/peer/layout.h"

namespace comity::peer {
namespace {

bool all_zero(const std::string& bytes) {
  return std::ranges::all_of(bytes, [](char c) { return c == '\0'; });
}

Error broken(const char* rule) {
  return Error{Code::kHelloRule, rule};
}

}  // namespace

Status check_hello(const v1::Hello& hello, const Contact& contact) {
  if (all_zero(hello.agency())) return broken("it names no agency");
  if (!contact.claimed.is_zero() && !proto::equal(proto::as_bytes(hello.agency()), contact.claimed.view())) {
    return broken("it names another agency than the handshake");
  }
  if (all_zero(hello.keydoc_hash())) return broken("it names no KeyDoc");
  if (all_zero(hello.instance())) return broken("it names no instance");
  for (int i = 1; i < hello.feature_size(); ++i) {
    if (hello.feature(i) <= hello.feature(i - 1)) return broken("its features do not ascend");
  }
  std::array<bool, v1::Lane_ARRAYSIZE> seen{};
  for (const v1::Credit& credit : hello.credit()) {
    bool& before = seen.at(static_cast<std::size_t>(credit.lane()));
    if (credit.lane() == v1::LANE_CONTROL) return broken("a credit for the control lane");
    if (before) return broken("two credits for one lane");
    before = true;
  }
  return {};
}

v1::Hello finished_hello(v1::Hello hello) {
  hello.set_minor(kHighestMinor);
  const int count = hello.feature_size();
  if (count == 0 || hello.feature(count - 1) < kGreaseNumber) hello.add_feature(kGreaseNumber);
  return hello;
}

}  // namespace comity::peer
