// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "comity/v1/content.pb.h"

#include "node/feed/entry_rows.h"

namespace comity::feed {

/// An entry as it was given to the store.
struct RecentEntry {
  StoredHeader stored{};
  Bytes body{};  ///< as it is stored and hashed: sealed, or in the clear
};

/// The newest entries in memory. Whatever handles a new entry, from the peer's session to the stream of
/// events, would else read, check and open again what was in memory a moment ago. Only entries whose body is
/// withheld for no reason are put here; whether one is withheld by now is asked of the store every time.
/// Entries stand here from the moment they are given to the store, hence before they are durable: a reader
/// looks up only places that its view of the store has shown it. Bounded in bytes, oldest first out. Any
/// thread.
class Recent {
 public:
  explicit Recent(std::size_t most_bytes) : most_bytes_(most_bytes) {}
  Recent(const Recent&) = delete;
  Recent& operator=(const Recent&) = delete;
  ~Recent() = default;

  /// `content`, what the body opens to, may be empty.
  void put(std::shared_ptr<const RecentEntry> entry, std::shared_ptr<const v1::Content> content = nullptr);
  /// The store did not take these: other entries may come to stand in their places.
  void forget(const FeedId& feed, Seq first, Seq last);
  /// Nothing when it is not there.
  [[nodiscard]] std::shared_ptr<const RecentEntry> find(const FeedId& feed, Seq seq) const;

  /// Keeps what the body of an entry opens to, if the entry is here.
  void put_content(const EntryId& id, const FeedId& feed, Seq seq,
                   std::shared_ptr<const v1::Content> content);
  /// Nothing when it is not there, or when another entry stands in the place.
  [[nodiscard]] std::shared_ptr<const v1::Content> content(const EntryId& id, const FeedId& feed,
                                                           Seq seq) const;

  /// About the memory that all of them take.
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Place {
    FeedId feed;
    Seq seq{};
    friend bool operator==(const Place&, const Place&) = default;
  };
  struct Hash {
    std::size_t operator()(const Place& place) const noexcept;
  };
  struct Kept {
    std::shared_ptr<const RecentEntry> entry;
    std::shared_ptr<const v1::Content> content;
    std::size_t bytes = 0;
    std::uint64_t age = 0;  ///< of its row in order_
  };
  void drop_oldest();

  const std::size_t most_bytes_;
  mutable std::mutex mutex_;
  std::unordered_map<Place, Kept, Hash> entries_;
  std::deque<std::pair<Place, std::uint64_t>> order_;
  std::uint64_t next_age_ = 0;
  std::size_t bytes_ = 0;
};

/// What the node gives to the newest entries: half a second under full load, by which projections may lag.
inline constexpr std::size_t kRecentBytes = 24U * 1024 * 1024;

}  // namespace comity::feed
