// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <filesystem>
#include <utility>

namespace comity::home {

/// Where things lie in a data directory; docs/files.md describes each for operators.
class Paths {
 public:
  explicit Paths(std::filesystem::path directory) : directory_(std::move(directory)) {}

  [[nodiscard]] const std::filesystem::path& directory() const noexcept { return directory_; }
  [[nodiscard]] std::filesystem::path settings() const { return directory_ / "comity.toml"; }
  [[nodiscard]] std::filesystem::path marker() const { return directory_ / "instance"; }
  [[nodiscard]] std::filesystem::path boots() const { return directory_ / "boots"; }
  [[nodiscard]] std::filesystem::path key_chain() const { return directory_ / "keydoc.chain"; }
  [[nodiscard]] std::filesystem::path keys() const { return directory_ / "keys"; }
  [[nodiscard]] std::filesystem::path node_keys() const { return keys() / "node.key"; }
  [[nodiscard]] std::filesystem::path root_keys() const { return keys() / "root.key"; }
  [[nodiscard]] std::filesystem::path store() const { return directory_ / "store"; }
  [[nodiscard]] std::filesystem::path search() const { return directory_ / "search"; }
  [[nodiscard]] std::filesystem::path lock() const { return directory_ / "lock"; }

 private:
  std::filesystem::path directory_;
};

}  // namespace comity::home
