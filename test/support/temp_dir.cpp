// SPDX-License-Identifier: EUPL-1.2
#include "test/support/temp_dir.h"

#include <cstdlib>
#include <stdexcept>

namespace comity::test {

TempDir::TempDir() {
  std::string name = (std::filesystem::temp_directory_path() / "comity-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory can be made");
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace comity::test
