// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "node/http/message.h"

namespace comity::web {

/// The files that pages refer to: styles, scripts, icons. Their addresses change with their bytes, so
/// browsers may keep them for a year. Filled before it serves; then any thread.
class Assets {
 public:
  /// `name`: "comity.css"; `hashed_name`: "comity.1a2b3c4d.css", the last part of the address. `bytes` live
  /// as long as the program. Texts are kept compressed as well.
  void add(std::string_view name, std::string_view hashed_name, std::string_view type,
           std::string_view bytes);

  /// The last part of an address by its name; empty when there is none.
  [[nodiscard]] std::string address(std::string_view name) const;
  /// The answer for the last part of an address; status 404 when there is none.
  [[nodiscard]] http::Response answer(std::string_view hashed_name, const http::Request& request) const;

 private:
  struct Kept {
    std::string_view type;
    std::string_view bytes;
    std::string zipped;  ///< empty: not worth it
  };
  std::map<std::string, std::string, std::less<>> addresses_;
  std::map<std::string, Kept, std::less<>> kept_;
};

}  // namespace comity::web
