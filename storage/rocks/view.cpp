// SPDX-License-Identifier: EUPL-1.2
#include "storage/rocks/view.h"

#include "storage/check.h"

namespace comity::storage {
namespace {

// One for each column family, and a few for walks within walks.
constexpr std::size_t kIdleCursors = 8;

}  // namespace

/// An iterator that shows one range after another. RocksDB allows its bounds to change before each seek; they
/// are looked at when rows are shown too, since the iterator may have judged a whole block by earlier ones.
struct RocksView::Cursor {
  rocksdb::ColumnFamilyHandle* family = nullptr;
  bool filtered = false;  ///< shows rows of the same leading fields only, by what filters tell
  Range range{};
  rocksdb::Slice begin{};
  rocksdb::Slice end{};
  std::unique_ptr<rocksdb::Iterator> at{};
};

RocksView::RocksView(std::shared_ptr<RocksDb> db) : db_(std::move(db)), snapshot_(db_->db().GetSnapshot()) {
  ++db_->open_views;
}

RocksView::~RocksView() {
  idle_.clear();
  db_->db().ReleaseSnapshot(snapshot_);
  --db_->open_views;
}

rocksdb::ReadOptions RocksView::read_options() const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot_;
  options.verify_checksums = true;
  return options;
}

proto::Result<Version> RocksView::version() const {
  return last_version(db_->db(), db_->handle(Family::kChanges), read_options());
}

proto::Result<std::optional<Bytes>> RocksView::get(ByteView key) const {
  COMITY_CHECK(check_read(key, db_->tables()));
  rocksdb::PinnableSlice value;
  const auto status = db_->db().Get(read_options(), db_->handle_of(key), to_slice(key), &value);
  if (status.IsNotFound()) return std::optional<Bytes>();
  COMITY_CHECK(to_status(status, status.ok() ? "" : describe_key(db_->tables(), key)));
  return std::optional<Bytes>(proto::to_bytes(to_view(value)));
}

proto::Result<std::vector<std::optional<Bytes>>> RocksView::get_all(std::span<const Bytes> keys) const {
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  std::vector<rocksdb::Slice> slices;
  for (const Bytes& key : keys) {
    COMITY_CHECK(check_read(key, db_->tables()));
    handles.push_back(db_->handle_of(key));
    slices.push_back(to_slice(key));
  }
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  db_->db().MultiGet(read_options(), keys.size(), handles.data(), slices.data(), values.data(),
                     statuses.data());
  std::vector<std::optional<Bytes>> out(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].IsNotFound()) continue;
    if (!statuses[i].ok()) return to_error(statuses[i], describe_key(db_->tables(), keys[i]));
    out[i] = proto::to_bytes(to_view(values[i]));
  }
  return out;
}

std::unique_ptr<RocksView::Cursor> RocksView::take_cursor(rocksdb::ColumnFamilyHandle* family,
                                                          bool filtered) const {
  {
    const std::lock_guard lock(mutex_);
    for (auto& idle : idle_) {
      if (idle->family != family || idle->filtered != filtered) continue;
      std::swap(idle, idle_.back());
      auto cursor = std::move(idle_.back());
      idle_.pop_back();
      return cursor;
    }
  }
  auto cursor = std::make_unique<Cursor>();
  cursor->family = family;
  cursor->filtered = filtered;
  return cursor;
}

void RocksView::give_back(std::unique_ptr<Cursor> cursor) const {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kIdleCursors) idle_.push_back(std::move(cursor));
}

proto::Status RocksView::walk(const Range& range, bool reverse, const Visit& visit) const {
  COMITY_CHECK(check_range(range.begin, range.end, db_->tables()));
  // The way back begins behind the range, where the filter knows other rows.
  const LeadingFields* const leading = db_->setup().leading.get();
  const bool filtered = !reverse && leading != nullptr && leading->share(range);
  auto cursor = take_cursor(db_->handle_of(range.begin), filtered);
  cursor->range = range;
  cursor->begin = to_slice(cursor->range.begin);
  cursor->end = to_slice(cursor->range.end);
  if (!cursor->at) {
    auto options = read_options();
    options.iterate_lower_bound = &cursor->begin;
    options.iterate_upper_bound = &cursor->end;
    options.total_order_seek = !filtered;
    cursor->at.reset(db_->db().NewIterator(options, cursor->family));
  }
  rocksdb::Iterator& at = *cursor->at;
  Bytes shown;
  for (reverse ? at.SeekToLast() : at.SeekToFirst(); at.Valid(); reverse ? at.Prev() : at.Next()) {
    if (reverse ? at.key().compare(cursor->begin) < 0 : at.key().compare(cursor->end) >= 0) break;
    const ByteView key = to_view(at.key());
    shown.assign(key.begin(), key.end());
    if (!visit(key, to_view(at.value()))) {
      give_back(std::move(cursor));
      return {};
    }
  }
  // One that failed is not used again.
  if (!at.status().ok()) {
    const std::string where = describe_key(db_->tables(), shown.empty() ? range.begin : shown);
    return to_error(at.status(), (shown.empty() ? "at the start of " : "after ") + where);
  }
  give_back(std::move(cursor));
  return {};
}

}  // namespace comity::storage
