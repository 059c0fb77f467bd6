// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/check_projections.h"

#include "node/feed/row.h"
#include "node/feed/tables.h"

namespace comity::feed {
namespace {

/// The rows of one table one after the other, a page in memory.
class Cursor {
 public:
  Cursor(const storage::View& view, const storage::TableInfo& table) : view_(view) {
    const std::byte prefix{table.prefix};
    rest_ = storage::prefix_range(ByteView(&prefix, 1));
  }

  /// The row it stands on; nullptr behind the last one.
  Result<const storage::Row*> row() {
    while (at_ == page_.size()) {
      if (!rest_) return static_cast<const storage::Row*>(nullptr);
      COMITY_TRY(auto page, view_.scan({.range = *rest_, .limit = proto::bounds::kStorePageRows}));
      page_ = std::move(page.rows);
      rest_ = std::move(page.rest);
      at_ = 0;
    }
    return static_cast<const storage::Row*>(&page_[at_]);
  }
  void advance() { ++at_; }

 private:
  const storage::View& view_;
  std::optional<storage::Range> rest_;
  std::vector<storage::Row> page_;
  std::size_t at_ = 0;
};

class Comparison {
 public:
  Comparison(const storage::View& held, const storage::View& made, const ProjectionFault& fault)
      : held_(held), made_(made), fault_(fault) {}

  Status compare(const storage::TableInfo& table, ComparedProjections& out) const {
    Cursor held(held_, table);
    Cursor made(made_, table);
    const auto tell = [&](const storage::Row& row, std::string_view what) {
      ++out.faults;
      if (fault_) fault_(table, row.key, damaged(table, row.key, what));
    };
    while (true) {
      COMITY_TRY(const storage::Row* const is, held.row());
      COMITY_TRY(const storage::Row* const should, made.row());
      if (is == nullptr && should == nullptr) return {};
      const storage::KeyOrder before;
      if (should == nullptr || (is != nullptr && before(is->key, should->key))) {
        tell(*is, "no entry makes this row");
        held.advance();
        continue;
      }
      ++out.rows;
      if (is == nullptr || before(should->key, is->key)) {
        tell(*should, "the row is missing");
      } else {
        if (is->value != should->value) tell(*is, "its entries make another value");
        held.advance();
      }
      made.advance();
    }
  }

 private:
  const storage::View& held_;
  const storage::View& made_;
  const ProjectionFault& fault_;
};

template <class Kind>
Result<bool> is_built(storage::Store& store, const Kind& projection) {
  COMITY_TRY(const auto view, store.snapshot());
  const auto state = projection_state(*view, projection.name());
  return state.ok() && state->version == projection.version();
}

// Whether its rows show everything now. Damage on the way is told of elsewhere.
Result<bool> catch_up(storage::Store& store, const Follower& follower) {
  COMITY_TRY(const bool built, is_built(store, follower));
  if (!built) return false;
  while (true) {
    const auto more = follow(store, follower);
    if (!more.ok()) return false;
    if (!*more) return true;
  }
}

}  // namespace

Result<ComparedProjections> compare_projections(storage::Store& store, storage::Store& scratch,
                                                const crypto::Key32& storage_key, Projections projections,
                                                Followers followers, const ProjectionFault& fault,
                                                const ReindexProgress& progress) {
  ComparedProjections out;
  std::vector<const Projection*> built;
  std::vector<const Follower*> following;
  std::vector<storage::TableInfo> tables;
  const auto take = [&](const auto& projection, bool whole, auto& list) {
    if (!whole) {
      out.unbuilt.emplace_back(projection.name());
      return;
    }
    list.push_back(&projection);
    for (const storage::TableInfo& table : projection.tables())
      tables.push_back(table);
  };
  for (const Projection* projection : projections) {
    COMITY_TRY(const bool whole, is_built(store, *projection));
    take(*projection, whole, built);
  }
  for (const Follower* follower : followers) {
    COMITY_TRY(const bool whole, catch_up(store, *follower));
    take(*follower, whole, following);
  }
  COMITY_TRY(const auto entries, build_beside(store, scratch, storage_key, built, following, progress));
  static_cast<void>(entries);
  COMITY_TRY(const auto held, store.snapshot());
  COMITY_TRY(const auto made, scratch.snapshot());
  for (const storage::TableInfo& table : tables)
    COMITY_CHECK(Comparison(*held, *made, fault).compare(table, out));
  return out;
}

}  // namespace comity::feed
