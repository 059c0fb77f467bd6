// SPDX-License-Identifier: EUPL-1.2
// The search for damage: first every byte of every table file against the sum in the manifest, then every
// row.
#include <fmt/format.h>
#include <rocksdb/file_checksum.h>

#include "storage/changes.h"
#include "storage/own_tables.h"
#include "storage/rocks/rocks_store.h"

namespace comity::storage {
namespace {

using proto::Code;
using proto::Error;
using proto::raw;

constexpr std::size_t kPieceBytes = 1024 * 1024;
constexpr std::uint64_t kProgressRows = 4096;
// How far into a key the border of a damaged block is looked for; ids differ long before.
constexpr std::size_t kBorderBytes = 48;

class Search {
 public:
  Search(RocksDb& db, const Verifying& verifying) : db_(db), verifying_(verifying) {}

  [[nodiscard]] proto::Status check_files();
  [[nodiscard]] proto::Status check_rows(const rocksdb::ReadOptions& options);
  void report(Damage damage);
  [[nodiscard]] const Verified& verified() const { return verified_; }

 private:
  [[nodiscard]] proto::Status check_file(const rocksdb::LiveFileMetaData& file);
  void check_table(const TableInfo& table, rocksdb::ReadOptions options);
  void check_row(const TableInfo& table, ByteView key, ByteView value);
  [[nodiscard]] proto::Status judge(const TableInfo& table, ByteView key, ByteView value);
  [[nodiscard]] Bytes border_after(const rocksdb::ReadOptions& options, const Range& unsound) const;
  [[nodiscard]] bool full() const { return verified_.damages >= verifying_.most; }

