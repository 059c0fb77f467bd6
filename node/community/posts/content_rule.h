// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/community/types.h"

namespace comity::community {

/// Judges what another agency has sealed before anything of it counts or is shown: the data is the message
/// that the type names, lines and texts show as they are written, a reply answers something. Wider than what
/// our own writers produce, so that nothing an honest node of this version wrote is refused. A type that this
/// version does not know passes: it is kept and not interpreted. Error kFeedBodyRule, which names the field;
/// the entry then waits in quarantine, and what follows it goes on. Pure; any thread.
[[nodiscard]] Status check_content(const v1::Content& content);

}  // namespace comity::community
