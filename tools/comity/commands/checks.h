// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <boost/json/object.hpp>

#include "tools/comity/verb.h"

namespace comity::cli {

/// Prints a document of checks, one line for each with its fix beside it and a closing line; with --json the
/// document. The exit code: 0 without a failure, else 1. `ends` says how to go on, as "Report for …".
[[nodiscard]] int show_checks(Context& context, const boost::json::object& document);

}  // namespace comity::cli
