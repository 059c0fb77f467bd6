// SPDX-License-Identifier: EUPL-1.2
// What keeps the index small, quick, and free of what was taken out of it.
#include <sqlite3.h>

#include "node/community/search/index.h"

namespace comity::community::search {
namespace {

// Documents that are moved in one transaction: about 50 ms.
constexpr int kMoved = 400;
// Pages that are merged in one.
constexpr int kMergedPages = 400;

}  // namespace

Result<bool> Index::tidy(const ReadAgain& read) {
  // A part that holds what must go, else one that is struck to a fifth.
  COMITY_TRY(const auto due,
             number("SELECT number FROM parts WHERE due > 0 OR (struck > 500 AND struck * 5 > docs) "
                    "ORDER BY due DESC, number LIMIT 1"));
  if (due) return move_some(*due, read);
  COMITY_TRY(Statement* const full,
             database_.prepared("SELECT number FROM parts WHERE merged = 0 AND docs >= ?1 LIMIT 1"));
  COMITY_TRY(const bool found, full->number(part_documents_).next());
  const std::int64_t part = found ? full->number_at(0) : 0;
  (void)full->again();
  return found ? merge_some(part) : Result<bool>(false);
}

Result<bool> Index::move_some(std::int64_t part, const ReadAgain& read) {
  struct Moving {
    std::int64_t id = 0;
    EntryRef subject;
    Place shown;
  };
  COMITY_TRY(auto transaction, begin());
  // From now on nothing new goes into it.
  COMITY_TRY(Statement* const close,
             database_.prepared("UPDATE parts SET due = max(due, 1) WHERE number = ?1"));
  COMITY_CHECK(close->number(part).run());
  std::vector<Moving> moving;
  {
    COMITY_TRY(
        Statement* const rows,
        database_.prepared("SELECT docs.id, docs.subject, names.value, docs.seq FROM docs JOIN names ON "
                           "names.number = docs.feed WHERE docs.part = ?1 AND docs.subject IS NOT NULL "
                           "LIMIT ?2"));
    (void)rows->number(part).number(kMoved);
    for (;;) {
      COMITY_TRY(const bool found, rows->next());
      if (!found) break;
      COMITY_TRY(const auto subject, EntryRef::from(rows->blob_at(1)));
      COMITY_TRY(const auto feed, FeedId::from(rows->blob_at(2)));
      moving.push_back(
          {rows->number_at(0), subject, {feed, Seq{static_cast<std::uint64_t>(rows->number_at(3))}}});
    }
  }
  if (moving.empty()) {
    COMITY_CHECK(drop_part(part));
    COMITY_CHECK(transaction.commit());
    COMITY_CHECK(truncate_log());
    return true;
  }
  for (const Moving& each : moving) {
    COMITY_TRY(const auto document, read(each.subject, each.shown));
    if (!document) {
      COMITY_CHECK(strike(each.id, part, true));
      continue;
    }
    COMITY_TRY(const auto into, open_part());
    COMITY_TRY(Statement* const row, database_.prepared("DELETE FROM docs WHERE id = ?1"));
    COMITY_CHECK(row->number(each.id).run());
    COMITY_CHECK(insert(each.id, into, *document));
  }
  COMITY_CHECK(transaction.commit());
  return true;
}

Status Index::drop_part(std::int64_t part) {
  database_.forget_prepared();
  COMITY_CHECK(database_.run("DELETE FROM docs WHERE part = " + std::to_string(part)));
  COMITY_CHECK(database_.run("DROP TABLE " + part_table(part)));
  return database_.run("DELETE FROM parts WHERE number = " + std::to_string(part));
}

Result<bool> Index::merge_some(std::int64_t part) {
  COMITY_TRY(auto transaction, begin());
  const std::string table = part_table(part);
  const std::int64_t before = sqlite3_total_changes64(database_.handle());
  COMITY_CHECK(database_.run("INSERT INTO " + table + "(" + table + ", rank) VALUES('merge', -" +
                             std::to_string(kMergedPages) + ")"));
  // So FTS5 says that there is nothing left to merge: https://www.sqlite.org/fts5.html, section 6.7.
  const bool done = sqlite3_total_changes64(database_.handle()) - before < 2;
  if (done) COMITY_CHECK(database_.run("UPDATE parts SET merged = 1 WHERE number = " + std::to_string(part)));
  COMITY_CHECK(transaction.commit());
  return true;
}

Status Index::truncate_log() {
  // Somebody who reads keeps it from being cut; the next time will do.
  int frames = 0;
  const int result =
      sqlite3_wal_checkpoint_v2(database_.handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, &frames, nullptr);
  if (result != SQLITE_OK && (result & 0xff) != SQLITE_BUSY && (result & 0xff) != SQLITE_LOCKED)
    return error_of(database_.handle(), result);
  return {};
}

}  // namespace comity::community::search
