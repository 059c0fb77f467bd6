// SPDX-License-Identifier: EUPL-1.2
#include "node/community/search/index.h"

#include <limits>
#include <system_error>

#include "crypto/hkdf.h"
#include "node/community/people/fold.h"
#include "node/community/search/columns.h"
#include "node/community/search/tokenizer.h"

namespace comity::community::search {
namespace {

// Rises with whatever makes another index of the same entries: the tables, and how texts are cut.
constexpr std::int64_t kFormat = 1;

constexpr const char* kTables = R"sql(
CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE names(number INTEGER PRIMARY KEY, kind INTEGER NOT NULL, value BLOB NOT NULL, UNIQUE(kind, value));
CREATE TABLE docs(id INTEGER PRIMARY KEY, part INTEGER NOT NULL, subject BLOB, feed INTEGER, seq INTEGER,
  version_feed INTEGER, version_seq INTEGER, space INTEGER, agency INTEGER, person INTEGER, type INTEGER,
  tlp INTEGER, named INTEGER, tags TEXT);
CREATE UNIQUE INDEX docs_by_subject ON docs(subject) WHERE subject IS NOT NULL;
CREATE INDEX docs_by_place ON docs(feed, seq) WHERE subject IS NOT NULL;
CREATE INDEX docs_by_part ON docs(part);
CREATE TABLE versions(subject BLOB NOT NULL, hlc INTEGER NOT NULL, feed INTEGER NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY(subject, hlc, feed, seq)) WITHOUT ROWID;
CREATE INDEX versions_by_place ON versions(feed, seq);
CREATE TABLE parts(number INTEGER PRIMARY KEY, docs INTEGER NOT NULL, struck INTEGER NOT NULL,
  due INTEGER NOT NULL, merged INTEGER NOT NULL, newest INTEGER NOT NULL);
)sql";

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts)
    out += text + ' ';
  return out;
}

std::int64_t signed_of(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

}  // namespace

Result<std::shared_ptr<const IndexFiles>> IndexFiles::make(std::filesystem::path directory,
                                                           const crypto::Key32& storage_key,
                                                           std::vector<std::string> languages) {
  std::error_code failed;
  std::filesystem::create_directory(directory, failed);
  if (!failed) std::filesystem::permissions(directory, std::filesystem::perms::owner_all, failed);
  if (failed) return Error{Code::kStoreFailed, directory.string() + ": " + failed.message()};
  crypto::SectorCipher::Key key;
  constexpr std::string_view kInfo("comity.v1.search-index\0", 23);
  COMITY_CHECK(crypto::hkdf_expand(storage_key.view(), {proto::as_bytes(kInfo)}, key.writable()));
  return std::shared_ptr<const IndexFiles>(
      std::make_shared<IndexFiles>(std::move(directory), std::move(key), std::move(languages)));
}

Status IndexFiles::remove() const {
  for (const char* const name : {"index", "index-wal", "index-shm", "index-journal"}) {
    std::error_code failed;
    std::filesystem::remove(directory / name, failed);
    if (failed) return Error{Code::kStoreFailed, (directory / name).string() + ": " + failed.message()};
  }
  return {};
}

Bytes person_name(const Person& person) {
  return proto::concat({person.agency.view(), person.user.view()});
}

std::string part_table(std::int64_t part) {
  return "part_" + std::to_string(part);
}

std::string name_mark(NameKind kind, std::int64_t number) {
  constexpr std::string_view kLetters = "-sgu-";
  return kLetters[static_cast<std::size_t>(kind)] + std::to_string(number);
}

std::string type_mark(ContentType type) {
  return "y" + std::to_string(static_cast<int>(type));
}

std::string label_mark(v1::Tlp tlp) {
  return "l" + std::to_string(static_cast<int>(tlp));
}

std::string tag_mark(std::string_view tag) {
  return "t" + lower_case(tag);
}

Result<std::unique_ptr<Index>> Index::open(std::shared_ptr<const IndexFiles> files,
                                           std::int64_t part_documents) {
  COMITY_TRY(auto words, Words::make(files->languages));
  COMITY_TRY(auto database, Database::open(files->files, files->path(), Database::Mode::kWrite));
  std::unique_ptr<Index> index(
      new Index(std::move(files), std::move(database), std::move(words), part_documents));
  COMITY_TRY(const auto tables, index->number("SELECT count(*) FROM sqlite_master"));
  COMITY_CHECK(tables.value_or(0) == 0 ? index->make_tables() : index->check_version());
  return index;
}

