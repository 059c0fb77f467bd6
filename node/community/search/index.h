// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/community/posts/content_type.h"
#include "node/community/search/database.h"
#include "node/community/search/sealed_files.h"
#include "node/community/search/words.h"
#include "storage/store.h"

namespace comity::community::search {

/// Where an entry stands.
struct Place {
  FeedId feed;
  Seq seq{};

  friend bool operator==(const Place&, const Place&) = default;
};

/// What is found as one: a post, a reply, an update or a wiki page, in its newest version.
struct Document {
  EntryRef subject;                ///< of the entry; of a page that of its first revision
  Place shown;                     ///< the entry that stands for it in a list
  std::optional<Place> version{};  ///< whose text it is, if that is another one
  SpaceId space;
  Person writer{};
  ContentType type = ContentType::kOther;
  v1::Tlp tlp = v1::TLP_NONE;
  bool named = false;  ///< its ciphertext names who may read it
  Hlc order{};         ///< where it stands in time
  std::string title{};
  std::string text{};
  std::vector<std::string> tags{};
};

/// What a name in the index is of.
enum class NameKind : std::uint8_t { kSpace = 1, kAgency = 2, kPerson = 3, kFeed = 4 };

/// How far the index is.
struct Progress {
  bool scanning = true;         ///< it is being built from what the store holds
  Bytes cursor{};               ///< while scanning: the row of the store to go on with
  std::uint64_t done = 0;       ///< rows that were looked at
  std::uint64_t total = 0;      ///< of about so many
  storage::Version position{};  ///< what the change stream said up to here is in the index
  storage::Version durable{};   ///< the same, for what no crash of the machine takes back
  std::uint64_t run = 0;        ///< the start of the node in which that was so
};

/// The files of the index and how they are read; shared by whoever writes and whoever reads.
struct IndexFiles {
  /// `directory` is made when it is not there. The key is derived from that of the store.
  [[nodiscard]] static Result<std::shared_ptr<const IndexFiles>> make(std::filesystem::path directory,
                                                                      const crypto::Key32& storage_key,
                                                                      std::vector<std::string> languages);
  IndexFiles(std::filesystem::path where, crypto::SectorCipher::Key key, std::vector<std::string> chosen)
      : directory(std::move(where)), languages(std::move(chosen)), files(std::move(key)) {}

  [[nodiscard]] std::filesystem::path path() const { return directory / "index"; }
  /// Removes what is there. The one who writes has closed it; a reader goes on with what it has open, and the
  /// log of the next index is safe from it (SQLite compares the file with the name before it cleans up).
  [[nodiscard]] Status remove() const;

  std::filesystem::path directory;
  std::vector<std::string> languages;
  SealedFiles files;
};

/// The full-text index as the one who writes it sees it (DESIGN 7): contentless tables of SQLite's FTS5, so
/// that a document is in it as words and places only. FTS5 cannot take a document out of such a table without
/// its text, so the index is made of parts: a new version goes into the newest part, the old one is struck
/// off its list, and tidy() moves what is left of a part elsewhere and drops it with all its bytes. All
/// changes belong into a transaction. One thread at a time.
class Index {
 public:
  /// Documents of one part: few parts make searching quick, small ones forgetting.
  static constexpr std::int64_t kPartDocuments = 32'768;

  /// Errors: kStoreCorrupt when the file is damaged, of another version or made for other languages, so that
  /// it is to be removed; kStoreFailed, kStoreNoSpace.
  [[nodiscard]] static Result<std::unique_ptr<Index>> open(std::shared_ptr<const IndexFiles> files,
                                                           std::int64_t part_documents = kPartDocuments);

  [[nodiscard]] Result<Transaction> begin() {
    return Transaction::begin(database_, Transaction::Kind::kWrite);
  }

  [[nodiscard]] Result<Progress> progress();
  [[nodiscard]] Status put_progress(const Progress& progress);

  /// In place of what the subject had before. Nothing happens when it is there in this version.
  [[nodiscard]] Status put(const Document& document);
  /// What it had is not found any more; tidy() takes it out of the file.
  [[nodiscard]] Status remove(const EntryRef& subject);

  /// Edits and revisions of a subject that have come, each once; the subject itself may come later.
  [[nodiscard]] Status note_version(const EntryRef& subject, const Place& place, Hlc order);
  /// Newest first.
  [[nodiscard]] Result<std::vector<Place>> versions(const EntryRef& subject);
  /// The subjects for which an entry stands, as the one that is shown or as one of their versions.
  [[nodiscard]] Result<std::vector<EntryRef>> subjects_at(const Place& place);
  [[nodiscard]] Result<bool> holds(const EntryRef& subject);

  /// One step of what is due: moving documents out of a part that holds struck ones, dropping it, or merging
  /// a part that is full. `read` gives a document anew. True when more is due. Outside a transaction.
  using ReadAgain =
      std::function<Result<std::optional<Document>>(const EntryRef& subject, const Place& shown)>;
  [[nodiscard]] Result<bool> tidy(const ReadAgain& read);
  /// Everything that was dropped is out of the log too, if nobody reads right now.
  [[nodiscard]] Status truncate_log();

  [[nodiscard]] Result<std::uint64_t> documents();

 private:
  Index(std::shared_ptr<const IndexFiles> files, Database database, Words words, std::int64_t part_documents)
      : files_(std::move(files)),
        words_(std::move(words)),
        part_documents_(part_documents),
        database_(std::move(database)) {}
  Status make_tables();
  Status check_version();
  Result<std::int64_t> name(NameKind kind, ByteView value);
  Result<std::int64_t> open_part();
  Result<std::int64_t> new_part();
  Result<std::int64_t> free_id(Hlc order);
  Status insert(std::int64_t id, std::int64_t part, const Document& document);
  Status strike(std::int64_t id, std::int64_t part, bool at_once);
  Status drop_part(std::int64_t part);
  Result<bool> move_some(std::int64_t part, const ReadAgain& read);
  Result<bool> merge_some(std::int64_t part);
  Result<std::optional<std::int64_t>> number(const std::string& question);

  std::shared_ptr<const IndexFiles> files_;
  Words words_;
  std::int64_t part_documents_;
  std::map<std::pair<NameKind, Bytes>, std::int64_t> names_{};
  std::optional<std::int64_t> open_part_{};  ///< where new documents go
  Database database_;
};

/// The name of a person in the index.
[[nodiscard]] Bytes person_name(const Person& person);
/// The name of the table of a part.
[[nodiscard]] std::string part_table(std::int64_t part);

/// Marks in the column of facets.
[[nodiscard]] std::string name_mark(NameKind kind, std::int64_t number);
[[nodiscard]] std::string type_mark(ContentType type);
[[nodiscard]] std::string label_mark(v1::Tlp tlp);
[[nodiscard]] std::string tag_mark(std::string_view tag);

}  // namespace comity::community::search
