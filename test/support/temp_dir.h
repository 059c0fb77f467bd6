// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <filesystem>
#include <string>

namespace comity::test {

/// A new directory below the system's one for temporary files, removed with all its content on destruction.
class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace comity::test
