// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "node/community/types.h"

struct sqlite3;
struct sqlite3_stmt;

namespace comity::community::search {

class SealedFiles;

/// A prepared statement of SQLite, with its values bound from the left. Belongs to its Database. Numbers of
/// columns count from 0.
class Statement {
 public:
  Statement(sqlite3* database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  /// Forgets values and rows, so that it can be asked anew.
  Statement& again();
  Statement& number(std::int64_t value);
  Statement& text(std::string_view value);  ///< valid until again()
  Statement& blob(ByteView value);          ///< the same
  Statement& nothing();

  /// The next row; false when there is none left. Errors: see error_of().
  [[nodiscard]] Result<bool> next();
  /// For what yields no rows.
  [[nodiscard]] Status run();

  [[nodiscard]] std::int64_t number_at(int column) const;
  [[nodiscard]] double real_at(int column) const;
  [[nodiscard]] std::string_view text_at(int column) const;  ///< valid until the next call of next()
  [[nodiscard]] ByteView blob_at(int column) const;          ///< the same
  [[nodiscard]] bool is_null(int column) const;

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

/// A connection to the file of the index. One thread at a time.
class Database {
 public:
  enum class Mode { kWrite, kRead };
  /// Makes the file, for its owner alone, when it is to be written and is not there. `files` outlives it.
  /// Errors: kStoreCorrupt for what is no such file or is under another key, kStoreFailed.
  [[nodiscard]] static Result<Database> open(const SealedFiles& files, const std::filesystem::path& path,
                                             Mode mode);
  Database(Database&& other) noexcept;
  Database& operator=(Database&& other) noexcept;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  /// Statements of one text. Errors: see error_of().
  [[nodiscard]] Status run(const std::string& text);
  /// Kept for the next time by its text; given back as again() leaves it. Not to be nested with itself.
  [[nodiscard]] Result<Statement*> prepared(const std::string& text);
  /// One of its own, for rows that are read while others are.
  [[nodiscard]] Result<Statement> prepare(const std::string& text);
  /// Forgets those that prepared() keeps: a table that is to be dropped must not be in use.
  void forget_prepared() { prepared_.clear(); }
  [[nodiscard]] bool in_transaction() const;
  [[nodiscard]] sqlite3* handle() const noexcept { return handle_; }

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  sqlite3* handle_;
  std::unordered_map<std::string, std::unique_ptr<Statement>> prepared_{};
};

/// All or nothing: rolled back unless commit() went well.
class Transaction {
 public:
  enum class Kind { kRead, kWrite };
  [[nodiscard]] static Result<Transaction> begin(Database& database, Kind kind);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  [[nodiscard]] Status commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

/// What SQLite says as one of our errors: kStoreNoSpace; kStoreCorrupt for damage, so that the index is built
/// anew; kStoreFailed for the rest.
[[nodiscard]] Error error_of(sqlite3* database, int result);

}  // namespace comity::community::search
