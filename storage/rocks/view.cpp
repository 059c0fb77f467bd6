// SPDX-License-Identifier: EUPL-1.2
#include "storage/rocks/view.h"

#include "storage/check.h"

namespace comity::storage {

RocksView::RocksView(std::shared_ptr<RocksDb> db) : db_(std::move(db)), snapshot_(db_->db().GetSnapshot()) {
  ++db_->open_views;
}

RocksView::~RocksView() {
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

proto::Status RocksView::walk(const Range& range, bool reverse, const Visit& visit) const {
  COMITY_CHECK(check_range(range.begin, range.end, db_->tables()));
  const rocksdb::Slice begin = to_slice(range.begin);
  const rocksdb::Slice end = to_slice(range.end);
  auto options = read_options();
  options.iterate_lower_bound = &begin;
  options.iterate_upper_bound = &end;
  const std::unique_ptr<rocksdb::Iterator> at(db_->db().NewIterator(options, db_->handle_of(range.begin)));
  Bytes shown;
  for (reverse ? at->SeekToLast() : at->SeekToFirst(); at->Valid(); reverse ? at->Prev() : at->Next()) {
    const ByteView key = to_view(at->key());
    shown.assign(key.begin(), key.end());
    if (!visit(key, to_view(at->value()))) return {};
  }
  if (at->status().ok()) return {};
  const std::string where = describe_key(db_->tables(), shown.empty() ? range.begin : shown);
  return to_error(at->status(), (shown.empty() ? "at the start of " : "after ") + where);
}

}  // namespace comity::storage