Status Index::make_tables() {
  COMITY_TRY(auto transaction, begin());
  COMITY_CHECK(database_.run(kTables));
  COMITY_TRY(Statement* const format,
             database_.prepared("INSERT INTO meta VALUES('format', ?1), ('languages', ?2)"));
  const std::string languages = joined(files_->languages);
  COMITY_CHECK(format->number(kFormat).text(languages).run());
  COMITY_CHECK(put_progress({}));
  return transaction.commit();
}

Status Index::check_version() {
  COMITY_TRY(const auto format, number("SELECT value FROM meta WHERE name = 'format'"));
  COMITY_TRY(Statement* const question,
             database_.prepared("SELECT value FROM meta WHERE name = 'languages'"));
  COMITY_TRY(const bool found, question->next());
  const bool same = found && question->text_at(0) == joined(files_->languages);
  (void)question->again();
  if (format != kFormat || !same)
    return Error{Code::kStoreCorrupt, "search index: it was made for another version or other languages"};
  return {};
}

Result<std::optional<std::int64_t>> Index::number(const std::string& question) {
  COMITY_TRY(Statement* const statement, database_.prepared(question));
  COMITY_TRY(const bool found, statement->next());
  std::optional<std::int64_t> out;
  if (found && !statement->is_null(0)) out = statement->number_at(0);
  (void)statement->again();
  return out;
}

Result<Progress> Index::progress() {
  COMITY_TRY(Statement* const row, database_.prepared("SELECT value FROM meta WHERE name = 'progress'"));
  COMITY_TRY(const bool found, row->next());
  const Bytes bytes = found ? proto::to_bytes(row->blob_at(0)) : Bytes();
  (void)row->again();
  constexpr std::size_t kNumber = sizeof(std::uint64_t);
  if (bytes.size() < 6 * kNumber) return Error{Code::kStoreCorrupt, "search index: its progress is missing"};
  const auto at = [&](std::size_t i) {
    return proto::from_be<std::uint64_t>(ByteView(bytes).subspan(i * kNumber));
  };
  return Progress{.scanning = at(0) != 0,
                  .cursor = proto::to_bytes(ByteView(bytes).subspan(6 * kNumber)),
                  .done = at(1),
                  .total = at(2),
                  .position = storage::Version{at(3)},
                  .durable = storage::Version{at(4)},
                  .run = at(5)};
}

Status Index::put_progress(const Progress& progress) {
  const Bytes bytes =
      proto::concat({proto::to_be(std::uint64_t{progress.scanning ? 1U : 0U}), proto::to_be(progress.done),
                     proto::to_be(progress.total), proto::to_be(raw(progress.position)),
                     proto::to_be(raw(progress.durable)), proto::to_be(progress.run), progress.cursor});
  COMITY_TRY(Statement* const row, database_.prepared("INSERT OR REPLACE INTO meta VALUES('progress', ?1)"));
  return row->blob(bytes).run();
}

Result<std::int64_t> Index::name(NameKind kind, ByteView value) {
  const auto known = names_.find({kind, proto::to_bytes(value)});
  if (known != names_.end()) return known->second;
  COMITY_TRY(Statement* const add,
             database_.prepared("INSERT OR IGNORE INTO names(kind, value) VALUES(?1, ?2)"));
  COMITY_CHECK(add->number(static_cast<int>(kind)).blob(value).run());
  COMITY_TRY(Statement* const find,
             database_.prepared("SELECT number FROM names WHERE kind = ?1 AND value = ?2"));
  COMITY_TRY(const bool found, find->number(static_cast<int>(kind)).blob(value).next());
  if (!found) return Error{Code::kStoreCorrupt, "search index: a name is missing"};
  const std::int64_t out = find->number_at(0);
  (void)find->again();
  constexpr std::size_t kMostNames = 100'000;
  if (names_.size() >= kMostNames) names_.clear();
  names_[{kind, proto::to_bytes(value)}] = out;
  return out;
}

Result<std::int64_t> Index::new_part() {
  COMITY_CHECK(database_.run("INSERT INTO parts(docs, struck, due, merged, newest) VALUES(0, 0, 0, 0, 0)"));
  COMITY_TRY(const auto made, number("SELECT max(number) FROM parts"));
  const std::int64_t part = made.value_or(1);
  COMITY_CHECK(database_.run("CREATE VIRTUAL TABLE " + part_table(part) +
                             " USING fts5(title, text, tags, facets, content='', tokenize='comity')"));
  return part;
}

