// SPDX-License-Identifier: EUPL-1.2
#include "storage/faulty/fault_plan.h"

#include <memory>

namespace comity::storage {
namespace {

constexpr std::uint64_t kWhole = 1000;

Fault commit_fault(const FaultRates& rates, std::uint64_t draw, bool coin) {
  std::uint64_t border = rates.error;
  if (draw < border) return Fault::kError;
  if (draw < (border += rates.full_disk)) return Fault::kFullDisk;
  if (draw < (border += rates.unknown)) return coin ? Fault::kUnknownApplied : Fault::kUnknownLost;
  if (draw < (border += rates.late)) return Fault::kLate;
  return Fault::kNone;
}

}  // namespace

FaultPlan scripted_faults(StoreCall call, std::deque<Fault> faults) {
  auto left = std::make_shared<std::deque<Fault>>(std::move(faults));
  return [call, left](StoreCall asked) {
    if (asked != call || left->empty()) return Fault::kNone;
    const Fault fault = left->front();
    left->pop_front();
    return fault;
  };
}

FaultPlan seeded_faults(const FaultRates& rates, std::function<std::uint64_t()> next) {
  return [rates, next = std::move(next)](StoreCall call) {
    const std::uint64_t bits = next();
    const std::uint64_t draw = (bits >> 1U) % kWhole;
    if (call == StoreCall::kCommit) return commit_fault(rates, draw, (bits & 1U) != 0);
    return draw < rates.read_error ? Fault::kError : Fault::kNone;
  };
}

}  // namespace comity::storage
