// SPDX-License-Identifier: EUPL-1.2
#include "test/unit/vectors.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <doctest/doctest.h>

#include "test/unit/skip.h"

namespace comity::test {
namespace {

std::optional<std::filesystem::path> shared_dir(const char* variable, const char* name) {
  const char* chosen = std::getenv(variable);
  std::filesystem::path path =
      chosen != nullptr ? chosen : std::filesystem::path(COMITY_SOURCE_ROOT) / ".." / "shared" / name;
  if (!std::filesystem::is_directory(path)) return std::nullopt;
  return path;
}

}  // namespace

std::optional<std::filesystem::path> vectors_dir() {
  return shared_dir("COMITY_VECTORS", "vectors");
}

std::optional<std::filesystem::path> data_dir() {
  return shared_dir("COMITY_DATA", "data");
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

VectorCount::~VectorCount() {
  std::printf("vectors %s passed %u of %u\n", file_.c_str(), passed_, total_);
  CHECK(passed_ == total_);
  CHECK(total_ > 0);
}

void VectorCount::add(bool passed, std::string_view name) {
  ++total_;
  if (passed) {
    ++passed_;
  } else {
    std::printf("vectors %s: %.*s failed\n", file_.c_str(), static_cast<int>(name.size()), name.data());
  }
}

void with_vectors(const std::string& file,
                  const std::function<void(const std::string&, VectorCount&)>& body) {
  const auto dir = vectors_dir();
  if (!dir) {
    skip("the public test vectors are absent; set COMITY_VECTORS to their folder");
    return;
  }
  VectorCount count(file);
  body(read_file(*dir / file), count);
}

}  // namespace comity::test
