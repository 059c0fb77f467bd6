// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <boost/json/object.hpp>

#include "node/web/serve/web.h"

namespace comity::web {

/// A view with the object "page" that every template has: base, csrf, here (the path below the base), locale,
/// zone, theme, agency, name (of the template), and person (handle, address, name, unit, administrator), or
/// null.
[[nodiscard]] boost::json::object page_view(const Visit& visit, std::string_view name);

/// The error as readers are told it: what they may not do looks like what is not there. (What they may not
/// see has the code of what is unknown already.)
[[nodiscard]] proto::Error told(const proto::Error& error);
/// The status for it: 404 for everything that is unknown, or seems so.
[[nodiscard]] unsigned status_for(proto::Code code) noexcept;

}  // namespace comity::web
