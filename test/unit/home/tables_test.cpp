// SPDX-License-Identifier: EUPL-1.2
#include "node/home/tables.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "test/unit/vectors.h"

namespace comity::home {

TEST_CASE("docs/store-tables.md is what the declarations say") {
  const auto file = std::filesystem::path(COMITY_SOURCE_ROOT) / "docs" / "store-tables.md";
  const std::string page = storage::schema_markdown(node_tables(), kSchema);
  if (std::getenv("COMITY_WRITE_DOCS") != nullptr) std::ofstream(file, std::ios::binary) << page;
  INFO("write it anew with: COMITY_WRITE_DOCS=1 build/test/unit/home/unit_home");
  const bool same = test::read_file(file) == page;
  CHECK(same);
}

}  // namespace comity::home
