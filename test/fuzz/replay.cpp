// SPDX-License-Identifier: EUPL-1.2
// Gives every file of a corpus to a fuzz target, once, in a build without libFuzzer. A finding ends the
// program without its closing line, which the test runner counts as a failure.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "test/fuzz/target.h"

namespace {

namespace fs = std::filesystem;

std::vector<std::uint8_t> bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bool replay(const fs::path& file) {
  try {
    // A copy of exactly this size, so that a sanitizer sees every read past the end.
    const std::vector<std::uint8_t> read = bytes_of(file);
    const std::vector<std::uint8_t> bytes(read.begin(), read.end());
    std::fprintf(stderr, "%s\n", file.filename().c_str());
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    return true;
  } catch (const std::exception& error) {
    std::printf("%s: exception: %s\n", file.c_str(), error.what());
    return false;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
    return 2;
  }
  std::vector<fs::path> files;
  if (fs::is_directory(argv[1])) {
    for (const auto& entry : fs::directory_iterator(argv[1]))
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  unsigned failed = 0;
  for (const auto& file : files)
    failed += replay(file) ? 0 : 1;
  if (files.empty()) std::printf("no corpus in %s\n", argv[1]);
  std::printf("%zu passed, %u failed, 0 skipped\n", files.size() - failed, failed);
  return failed == 0 && !files.empty() ? 0 : 1;
}
