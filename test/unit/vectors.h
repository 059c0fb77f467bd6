// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace comity::test {

/// The public test vectors: COMITY_VECTORS, else ../shared/vectors beside the source tree.
/// Nothing when the folder is absent.
[[nodiscard]] std::optional<std::filesystem::path> vectors_dir();

/// The real published content: COMITY_DATA, else ../shared/data beside the source tree.
[[nodiscard]] std::optional<std::filesystem::path> data_dir();

/// All bytes of a file; throws std::runtime_error when it cannot be read.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

/// Counts the vectors of one file. Destruction prints `vectors FILE passed P of N` and fails the running test
/// when P differs from N or N is zero.
class VectorCount {
 public:
  explicit VectorCount(std::string file) : file_(std::move(file)) {}
  VectorCount(const VectorCount&) = delete;
  VectorCount& operator=(const VectorCount&) = delete;
  ~VectorCount();

  /// One vector's outcome; `name` is printed when it failed.
  void add(bool passed, std::string_view name);

 private:
  std::string file_;
  unsigned passed_ = 0;
  unsigned total_ = 0;
};

/// Runs `body` with the vector file's text and a count, or reports the running test as skipped.
void with_vectors(const std::string& file, const std::function<void(const std::string&, VectorCount&)>& body);

}  // namespace comity::test
