// SPDX-License-Identifier: EUPL-1.2
#include "storage/failpoint.h"

#ifdef COMITY_TEST_HOOKS

namespace comity::storage {
namespace {

FailpointHandler& installed() {
  static FailpointHandler handler;
  return handler;
}

}  // namespace

void set_failpoint_handler(FailpointHandler handler) {
  installed() = std::move(handler);
}

void reach_failpoint(std::string_view name) {
  if (installed()) installed()(name);
}

}  // namespace comity::storage

#endif
