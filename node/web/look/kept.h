// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace comity::web {

/// HTML that may be put into a page as it is.
using Piece = std::shared_ptr<const std::string>;

/// Pieces of pages that were shown lately. A key holds everything that its piece depends on, as a whole and
/// not as a hash of it: equal keys are equal pieces, and what has changed is asked for by another key. What
/// is asked for least recently goes first. In memory only. Any thread.
class Kept {
 public:
  /// Keeps at most `most` bytes of keys and HTML together.
  explicit Kept(std::size_t most) : most_(most) {}

  /// Nothing when it is not here.
  [[nodiscard]] Piece find(std::string_view key);
  /// Keeps the piece, unless it is larger than all of this, or another thread was as quick.
  void put(std::string key, Piece piece);

  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] std::size_t pieces() const;

 private:
  struct One {
    std::string key;
    Piece piece;
    [[nodiscard]] std::size_t bytes() const { return key.size() + piece->size(); }
  };
  void drop_oldest();

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::list<One> newest_first_;
  std::unordered_map<std::string_view, std::list<One>::iterator> by_key_;
  std::size_t bytes_ = 0;
};

}  // namespace comity::web
