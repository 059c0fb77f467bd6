// SPDX-License-Identifier: EUPL-1.2
#include "node/community/import/files.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace comity::community {

namespace fs = std::filesystem;
using proto::Code;
using proto::Error;

namespace {

constexpr std::size_t kMostFiles = 1'000'000;

}  // namespace

proto::Result<std::vector<fs::path>> import_files(const std::string& path,
                                                  std::span<const std::string_view> endings) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) return std::vector<fs::path>{path};
  std::vector<fs::path> files;
  fs::recursive_directory_iterator at(path, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    const bool wanted = std::find(endings.begin(), endings.end(), at->path().extension()) != endings.end();
    if (wanted && at->is_regular_file(error)) files.push_back(at->path());
    if (files.size() > kMostFiles) return Error{Code::kImportTooLarge, "too many files in the folder"};
  }
  if (error) return Error{Code::kImportUnreadable, path + ": " + error.message()};
  if (files.empty()) {
    return Error{Code::kImportFormat,
                 fmt::format("{}: there is no file that ends in {}", path, fmt::join(endings, " or "))};
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace comity::community
