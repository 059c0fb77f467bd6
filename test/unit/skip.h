// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>

namespace comity::test {

/// Reports the running test case as skipped instead of passed. The test returns right after the call.
void skip(const std::string& reason);

}  // namespace comity::test
