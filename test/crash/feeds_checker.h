// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <set>

#include "node/feed/reader.h"
#include "test/crash/feeds.h"
#include "test/crash/judge.h"

namespace comity::crash {

/// Judges the workload over feeds: knows every entry that was answered or once seen after a restart.
class FeedsChecker final : public Judge {
 public:
  FeedsChecker(std::string directory, std::uint64_t seed);

  void hear(const Report& report) override;
  [[nodiscard]] std::vector<std::string> check(bool power_lost, bool on_copy) override;

 private:
  using Place = std::pair<proto::FeedId, std::uint64_t>;
  struct Known {
    proto::EntryId id;
    std::optional<proto::Sha256Digest> digest{};  ///< of the content, where it is told
    bool held = false;
    bool doomed = false;  ///< its body may be gone
    bool erased = false;  ///< it must be, from every file
    bool withdrawn = false;
    std::vector<proto::Bytes> needles{};
  };

  Known& know(const Report& report);
  void check_files();
  void check_content(storage::Store& store);
  void check_entry(const storage::View& view, const feed::FeedReader& reader, const Place& place,
                   const Known& known);
  void check_feeds(const storage::View& view);
  void check_rows(storage::Store& store, const storage::View& view);
  void check_projections(storage::Store& store);
  void check_slots(storage::Store& store, const storage::View& view);
  void wrong(std::string what) { wrongs_.push_back(std::move(what)); }

  const std::string directory_;
  Cast cast_;
  std::map<Place, Known> known_;
  std::set<proto::FeedId> forked_;
  bool opened_once_ = false;
  bool rebuilding_ = true;  ///< projections may be unbuilt; until they were built for the first time
  std::vector<std::string> wrongs_;
};

}  // namespace comity::crash
