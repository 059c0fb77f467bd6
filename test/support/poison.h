// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <vector>

#include "proto/bytes.h"
#include "proto/ids.h"

namespace comity::test {

/// What an author may seal, sign and send that is no content: every check below passes, since the header, the
/// signature and the seal are genuine.
struct Poison {
  std::string name;     ///< "post.title: escape"
  proto::Bytes packed;  ///< what is sealed, the byte for the scheme included
};

/// For each text of each type of content twenty values that no text may have, and beside them contents that
/// are cut, doubled, too long, of another wire type, or no content at all; bombs among them. `target` is an
/// entry for those that answer or change one.
[[nodiscard]] std::vector<Poison> poisons(const proto::AgencyId& agency, const proto::EntryId& target);

/// What would unpack to a gibibyte each, if anybody did: its size stated, not stated, stated far too small,
/// and one inside another.
[[nodiscard]] std::vector<Poison> bombs();

/// How many values each text gets.
inline constexpr std::size_t kBadTexts = 20;

}  // namespace comity::test
