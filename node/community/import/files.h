// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proto/result.h"

namespace comity::community {

/// The files of an import in the order of their names: `path` itself when it is a file, whatever its name, or
/// else all below it whose name ends in one of `endings` (".md"). Errors: kImportUnreadable, kImportFormat
/// when there are none, kImportTooLarge above 1,000,000.
[[nodiscard]] proto::Result<std::vector<std::filesystem::path>> import_files(
    const std::string& path, std::span<const std::string_view> endings);

}  // namespace comity::community
