// SPDX-License-Identifier: EUPL-1.2
// A pasted mail that may hold an invitation. The second half of each run puts the input under whole armour,
// so that the checksums do not keep the fuzzer from what lies behind them.
#include "crypto/armour.h"
#include "crypto/invite.h"
#include "test/fuzz/target.h"

namespace {

namespace crypto = comity::crypto;
using comity::fuzz::require;

constexpr std::string_view kLabel = "INVITATION";
constexpr crypto::Moment kLongAgo{std::chrono::milliseconds(1)};
constexpr std::size_t kMostArmoured = 4096;

void check(std::string_view text) {
  const auto invite = crypto::read_invite(text, kLongAgo);
  if (!invite.ok()) {
    require(to_string(invite.error()).size() < 1024, "a refusal is short");
    return;
  }
  require(!invite.value().id.is_zero(), "an invitation has an id");
  require(crypto::dearmour(kLabel, text).ok(), "an invitation stands in armour");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = comity::fuzz::view(data, size);
  check(comity::proto::as_text(bytes));
  if (bytes.empty() || bytes.size() > kMostArmoured) return 0;
  const std::string armoured = crypto::armour(kLabel, bytes);
  const auto opened = crypto::dearmour(kLabel, armoured);
  require(opened.ok() && comity::proto::equal(opened.value(), bytes), "armour opens again");
  check(armoured);
  return 0;
}
