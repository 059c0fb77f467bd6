// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <span>
#include <string>
#include <vector>

#include "node/community/people/people_reader.h"

namespace comity::community {

/// Most people whom one entry tells (Content.mention in content.proto).
inline constexpr std::size_t kMostMentions = 64;
/// Most different names that are looked up for one text: most of them may be nobody's.
inline constexpr std::size_t kMostMentionNames = 256;

/// The different names after an @ in a CommonMark text, as they are written: "maria", "maria@health",
/// "maria~k3v5a2tx@health". Not those in code, in quotations, and in what looks like a mail address. Stops
/// above `most`. Pure; any thread.
[[nodiscard]] std::vector<std::string> mentioned_names(std::string_view text, std::size_t most);

/// Whom these names mean for one reader, each once, in the order of ids; a name that nobody bears, or
/// several people, means nobody. Errors: kMentionsTooMany above kMostMentions people or kMostMentionNames
/// names; those of the store.
[[nodiscard]] Result<std::vector<Person>> mentioned_people(const storage::View& view, const Sights& sights,
                                                           const Reader& reader,
                                                           std::span<const std::string> names);

}  // namespace comity::community
