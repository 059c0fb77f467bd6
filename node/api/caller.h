// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/api/command.h"
#include "node/federation/step.h"

namespace comity::api {

/// On whose behalf a command is run: the person who is signed in, else the system's user number of who calls
/// the control socket.
[[nodiscard]] inline federation::By by(const Call& call) {
  federation::By who;
  if (call.person) {
    who.via = call.person->program ? v1::AUDIT_VIA_API : v1::AUDIT_VIA_WEB;
    who.actor.set_user(std::string(proto::as_text(call.person->id.view())));
    who.actor.set_name(call.person->handle);
    return who;
  }
  who.via = v1::AUDIT_VIA_CLI;
  if (call.caller.uid) who.actor.set_uid(*call.caller.uid);
  return who;
}

}  // namespace comity::api
