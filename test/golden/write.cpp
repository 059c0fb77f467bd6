// SPDX-License-Identifier: EUPL-1.2
// Writes the golden messages of today's schema into a folder. A file that is there already is never changed.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "test/golden/golden.h"

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 || argv[1][0] == '-') {
    std::fprintf(stderr, "usage: golden_write DIR     writes what is absent there, changes nothing\n");
    return 2;
  }
  const fs::path folder = argv[1];
  fs::create_directories(folder);
  unsigned written = 0;
  unsigned same = 0;
  unsigned different = 0;
  for (const auto& golden : comity::test::golden_messages()) {
    const fs::path file = folder / (golden.name + ".hex");
    const std::string text = comity::test::golden_text(golden.bytes);
    if (!fs::exists(file)) {
      std::ofstream(file, std::ios::binary) << text;
      ++written;
    } else if (text_of(file) == text) {
      ++same;
    } else {
      std::fprintf(stderr, "%s differs from today's schema and was left as it is\n", file.c_str());
      ++different;
    }
  }
  std::printf("%u written, %u as they were, %u different\n", written, same, different);
  if (different > 0) {
    std::fprintf(stderr,
                 "Released bytes never change: undo the change of the schema, or write a folder of the next "
                 "version.\n");
  }
  return different == 0 ? 0 : 1;
}
