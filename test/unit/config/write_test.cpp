// SPDX-License-Identifier: EUPL-1.2
#include "node/config/write.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "node/config/lines.h"
#include "test/unit/vectors.h"

namespace comity::config {
namespace {

// The lines of the sample that are not comments, then every setting that is one by default.
std::string all_settings() {
  std::string text;
  for (const std::string& line : split_lines(sample_config())) {
    const std::size_t equals = line.find(" = ");
    const bool setting =
        line.starts_with("# ") && equals != std::string::npos && line.find_first_of(" :.", 2) >= equals;
    if (setting) text += line.substr(2) + "\n";
    if (!line.starts_with('#') && !line.empty()) text += line + "\n";
  }
  return text;
}

// Whatever the bytes: either settings that survive being written, or typed problems within the file.
void check_outcome(std::string_view text) {
  const Loaded loaded = parse_settings(text, "f");
  if (loaded.ok()) {
    const Loaded again = parse_settings(render_config(loaded.settings), "f");
    CHECK(again.ok());
    CHECK(again.settings == loaded.settings);
    CHECK_FALSE(loaded.settings.agency.name.empty());
    return;
  }
  const std::size_t lines = split_lines(text).size();
  for (const Problem& problem : loaded.problems) {
    const auto number = static_cast<unsigned>(problem.code);
    CHECK(number >= 1600);
    CHECK(number <= 1609);
    CHECK(problem.at.line <= lines);
    CHECK_FALSE(problem.detail.empty());
  }
}

}  // namespace

TEST_CASE("the sample is a file that works, with every default as a comment") {
  const Loaded sample = parse_settings(sample_config(), "f");
  REQUIRE(sample.ok());
  CHECK(sample.settings.agency.name == "Ministry of Health");
  CHECK(sample.settings.store == Settings().store);
  CHECK(sample.settings.log == Settings().log);

  const Loaded all = parse_settings(all_settings(), "f");
  REQUIRE(all.ok());
  for (const Origin& origin : all.origins)
    CHECK(origin.from_file);
  CHECK(all.settings.store == Settings().store);
}

TEST_CASE("the sample says of each setting what it takes, its default, its danger and when a change counts") {
  const std::string sample = sample_config();
  CHECK(sample.find("# Takes: a size from 16MiB to 1TiB.\n# Default: \"256MiB\".\n"
                    "# Change: counts after a restart of the node.\n# Danger: A small limit") !=
        std::string::npos);
  CHECK(sample.find("# Change: counts as soon as the node re-reads its settings.\n") != std::string::npos);
  for (const std::string& line : split_lines(sample))
    CHECK(line.size() <= 110);
}

TEST_CASE("written settings are read back as they were") {
  Settings settings = parse_settings(sample_config(), "f").settings;
  settings.agency.name = "Ministère \"de la Santé\" \\ 保健省";
  settings.node.listen = Endpoint{"::1", 7443};
  settings.node.advertise = Endpoint{"comity.health.example", 443};
  settings.keys.passphrase_file = "/run/credentials/comityd.service/pass phrase";
  settings.store.ballast = ByteSize{0};
  settings.store.memory_limit = ByteSize{(1 << 30) + 1};
  settings.log.format = LogFormat::kJson;
  const Loaded again = parse_settings(render_config(settings), "f");
  CHECK(again.ok());
  CHECK(again.settings == settings);
}

TEST_CASE("each truncation of the sample is read or refused with typed problems") {
  const std::string sample = sample_config();
  const std::string dense = all_settings();
  for (std::size_t size = 0; size <= sample.size(); ++size)
    check_outcome(std::string_view(sample).substr(0, size));
  for (std::size_t size = 0; size <= dense.size(); ++size)
    check_outcome(std::string_view(dense).substr(0, size));
}

TEST_CASE("each changed byte of a file is read or refused with typed problems") {
  constexpr std::string_view kBytes("\0\t\n\r \"#',-.0=:[\\]_{}x\x7f\x80\xc3\xff", 25);
  const std::string dense = all_settings();
  for (std::size_t at = 0; at < dense.size(); ++at) {
    for (const char byte : kBytes) {
      std::string changed = dense;
      changed[at] = byte;
      check_outcome(changed);
    }
  }
}

TEST_CASE("docs/settings.md is what the table says") {
  const auto file = std::filesystem::path(COMITY_SOURCE_ROOT) / "docs" / "settings.md";
  if (std::getenv("COMITY_WRITE_DOCS") != nullptr) {
    std::ofstream(file, std::ios::binary) << settings_reference();
  }
  INFO("write it anew with: COMITY_WRITE_DOCS=1 build/test/unit/config/unit_config");
  const bool same = test::read_file(file) == settings_reference();
  CHECK(same);
}

}  // namespace comity::config
