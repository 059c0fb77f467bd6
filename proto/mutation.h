// SPDX-License-Identifier: EUPL-1.2
#pragma once

/// Promises that a test breaks on purpose, to see that something notices. COMITY_MUTATION("name") is false
/// but in objects built with COMITY_TEST_TAPS, which no release holds; there the test decides.
#ifdef COMITY_TEST_TAPS

#include <string_view>

namespace comity::proto {

/// Defined by the program that has the hooks: whether this promise is broken now.
[[nodiscard]] bool mutated(std::string_view name);

}  // namespace comity::proto

#define COMITY_MUTATION(name) (::comity::proto::mutated(name))
#else
#define COMITY_MUTATION(name) false
#endif