Result<std::int64_t> Index::open_part() {
  COMITY_TRY(Statement* const newest,
             database_.prepared("SELECT number FROM parts WHERE due = 0 AND docs < ?1 AND number = "
                                "(SELECT max(number) FROM parts)"));
  COMITY_TRY(const bool found, newest->number(part_documents_).next());
  const std::int64_t part = found ? newest->number_at(0) : 0;
  (void)newest->again();
  if (found) return part;
  return new_part();
}

Result<std::int64_t> Index::free_id(Hlc order) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / 2;
  auto id = signed_of(std::min(raw(order), kMost));
  COMITY_TRY(Statement* const taken, database_.prepared("SELECT id FROM docs WHERE id >= ?1 ORDER BY id"));
  (void)taken->number(id);
  for (;; ++id) {
    COMITY_TRY(const bool found, taken->next());
    if (!found || taken->number_at(0) != id) break;
  }
  (void)taken->again();
  return id;
}

Status Index::insert(std::int64_t id, std::int64_t part, const Document& document) {
  COMITY_TRY(const auto feed, name(NameKind::kFeed, document.shown.feed.view()));
  std::int64_t version_feed = 0;
  if (document.version) {
    COMITY_TRY(version_feed, name(NameKind::kFeed, document.version->feed.view()));
  }
  COMITY_TRY(const auto space, name(NameKind::kSpace, document.space.view()));
  COMITY_TRY(const auto agency, name(NameKind::kAgency, document.writer.agency.view()));
  COMITY_TRY(const auto person, name(NameKind::kPerson, person_name(document.writer)));
  std::string tags;
  std::string facets;
  for (const auto& mark :
       {name_mark(NameKind::kSpace, space), name_mark(NameKind::kAgency, agency),
        name_mark(NameKind::kPerson, person), type_mark(document.type), label_mark(document.tlp)})
    append_raw(facets, mark);
  for (const std::string& tag : document.tags) {
    tags += (tags.empty() ? "" : "\n") + tag;
    append_raw(facets, tag_mark(tag));
  }
  // Not OR REPLACE: a statement that may have to be undone in part has a savepoint, and FTS5 writes all that
  // it has gathered to its tables at each one.
  COMITY_TRY(Statement* const row,
             database_.prepared("INSERT INTO docs VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
                                "?13, ?14)"));
  (void)row->number(id).number(part).blob(document.subject.view()).number(feed);
  (void)row->number(signed_of(raw(document.shown.seq)));
  if (document.version) {
    (void)row->number(version_feed).number(signed_of(raw(document.version->seq)));
  } else {
    (void)row->nothing().nothing();
  }
  (void)row->number(space).number(agency).number(person).number(static_cast<int>(document.type));
  (void)row->number(static_cast<int>(document.tlp)).number(document.named ? 1 : 0).text(tags);
  COMITY_CHECK(row->run());

  const std::string title = raw_terms(document.title, words_);
  const std::string text = raw_terms(document.text, words_);
  const std::string tag_terms = raw_terms(tags, words_);
  COMITY_TRY(Statement* const words,
             database_.prepared("INSERT INTO " + part_table(part) +
                                "(rowid, title, text, tags, facets) VALUES(?1, ?2, ?3, ?4, ?5)"));
  COMITY_CHECK(words->number(id).text(title).text(text).text(tag_terms).text(facets).run());
  COMITY_TRY(
      Statement* const count,
      database_.prepared("UPDATE parts SET docs = docs + 1, newest = max(newest, ?1) WHERE number = ?2"));
  return count->number(id).number(part).run();
}

Status Index::strike(std::int64_t id, std::int64_t part, bool at_once) {
  // The row stays until the part is dropped, so that its number is not given away within the part.
  COMITY_TRY(
      Statement* const row,
      database_.prepared("UPDATE docs SET subject = NULL, feed = NULL, seq = NULL, version_feed = NULL, "
                         "version_seq = NULL, tags = NULL WHERE id = ?1"));
  COMITY_CHECK(row->number(id).run());
  COMITY_TRY(
      Statement* const count,
      database_.prepared("UPDATE parts SET struck = struck + 1, due = max(due, ?1) WHERE number = ?2"));
  return count->number(at_once ? 1 : 0).number(part).run();
}

