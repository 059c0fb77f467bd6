// SPDX-License-Identifier: EUPL-1.2
#include "storage/rocks/status.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

namespace comity::storage {
namespace {

using proto::Code;

template <std::size_t Count>
bool says_any(const std::string& text, const std::array<std::string_view, Count>& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

// RocksDB tells these cases by their words only; the tests of opening hold each of them.
constexpr std::array<std::string_view, 3> kLockWords{"lock hold by current process", "While lock file",
                                                     "lock is already held"};
constexpr std::array<std::string_view, 3> kPermissionWords{"Permission denied", "Operation not permitted",
                                                           "Read-only file system"};
// A table file without its end is nearly always one that was not copied whole.
constexpr std::array<std::string_view, 7> kMissingWords{
    "No such file", "size mismatch",          "Size mismatch", "file not found",
    "Missing WAL",  "Bad table magic number", "too short"};

Code code_of(const rocksdb::Status& status, const std::string& text) {
  if (status.IsNoSpace()) return Code::kStoreNoSpace;
  if (status.IsShutdownInProgress()) return Code::kStoreClosing;
  if (says_any(text, kMissingWords)) return Code::kStoreIncomplete;
  if (status.IsCorruption()) return Code::kStoreCorrupt;
  if (says_any(text, kLockWords)) return Code::kStoreLocked;
  if (says_any(text, kPermissionWords)) return Code::kStorePermission;
  return Code::kStoreFailed;
}

}  // namespace

proto::Error to_error(const rocksdb::Status& status, std::string_view doing) {
  std::string text = status.ToString();
  // Of a missing table file RocksDB names the ending that it tried last, which no file of ours ever has.
  if (const auto at = text.find(".ldb"); at != std::string::npos) text.replace(at, 4, ".sst");
  return {code_of(status, text), fmt::format("{}: {}", doing, text)};
}

proto::Status to_status(const rocksdb::Status& status, std::string_view doing) {
  if (status.ok()) return {};
  return to_error(status, doing);
}

}  // namespace comity::storage
