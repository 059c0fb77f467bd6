// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <vector>

#include "tools/comity/verb.h"

/// The verbs that ask the running node, or only read the settings file.
namespace comity::cli {

[[nodiscard]] std::vector<Verb> agreement_verbs();
[[nodiscard]] std::vector<Verb> audit_verbs();
[[nodiscard]] std::vector<Verb> check_verbs();
[[nodiscard]] std::vector<Verb> import_verbs();
[[nodiscard]] std::vector<Verb> key_verbs();
[[nodiscard]] std::vector<Verb> peer_verbs();
[[nodiscard]] std::vector<Verb> people_verbs();
[[nodiscard]] std::vector<Verb> post_verbs();
[[nodiscard]] std::vector<Verb> quarantine_verbs();
[[nodiscard]] std::vector<Verb> search_verbs();
[[nodiscard]] std::vector<Verb> space_verbs();
[[nodiscard]] std::vector<Verb> status_verbs();
[[nodiscard]] std::vector<Verb> discussion_verbs();
[[nodiscard]] std::vector<Verb> attention_verbs();
/// `comity thread` with --mark-read.
[[nodiscard]] Verb with_mark_read(Verb thread);
[[nodiscard]] std::vector<Verb> timeline_verbs();
[[nodiscard]] std::vector<Verb> user_verbs();
[[nodiscard]] std::vector<Verb> wiki_verbs();
[[nodiscard]] std::vector<Verb> config_verbs();

}  // namespace comity::cli