Status Index::put(const Document& document) {
  COMITY_TRY(Statement* const held,
             database_.prepared(
                 "SELECT id, part, feed, seq, version_feed, version_seq FROM docs WHERE subject = ?1"));
  COMITY_TRY(const bool found, held->blob(document.subject.view()).next());
  const std::int64_t id = found ? held->number_at(0) : 0;
  const std::int64_t part = found ? held->number_at(1) : 0;
  const std::pair held_place(found ? held->number_at(2) : 0, found ? held->number_at(3) : 0);
  const bool held_other = found && !held->is_null(4);
  const std::pair held_version(held_other ? held->number_at(4) : 0, held_other ? held->number_at(5) : 0);
  (void)held->again();
  if (found) {
    const auto place_of = [&](const Place& place) -> Result<std::pair<std::int64_t, std::int64_t>> {
      COMITY_TRY(const auto feed, name(NameKind::kFeed, place.feed.view()));
      return std::pair(feed, signed_of(raw(place.seq)));
    };
    COMITY_TRY(const auto shown, place_of(document.shown));
    std::pair<std::int64_t, std::int64_t> version{0, 0};
    if (document.version) {
      COMITY_TRY(version, place_of(*document.version));
    }
    if (shown == held_place && document.version.has_value() == held_other && version == held_version)
      return {};
    COMITY_CHECK(strike(id, part, false));
  }
  COMITY_TRY(const auto free, free_id(document.order));
  COMITY_TRY(const auto into, open_part());
  return insert(free, into, document);
}

Status Index::remove(const EntryRef& subject) {
  COMITY_TRY(Statement* const held, database_.prepared("SELECT id, part FROM docs WHERE subject = ?1"));
  COMITY_TRY(const bool found, held->blob(subject.view()).next());
  if (!found) return {};
  const std::int64_t id = held->number_at(0);
  const std::int64_t part = held->number_at(1);
  (void)held->again();
  return strike(id, part, true);
}

Result<bool> Index::holds(const EntryRef& subject) {
  COMITY_TRY(Statement* const held, database_.prepared("SELECT id FROM docs WHERE subject = ?1"));
  COMITY_TRY(const bool found, held->blob(subject.view()).next());
  (void)held->again();
  return found;
}

Status Index::note_version(const EntryRef& subject, const Place& place, Hlc order) {
  COMITY_TRY(const auto feed, name(NameKind::kFeed, place.feed.view()));
  COMITY_TRY(Statement* const row,
             database_.prepared("INSERT OR IGNORE INTO versions VALUES(?1, ?2, ?3, ?4)"));
  return row->blob(subject.view())
      .number(signed_of(raw(order)))
      .number(feed)
      .number(signed_of(raw(place.seq)))
      .run();
}

Result<std::vector<Place>> Index::versions(const EntryRef& subject) {
  COMITY_TRY(Statement* const rows,
             database_.prepared("SELECT names.value, versions.seq FROM versions JOIN names ON names.number = "
                                "versions.feed WHERE versions.subject = ?1 ORDER BY versions.hlc DESC, "
                                "names.value DESC, versions.seq DESC LIMIT 1000"));
  (void)rows->blob(subject.view());
  std::vector<Place> out;
  for (;;) {
    COMITY_TRY(const bool found, rows->next());
    if (!found) break;
    COMITY_TRY(const auto feed, FeedId::from(rows->blob_at(0)));
    out.push_back({feed, Seq{static_cast<std::uint64_t>(rows->number_at(1))}});
  }
  return out;
}

Result<std::vector<EntryRef>> Index::subjects_at(const Place& place) {
  COMITY_TRY(const auto feed, name(NameKind::kFeed, place.feed.view()));
  COMITY_TRY(
      Statement* const rows,
      database_.prepared("SELECT subject FROM docs WHERE subject IS NOT NULL AND feed = ?1 AND seq = ?2 "
                         "UNION SELECT subject FROM versions WHERE feed = ?1 AND seq = ?2"));
  (void)rows->number(feed).number(signed_of(raw(place.seq)));
  std::vector<EntryRef> out;
  for (;;) {
    COMITY_TRY(const bool found, rows->next());
    if (!found) break;
    COMITY_TRY(const auto subject, EntryRef::from(rows->blob_at(0)));
    out.push_back(subject);
  }
  return out;
}

Result<std::uint64_t> Index::documents() {
  COMITY_TRY(const auto count, number("SELECT count(subject) FROM docs"));
  return static_cast<std::uint64_t>(count.value_or(0));
}

}  // namespace comity::community::search
