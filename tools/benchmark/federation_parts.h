// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <filesystem>
#include <memory>

#include "tools/benchmark/agencies.h"
#include "tools/benchmark/federation_load.h"
#include "tools/benchmark/store_report.h"

namespace comity::benchmark {

/// How much each part does.
struct FederationEffort {
  std::size_t singles = 500;       ///< posts one at a time
  std::uint64_t posts = 100'000;   ///< of the sustained stream
  std::uint64_t history = 50'000;  ///< entries of the back-fill
  std::chrono::seconds load{30};   ///< of the load under which memory is looked at
  std::uint64_t stalled = 30'000;  ///< posts while the peer does not read
  std::size_t silent = 10'000;     ///< connections that say nothing
  std::uint64_t crash = 20'000;    ///< posts while the receiver is killed
};

/// Two agencies that trust each other, for one part; gone with it.
struct Pair {
  explicit Pair(const std::filesystem::path& workplace, const std::string& memory = {});
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  ~Pair();

  std::filesystem::path directory;
  std::unique_ptr<Agency> a;
  std::unique_ptr<Agency> b;
};

/// The name of the space that both share.
inline constexpr const char* kForum = "forum";
/// Posts of one request, and connections that send them, where speed counts.
inline constexpr std::size_t kBatch = 128;
inline constexpr std::size_t kConnections = 4;

// Each part makes its agencies itself and adds its rows.
void measure_latency(Report& report, const std::filesystem::path& workplace, const FederationEffort& effort);
void measure_stream(Report& report, const std::filesystem::path& workplace, const FederationEffort& effort);
void measure_backfill(Report& report, const std::filesystem::path& workplace, const FederationEffort& effort);
void measure_memory(Report& report, const std::filesystem::path& workplace, const FederationEffort& effort);
void measure_stalled(Report& report, const std::filesystem::path& workplace, const FederationEffort& effort);
void measure_silent(Report& report, const std::filesystem::path& workplace, const FederationEffort& effort);
void measure_crash(Report& report, const std::filesystem::path& workplace, const FederationEffort& effort);

/// Milliseconds and less: the least that a fraction `part` of the values does not exceed.
[[nodiscard]] double percentile_of(std::vector<double> values, double part);

}  // namespace comity::benchmark
