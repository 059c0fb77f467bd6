// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "proto/bytes.h"

namespace comity::crypto {

/// The text of a member of a vector; throws when it is absent.
[[nodiscard]] inline std::string text_of(const boost::json::value& object, std::string_view name) {
  return std::string(object.at(name).as_string());
}

/// The bytes of a hexadecimal member; throws when it is absent or not hexadecimal.
[[nodiscard]] inline proto::Bytes bytes_of(const boost::json::value& object, std::string_view name) {
  return proto::from_hex(text_of(object, name)).value();
}

}  // namespace comity::crypto
