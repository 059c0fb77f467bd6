// SPDX-License-Identifier: EUPL-1.2
#include "tools/benchmark/workplace.h"

#include <fmt/format.h>
#include <unistd.h>

namespace comity::benchmark {

namespace fs = std::filesystem;

Workplace::Workplace(const fs::path& parent, bool keep)
    : path_(parent.empty() ? fs::temp_directory_path() : fs::absolute(parent)), keep_(keep) {
  path_ /= fmt::format("comity-bench-{}", ::getpid());
  fs::create_directories(path_);
}

Workplace::~Workplace() {
  std::error_code ignored;
  if (!keep_) fs::remove_all(path_, ignored);
}

}  // namespace comity::benchmark
