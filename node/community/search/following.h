// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <atomic>

#include "node/community/search/documents.h"

namespace comity::community::search {

/// Lets the index follow the store. The calls block on both and belong on a thread of their own: a step takes
/// up to about a tenth of a second. One thread at a time.
struct FollowingSetup {
  storage::Store& store;
  const crypto::Key32& storage_key;
  std::shared_ptr<feed::Recent> recent{};  ///< may be nothing
  std::shared_ptr<const IndexFiles> files;
  std::uint64_t run = 0;  ///< differs with each opening of the store
  std::int64_t part_documents = Index::kPartDocuments;
};

/// What a step did.
struct Stepped {
  bool more = false;  ///< another one has something to do at once
  bool rebuilding = false;
  /// Why the index that was there was thrown away and is built anew; nothing when it was not.
  std::optional<Error> rebuilt{};
};

class Following {
 public:
  explicit Following(FollowingSetup setup) : setup_(std::move(setup)) {}

  /// Takes what has become readable, and what has gone, into the index: some hundred entries. Needs the
  /// follower Conversations to have followed. An index that is damaged, missing or too far behind is built
  /// anew. Errors: those of the store; kStoreNoSpace, kStoreFailed for the index, which is tried again.
  [[nodiscard]] Result<Stepped> step(const Sights& sights);
  /// A step of tidying; see Index::tidy(). After step() has said that nothing waits.
  [[nodiscard]] Result<bool> tidy(const Sights& sights);
  /// The next step begins anew. Any thread.
  void distrust() { distrusted_ = true; }

  /// Rises whenever an index is begun anew: whoever reads opens that one. Any thread.
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }

  /// How far the index is; any thread. Nothing before the first step.
  struct Look {
    bool ready = false;
    std::uint64_t done = 0;
    std::uint64_t total = 0;
  };
  [[nodiscard]] Look look() const noexcept;

 private:
  Result<Stepped> try_step(const Sights& sights);
  Status open();
  Status begin_scan();
  Result<bool> scan(const Sights& sights);
  Result<bool> follow(const Sights& sights);
  Status touch(Documents& documents, const Place& place);
  Status renew(Documents& documents, const EntryRef& subject);
  Status note(Progress progress);
  void show();

  FollowingSetup setup_;
  std::unique_ptr<Index> index_{};
  Progress progress_{};  ///< as the index has it, or later by what meant nothing to it
  unsigned idle_ = 0;
  std::atomic<bool> distrusted_{false};
  std::atomic<bool> ready_{false};
  std::atomic<std::uint64_t> generation_{0};
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::uint64_t> total_{0};
};

}  // namespace comity::community::search
