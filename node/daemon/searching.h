// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>

#include "node/community/people/people_reader.h"
#include "node/community/search/following.h"
#include "node/community/search/searching.h"
#include "node/daemon/core.h"
#include "node/runtime/condition.h"
#include "node/runtime/pool.h"

namespace comity::daemon {

/// How long entries are let gather before the index takes them: one transaction for all.
inline constexpr std::chrono::milliseconds kIndexEvery{1000};
/// A step that takes longer was kept waiting by other work.
inline constexpr std::chrono::seconds kIndexSlow{1};
/// How often what was struck off is taken out of the file, if anything was.
inline constexpr std::chrono::seconds kTidyEvery{20};
/// How long the index rests after an error of its disk.
inline constexpr std::chrono::seconds kIndexRest{5};

/// The full-text index of the running node. One thread of its own keeps it up, in the background of all other
/// work, or another one, less far back, while it is behind; a third answers searches, those for people too,
/// so that the owner thread waits for none of them. Owner thread.
class Searching {
 public:
  /// References outlive it.
  Searching(runtime::Clock& clock, Log& log, const Started& started, Core& core);
  Searching(const Searching&) = delete;
  Searching& operator=(const Searching&) = delete;
  ~Searching();

  /// Errors: kConfigValue for a language that is none, kStoreFailed for the directory.
  [[nodiscard]] proto::Status begin();
  /// Keeps the index up until it is cancelled.
  [[nodiscard]] runtime::Task<void> run();

  /// Errors: kSearchBehind while the index is being built; those of community::search::Search.
  [[nodiscard]] runtime::Task<proto::Result<community::search::SearchPage>> find(
      policy::Reader reader, community::search::SearchQuery query);
  /// Errors: those of PeopleReader::search().
  [[nodiscard]] runtime::Task<proto::Result<community::PeopleFound>> find_people(
      policy::Reader reader, community::PeopleQuery query);
  [[nodiscard]] community::search::Following::Look look() const;

 private:
  struct Desk;
  [[nodiscard]] runtime::Task<bool> step();
  [[nodiscard]] runtime::Task<void> tidy();
  void tell(const proto::Result<community::search::Stepped>& stepped);

  runtime::Clock& clock_;
  Log& log_;
  const Started& started_;
  Core& core_;
  runtime::Condition news_;
  bool due_ = true;
  bool rebuilding_ = false;
  std::optional<proto::Code> last_error_;
  std::shared_ptr<const community::search::IndexFiles> files_;
  std::unique_ptr<community::search::Following> following_;
  std::unique_ptr<Desk> desk_;  ///< of the thread that answers
  std::unique_ptr<runtime::Pool> writer_;
  std::unique_ptr<runtime::Pool> hurried_writer_;  ///< never at the same time
  bool hurried_ = false;                           ///< it is behind, and was kept waiting
  std::unique_ptr<runtime::Pool> readers_;
};

}  // namespace comity::daemon
