// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <optional>

#include "node/community/posts/post_reader.h"
#include "node/community/search/index_reader.h"
#include "node/community/search/query.h"
#include "node/community/search/snippet.h"

namespace comity::community::search {

enum class Sort : std::uint8_t { kNewest, kRelevance };

struct SearchQuery {
  std::string text{};  ///< see parse_query(); may be empty when something else narrows the search
  std::optional<SpaceId> space{};
  std::optional<AgencyId> agency{};
  std::optional<Person> author{};
  std::optional<ContentType> type{};
  std::optional<v1::Tlp> tlp{};
  std::vector<std::string> tags{};  ///< all of them
  std::optional<WallTime> since{};
  std::optional<WallTime> until{};  ///< before it
  Sort sort = Sort::kNewest;
  bool facets = false;
  std::string after{};  ///< SearchPage::next
  std::size_t limit = 50;
};

struct SearchRow {
  PostView post{};
  Snippet snippet{};
};

/// How many of the hits share something, by what it is called; only what the reader may see is counted.
struct Facets {
  std::map<std::string, std::uint64_t> type{};
  std::map<std::string, std::uint64_t> agency{};
  std::map<std::string, std::uint64_t> space{};
  std::map<std::string, std::uint64_t> author{};
  std::map<std::string, std::uint64_t> label{};
  std::map<std::string, std::uint64_t> tag{};
  std::map<std::string, std::uint64_t> date{};  ///< by month: "2026-11"
  std::uint64_t counted = 0;
  bool all =
      true;  ///< false: there are more hits than Search::kMostHits, and the newest of them were counted
};

struct SearchPage {
  std::vector<SearchRow> rows{};
  std::string next{};  ///< to be given back for the next page; empty: this was the last one
  std::optional<Facets> facets{};
};

/// What a search reads besides the index; outlives it.
struct SearchSource {
  const storage::View& view;
  const Sights& sights;
  const crypto::Key32& storage_key;
  feed::Recent* recent = nullptr;  ///< may be nothing
};

/// Searches what one reader may read, as it was at one moment. The index only proposes: each hit is opened in
/// the store and passes admit() before it is shown or counted, so that a rule that has just changed holds at
/// once. Order and weight of a hit depend on nothing but itself and the query. One thread at a time.
class Search {
 public:
  /// Hits that are sorted by relevance, or counted for facets: the newest ones.
  static constexpr std::size_t kMostHits = 10'000;

  Search(IndexReader& index, const SearchSource& source, Reader reader)
      : index_(index),
        source_(source),
        reader_(reader),
        posts_(source.view, source.sights, source.storage_key, reader, source.recent),
        feeds_(source.view, source.storage_key, source.recent),
        people_(source.view, source.sights, reader) {}

  /// Errors: kQueryRule, kIdRule for a place that is none, kSpaceUnknown for a space that the reader may not
  /// enter, kStoreBounds for a limit, those of index and store.
  [[nodiscard]] Result<SearchPage> run(const SearchQuery& query);

 private:
  struct Plan;
  Result<std::optional<Plan>> plan(const SearchQuery& query, Query& parsed);
  Result<bool> add_mark(Plan& plan, NameKind kind, ByteView value);
  Status newest(const Plan& plan, const Query& parsed, const SearchQuery& query, SearchPage& page);
  Status relevant(const Plan& plan, const Query& parsed, const SearchQuery& query, SearchPage& page);
  Status count(const Plan& plan, SearchPage& page);
  Result<bool> may_see(const Listed& hit);
  Result<std::optional<SearchRow>> row(const Found& found, const Query& parsed);
  Result<std::vector<std::string>> readable_marks();
  bool enters(const SpaceId& space);
  Result<std::string> author_name(const SpaceId& space, const Person& person);
  Status count_one(const Listed& hit, Facets& facets);

  IndexReader& index_;
  const SearchSource& source_;
  Reader reader_;
  PostReader posts_;
  feed::FeedReader feeds_;
  PeopleReader people_;
  std::map<SpaceId, bool> enters_{};
  std::map<std::pair<SpaceId, Person>, std::string> authors_{};
};

}  // namespace comity::community::search
