// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <filesystem>

namespace comity::benchmark {

/// The directory of a run, removed at its end.
class Workplace {
 public:
  /// Makes a new directory in `parent`; an empty `parent` stands for that of temporary files. With `keep` it
  /// stays when the object ends.
  Workplace(const std::filesystem::path& parent, bool keep);
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  ~Workplace();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  bool keep_;
};

}  // namespace comity::benchmark
