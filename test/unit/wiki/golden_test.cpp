// SPDX-License-Identifier: EUPL-1.2
// Pins what algorithm 1 makes of each input, so that no change of ours or of libgit2 goes unnoticed.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

#include "node/community/wiki/merge.h"

namespace comity::community::wiki {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE_MESSAGE(in.good(), path.string());
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

proto::EntryId id_of(std::uint8_t number) {
  proto::Bytes raw(proto::EntryId::kSize, std::byte{0});
  raw.back() = std::byte{number};
  return proto::EntryId::from(raw).value();
}

// The sections of a file, each behind a line "=== name".
std::vector<std::pair<std::string, std::string>> sections(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const std::string_view line : split_lines(text)) {
    if (line.starts_with("=== ")) {
      out.emplace_back(line.substr(4, line.size() - 5), "");
    } else if (!out.empty()) {
      out.back().second += line;
    }
  }
  return out;
}

std::string written(const Merged& merged) {
  std::string out;
  for (const Block& block : merged.blocks) {
    if (!block.conflict()) out += "=== text\n" + block.text;
    for (const Side& side : block.sides) {
      out += "=== side";
      for (const proto::EntryId& head : side.heads)
        out += " " + std::to_string(std::to_integer<int>(head.view().back()));
      out += "\n" + side.text;
    }
  }
  return out;
}

TEST_CASE("The corpus gives what it gave") {
  REQUIRE(kMergeAlgorithm == 1);
  std::size_t seen = 0;
  for (const auto& entry : fs::directory_iterator(COMITY_WIKI_GOLDEN)) {
    if (entry.path().extension() != ".in") continue;
    const auto parts = sections(read(entry.path()));
    REQUIRE(parts.size() >= 3);
    REQUIRE(parts[0].first == "base");
    Merged merged = merged_of(id_of(1), parts[1].second);
    for (std::size_t i = 2; i < parts.size(); ++i)
      merged = fold(parts[0].second, merged, id_of(static_cast<std::uint8_t>(i)), parts[i].second).value();
    const fs::path expected = fs::path(entry.path()).replace_extension(".out");
    if (std::getenv("COMITY_WRITE_GOLDEN") != nullptr && !fs::exists(expected))
      std::ofstream(expected, std::ios::binary) << written(merged);
    CHECK_MESSAGE(written(merged) == read(expected), entry.path().string());
    ++seen;
  }
  CHECK(seen >= 8);
}

}  // namespace
}  // namespace comity::community::wiki
