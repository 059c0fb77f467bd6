// SPDX-License-Identifier: EUPL-1.2
#pragma once

/// Places where the crash programs may end the process. They exist only in a build with COMITY_TEST_HOOKS,
/// which no release has; elsewhere the macro leaves nothing behind.
#ifdef COMITY_TEST_HOOKS

#include <functional>
#include <string_view>

namespace comity::storage {

/// Called with the name of each fail-point that is reached, on the thread that reaches it.
using FailpointHandler = std::function<void(std::string_view name)>;

/// Installs `handler` before a store is opened, or removes it (empty).
void set_failpoint_handler(FailpointHandler handler);
void reach_failpoint(std::string_view name);

}  // namespace comity::storage

#define COMITY_FAILPOINT(name) ::comity::storage::reach_failpoint(name)
#else
#define COMITY_FAILPOINT(name) static_cast<void>(0)
#endif