  RocksDb& db_;
  const Verifying& verifying_;
  Verified verified_;
  Version stream_at_{};
};

void Search::report(Damage damage) {
  if (full()) return;
  ++verified_.damages;
  if (verifying_.found) verifying_.found(damage);
}

proto::Status Search::check_files() {
  // Compaction goes on meanwhile; the files it replaces stay until all of them are read.
  COMITY_CHECK(to_status(db_.db().DisableFileDeletions(), "holding the files"));
  std::vector<rocksdb::LiveFileMetaData> files;
  db_.db().GetLiveFilesMetaData(&files);
  proto::Status result;
  for (const auto& file : files) {
    result = check_file(file);
    if (!result.ok()) break;
  }
  COMITY_CHECK(to_status(db_.db().EnableFileDeletions(false), "letting go of the files"));
  return result;
}

proto::Status Search::check_file(const rocksdb::LiveFileMetaData& file) {
  const std::string name = file.db_path + file.name;
  const auto damaged = [&](std::string_view what) {
    const Bytes first = proto::to_bytes(file.smallestkey);
    const TableInfo* table = db_.tables().find(first);
    report({table == nullptr ? file.name : std::string(table->name), first, proto::to_bytes(file.largestkey),
            Error{Code::kStoreCorrupt, fmt::format("{}: {}", name, what)}});
  };
  std::unique_ptr<rocksdb::FSSequentialFile> bytes;
  if (const auto opened = db_.files().NewSequentialFile(name, {}, &bytes, nullptr); !opened.ok()) {
    damaged(opened.ToString());
    return {};
  }
  rocksdb::FileChecksumGenContext context;
  context.file_name = name;
  const auto generator = rocksdb::GetFileChecksumGenCrc32cFactory()->CreateFileChecksumGenerator(context);
  std::vector<char> buffer(kPieceBytes);
  while (true) {
    rocksdb::Slice piece;
    COMITY_CHECK(
        to_status(bytes->Read(buffer.size(), {}, &piece, buffer.data(), nullptr), "reading " + name));
    if (piece.empty()) break;
    generator->Update(piece.data(), piece.size());
  }
  generator->Finalize();
  ++verified_.files;
  if (generator->GetChecksum() != file.file_checksum) damaged("its bytes do not fit its checksum");
  return {};
}

proto::Status Search::check_rows(const rocksdb::ReadOptions& options) {
  for (const TableInfo& table : db_.tables().all())
    check_table(table, options);
  if (verifying_.progress) verifying_.progress(verified_.rows);
  return {};
}

void Search::check_table(const TableInfo& table, rocksdb::ReadOptions options) {
  const Range range = prefix_range(Bytes{std::byte{table.prefix}});
  const rocksdb::Slice end = to_slice(range.end);
  options.iterate_upper_bound = &end;
  Bytes last;
  Bytes from = range.begin;
  while (!full()) {
    const std::unique_ptr<rocksdb::Iterator> at(db_.db().NewIterator(options, db_.handle_of(range.begin)));
    for (at->Seek(to_slice(from)); at->Valid() && !full(); at->Next()) {
      check_row(table, to_view(at->key()), to_view(at->value()));
      last = proto::to_bytes(to_view(at->key()));
    }
    if (at->status().ok() || full()) return;
    from = border_after(options, {last.empty() ? range.begin : key_after(last), range.end});
    report({std::string(table.name), last, from, to_error(at->status(), table.name)});
    if (from == range.end) return;
  }
}

/// The least key, to some depth, from which on reading works again; the end of the range when none does.
/// Finds it by halving, byte by byte, since a damaged block does not tell where it ends.
Bytes Search::border_after(const rocksdb::ReadOptions& options, const Range& unsound) const {
  // Each with a new iterator: one that met damage may tell of it again after the next seek.
  const auto reads = [&](const Bytes& from) {
    const std::unique_ptr<rocksdb::Iterator> at(db_.db().NewIterator(options, db_.handle_of(unsound.begin)));
    at->Seek(to_slice(from));
    return at->status().ok();
  };
  Bytes border;
  for (std::size_t depth = 0; depth < kBorderBytes; ++depth) {
    // The greatest byte with which `border` still lies before the end of the damage.
    unsigned low = 0;
    unsigned high = 256;
    while (high - low > 1) {
      const unsigned middle = (low + high) / 2;
      Bytes candidate = border;
      candidate.push_back(static_cast<std::byte>(middle));
      const bool before =
          KeyOrder()(candidate, unsound.begin) || (KeyOrder()(candidate, unsound.end) && !reads(candidate));
      (before ? low : high) = middle;
    }
    border.push_back(static_cast<std::byte>(low));
  }
  border = prefix_range(border).end;
  return KeyOrder()(border, unsound.end) && reads(border) ? border : unsound.end;
}

void Search::check_row(const TableInfo& table, ByteView key, ByteView value) {
  ++verified_.rows;
  verified_.bytes += key.size() + value.size();
  if (auto sound = judge(table, key, value); !sound.ok()) {
    report({std::string(table.name), proto::to_bytes(key), {}, sound.error()});
  }
  if (verifying_.progress && verified_.rows % kProgressRows == 0) verifying_.progress(verified_.rows);
}

proto::Status Search::judge(const TableInfo& table, ByteView key, ByteView value) {
  COMITY_CHECK(table.check_key(key));
  if (table.prefix == kChangesTable.info().prefix) {
    COMITY_TRY(const auto parsed, kChangesTable.parse(key));
    COMITY_TRY(const auto batches, decode_changes(value, std::get<0>(parsed)));
    const bool follows = raw(stream_at_) == 0 || raw(batches.front().version) == raw(stream_at_) + 1;
    stream_at_ = batches.back().version;
    if (!follows) return Error{Code::kStoreCorrupt, "batches before this row are missing from the stream"};
    return {};
  }
  if (table.prefix == kMetaTable.info().prefix) return meta::check_row(key, value);
  if (!verifying_.check) return {};
  return verifying_.check(table, key, value);
}

}  // namespace

proto::Result<Verified> RocksStore::verify(Depth depth, const Verifying& verifying) {
  COMITY_TRY(const auto db, running());
  Search search(*db, verifying);
  if (mark_damaged_) {
    search.report(
        {std::string(DurableMark::kFileName), {}, {}, Error{Code::kStoreCorrupt, "the durable mark"}});
  }
  // Into table files, where a second sum covers each byte. Without room for that, what lies in the log was
  // checked when it was read.
  if (auto flushed = db->flush(); !flushed.ok() && flushed.error().code != Code::kStoreNoSpace)
    return flushed.error();
  COMITY_CHECK(search.check_files());
  if (depth == Depth::kChecksums) return search.verified();
  rocksdb::ManagedSnapshot snapshot(&db->db());
  rocksdb::ReadOptions options;
  options.snapshot = snapshot.snapshot();
  options.verify_checksums = true;
  options.fill_cache = false;
  options.total_order_seek = true;
  COMITY_CHECK(search.check_rows(options));
  return search.verified();
}

}  // namespace comity::storage
