// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <string_view>

#include "proto/error.h"

namespace comity::api {

inline constexpr std::string_view kProblemType = "application/problem+json";

/// The failure as one JSON document (RFC 9457): `code` "CMY-nnnn", `title` the sentence, `detail` the
/// particulars of this case, `next_step`, `status` as for HTTP.
[[nodiscard]] std::string problem_json(const proto::Error& error);

/// The failure that such a document tells. A code that this program does not know, as of a newer node, comes
/// back as kUnknown with the whole text as detail. Error kNodeBadAnswer in place of a document that is none.
[[nodiscard]] proto::Error read_problem(std::string_view json);

}  // namespace comity::api
