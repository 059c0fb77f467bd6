// SPDX-License-Identifier: EUPL-1.2
#include "storage/rocks/db.h"

#include "storage/own_tables.h"

namespace comity::storage {

proto::Result<Version> last_version(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* changes,
                                    const rocksdb::ReadOptions& options) {
  const std::unique_ptr<rocksdb::Iterator> at(db.NewIterator(options, changes));
  at->SeekToLast();
  COMITY_CHECK(to_status(at->status(), "changes"));
  if (!at->Valid()) return Version{0};
  COMITY_TRY(const auto key, kChangesTable.parse(to_view(at->key())));
  return std::get<0>(key);
}

RocksDb::RocksDb(std::unique_ptr<rocksdb::DB> db, std::vector<rocksdb::ColumnFamilyHandle*> handles,
                 RocksSetup setup, Tables tables, std::string path)
    : db_(std::move(db)),
      handles_(std::move(handles)),
      setup_(std::move(setup)),
      tables_(std::move(tables)),
      path_(std::move(path)) {}

RocksDb::~RocksDb() {
  for (auto* handle : handles_)
    (void)db_->DestroyColumnFamilyHandle(handle);
  (void)db_->Close();
}

rocksdb::ColumnFamilyHandle* RocksDb::handle_of(ByteView key) const {
  const TableInfo* table = tables_.find(key);
  if (table->prefix == kChangesTable.info().prefix) return handle(Family::kChanges);
  switch (table->placement) {
    case Placement::kBodies:
      return handle(Family::kBodies);
    case Placement::kKeys:
      return handle(Family::kKeys);
    case Placement::kRows:
      break;
  }
  return handle(Family::kRows);
}

proto::Status RocksDb::flush() {
  rocksdb::FlushOptions options;
  options.allow_write_stall = true;
  for (auto* handle : handles_)
    COMITY_CHECK(to_status(db_->Flush(options, handle), "flush"));
  return {};
}

}  // namespace comity::storage
