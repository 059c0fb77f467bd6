// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/api/command.h"
#include "node/federation/step.h"

namespace comity::api {

/// On whose behalf a command of the control socket is run: the system's user number of its caller.
[[nodiscard]] inline federation::By by(const Call& call) {
  federation::By who;
  who.via = v1::AUDIT_VIA_CLI;
  if (call.caller.uid) who.actor.set_uid(*call.caller.uid);
  return who;
}

}  // namespace comity::api
