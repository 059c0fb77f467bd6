// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <vector>

#include "tools/benchmark/comparison.h"

namespace comity::benchmark {

/// Our primitives against libsodium's own for the same operation; target 1.15.
[[nodiscard]] std::vector<Comparison> primitive_comparisons();

/// The records of a session against the bare cipher for the same payload; target 1 / 0.85.
[[nodiscard]] std::vector<Comparison> record_comparisons();

/// Store and feeds beside the machine's limits and a bare RocksDB committer. Returns the exit status.
[[nodiscard]] int run_store(const std::vector<std::string>& arguments);

/// Two real nodes: posts, back-fill, memory, strangers, a killed receiver. Returns the exit status.
[[nodiscard]] int run_federation(const std::vector<std::string>& arguments);

/// One node full of entries: how long people wait for a page. Returns the exit status.
[[nodiscard]] int run_community(const std::vector<std::string>& arguments);

}  // namespace comity::benchmark
