// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <unordered_map>

#include "node/community/import/import_item.h"

namespace comity::community {

/// What became of one item.
struct ImportOutcome {
  enum class Kind : std::uint8_t { kImported, kSkipped, kFailed };
  Kind kind = Kind::kFailed;
  EntryId entry;  ///< of kImported and kSkipped
  std::optional<ImportProblem> problem{};
};

/// Posts items one after the other as one of our people, each once: what was imported before is skipped. An
/// item that answers one before it becomes a reply, also when that one is still on its way to disk. Needs the
/// follower Conversations to have followed before it begins. Owner thread; the caller flushes the FeedWriter.
class Importer {
 public:
  /// Items on their way; take() is not called while busy().
  static constexpr std::size_t kMostUnderWay = 256;
  /// Identifiers remembered; older ones are looked up in the store.
  static constexpr std::size_t kMostRemembered = 200'000;

  Importer(storage::Store& store, Posts& posts, const crypto::Key32& storage_key, SpaceId space,
           std::string author);
  Importer(const Importer&) = delete;
  Importer& operator=(const Importer&) = delete;
  /// Callbacks of what is still under way are not called.
  ~Importer();

  [[nodiscard]] bool busy() const noexcept { return under_way_ >= kMostUnderWay; }
  [[nodiscard]] bool idle() const noexcept { return under_way_ == 0; }
  /// `done` is called once, after fsync.
  void take(ImportItem item, std::function<void(ImportOutcome)> done);

 private:
  struct Place {
    EntryId entry;  ///< zero: on its way
    EntryRef thread;
    std::string waits_for{};  ///< identifier, while it waits
    std::vector<std::function<void()>> waiting{};
  };
  void place(const ImportItem& item, const std::function<void(ImportOutcome)>& done);
  [[nodiscard]] bool waits_for(const std::string& from, const std::string& id) const;
  Result<Place*> find(const storage::View& view, const std::string& source, const std::string& id);
  static void fail(const ImportItem& item, const Error& error,
                   const std::function<void(ImportOutcome)>& done);
  void finished(const ImportItem& item, const EntryRef& thread, const Result<feed::Appended>& result,
                const std::function<void(ImportOutcome)>& done);

  storage::Store& store_;
  Posts& posts_;
  const crypto::Key32& storage_key_;
  SpaceId space_;
  std::string author_;
  std::unordered_map<std::string, Place> places_;
  std::size_t under_way_ = 0;
  std::shared_ptr<Importer*> self_;
};

}  // namespace comity::community
