// SPDX-License-Identifier: EUPL-1.2
#include "node/community/search/database.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/community/search/sealed_files.h"
#include "node/community/search/tokenizer.h"

namespace comity::community::search {
namespace {

constexpr int kPatience = 10'000;  // ms that one connection waits for another

// The file belongs to its owner before SQLite writes the first byte; its log takes over the mode.
Status make_file(const std::filesystem::path& path) {
  const int made = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (made < 0) {
    const std::error_code why(errno, std::generic_category());
    const bool full = why == std::errc::no_space_on_device;
    return Error{full ? Code::kStoreNoSpace : Code::kStoreFailed, path.string() + ": " + why.message()};
  }
  ::close(made);
  return {};
}

}  // namespace

Error error_of(sqlite3* database, int result) {
  std::string what = "search index: ";
  what += database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(result);
  switch (result & 0xff) {
    case SQLITE_FULL:
      return {Code::kStoreNoSpace, std::move(what)};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {Code::kStoreCorrupt, std::move(what)};
    default:
      return {Code::kStoreFailed, std::move(what)};
  }
}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      bound_(other.bound_) {}

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

Statement& Statement::again() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  bound_ = 0;
  return *this;
}

// A value that could not be bound for lack of memory is told by the step that follows.
Statement& Statement::number(std::int64_t value) {
  sqlite3_bind_int64(statement_, ++bound_, value);
  return *this;
}

Statement& Statement::text(std::string_view value) {
  const char* const begin = value.data() == nullptr ? "" : value.data();
  sqlite3_bind_text64(statement_, ++bound_, begin, value.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

Statement& Statement::blob(ByteView value) {
  sqlite3_bind_blob64(statement_, ++bound_, value.data(), value.size(), SQLITE_STATIC);
  return *this;
}

Statement& Statement::nothing() {
  sqlite3_bind_null(statement_, ++bound_);
  return *this;
}

Result<bool> Statement::next() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) {
    sqlite3_reset(statement_);
    return false;
  }
  Error error = error_of(database_, result);
  sqlite3_reset(statement_);
  return error;
}

Status Statement::run() {
  COMITY_TRY(const bool row, next());
  if (row) sqlite3_reset(statement_);
  return {};
}

std::int64_t Statement::number_at(int column) const {
  return sqlite3_column_int64(statement_, column);
}

double Statement::real_at(int column) const {
  return sqlite3_column_double(statement_, column);
}

std::string_view Statement::text_at(int column) const {
  const auto* const bytes = sqlite3_column_text(statement_, column);
  if (bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

ByteView Statement::blob_at(int column) const {
  const void* const bytes = sqlite3_column_blob(statement_, column);
  if (bytes == nullptr) return {};
  return {static_cast<const std::byte*>(bytes),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Database::Database(Database&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), prepared_(std::move(other.prepared_)) {}

Database& Database::operator=(Database&& other) noexcept {
  std::swap(handle_, other.handle_);
  std::swap(prepared_, other.prepared_);
  return *this;
}

Database::~Database() {
  prepared_.clear();
  sqlite3_close_v2(handle_);
}

Result<Database> Database::open(const SealedFiles& files, const std::filesystem::path& path, Mode mode) {
  if (mode == Mode::kWrite) COMITY_CHECK(make_file(path));
  sqlite3* handle = nullptr;
  // Also the reader maps the log's index, for which it has to write.
  const int opened =
      sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, files.name());
  Database database(handle);
  if (opened != SQLITE_OK) return error_of(handle, opened);
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kPatience);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  int reserved = SealedFiles::kSumBytes;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
  // What is deleted is overwritten. Losing the last commits to a power cut costs nothing but work, since they
  // are done again from the store.
  COMITY_CHECK(
      database.run("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;"
                   "PRAGMA temp_store=MEMORY; PRAGMA cell_size_check=ON;"));
  COMITY_CHECK(database.run(mode == Mode::kWrite ? "PRAGMA cache_size=-4096"
                                                 : "PRAGMA query_only=ON;"
                                                   "PRAGMA cache_size=-8192"));
  COMITY_CHECK(add_tokenizer(handle));
  return database;
}

Status Database::run(const std::string& text) {
  const int result = sqlite3_exec(handle_, text.c_str(), nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) return error_of(handle_, result);
  return {};
}

Result<Statement> Database::prepare(const std::string& text) {
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v3(handle_, text.c_str(), static_cast<int>(text.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (result != SQLITE_OK) return error_of(handle_, result);
  return Statement(handle_, statement);
}

Result<Statement*> Database::prepared(const std::string& text) {
  auto at = prepared_.find(text);
  if (at == prepared_.end()) {
    COMITY_TRY(auto statement, prepare(text));
    at = prepared_.emplace(text, std::make_unique<Statement>(std::move(statement))).first;
  }
  return &at->second->again();
}

bool Database::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

Result<Transaction> Transaction::begin(Database& database, Kind kind) {
  COMITY_CHECK(database.run(kind == Kind::kWrite ? "BEGIN IMMEDIATE" : "BEGIN"));
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  // Some errors have rolled it back already.
  if (database_ != nullptr && database_->in_transaction()) (void)database_->run("ROLLBACK");
}

Status Transaction::commit() {
  COMITY_CHECK(database_->run("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace comity::community::search
