// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <queue>

#include "node/community/search/index.h"

namespace comity::community::search {

/// A document as the index lists it. Nobody has asked yet who may see it.
struct Listed {
  std::int64_t id = 0;
  Place shown;
  SpaceId space;
  Person writer{};
  ContentType type = ContentType::kOther;
  v1::Tlp tlp = v1::TLP_NONE;
  bool named = false;
  std::vector<std::string> tags{};
};

/// The index for those who search: a connection of its own, which sees the state of its Transaction. One
/// thread at a time.
class IndexReader {
 public:
  /// Errors: kStoreFailed as long as nobody has made the index, kStoreCorrupt.
  [[nodiscard]] static Result<std::unique_ptr<IndexReader>> open(std::shared_ptr<const IndexFiles> files);

  [[nodiscard]] Result<Transaction> begin() {
    return Transaction::begin(database_, Transaction::Kind::kRead);
  }
  /// The number of a name; nothing when no document bears it.
  [[nodiscard]] Result<std::optional<std::int64_t>> number(NameKind kind, ByteView value);
  /// What a hit stands for; nothing when it is an old version.
  [[nodiscard]] Result<std::optional<Listed>> listed(std::int64_t id, std::int64_t part);
  [[nodiscard]] Words& words() noexcept { return words_; }

  struct Part {
    std::int64_t number = 0;
    std::int64_t newest = 0;
  };
  /// By their newest document, newest first.
  [[nodiscard]] Result<std::vector<Part>> parts();
  [[nodiscard]] Database& database() noexcept { return database_; }

 private:
  IndexReader(std::shared_ptr<const IndexFiles> files, Database database, Words words)
      : files_(std::move(files)), words_(std::move(words)), database_(std::move(database)) {}
  Result<Bytes> value_of(std::int64_t number);

  std::shared_ptr<const IndexFiles> files_;
  Words words_;
  std::map<std::int64_t, Bytes> values_{};
  Database database_;
};

/// One hit.
struct Found {
  std::int64_t id = 0;
  std::int64_t part = 0;
  double weight = 0;
};

/// The hits of a query, newest first, over all parts. A part is opened when its turn comes.
class Newest {
 public:
  /// Ids from `from` on and below `upto`. `weighed`: with their weights, which takes longer. Precondition:
  /// the reader is in a transaction and outlives it.
  [[nodiscard]] static Result<Newest> begin(IndexReader& reader, std::string match, std::int64_t from,
                                            std::int64_t upto, bool weighed);
  /// Errors: kQueryRule for what FTS5 refuses; those of the index.
  [[nodiscard]] Result<std::optional<Found>> next();

 private:
  struct Open {
    Found found;
    Statement statement;
  };
  Newest(IndexReader& reader, std::string match, std::int64_t from, std::int64_t upto, bool weighed)
      : reader_(&reader), match_(std::move(match)), from_(from), upto_(upto), weighed_(weighed) {}
  Status open(std::int64_t part);
  Result<bool> advance(Open& open) const;

  IndexReader* reader_;
  std::string match_;
  std::int64_t from_;
  std::int64_t upto_;
  bool weighed_;
  std::vector<IndexReader::Part> waiting_{};   ///< by their newest document, newest last
  std::vector<std::unique_ptr<Open>> open_{};  ///< a heap, the newest on top
};

}  // namespace comity::community::search
