// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "node/config/check.h"
#include "node/config/problem.h"

namespace comity::config {

/// A key and its value, with their places.
struct Item {
  std::string section;  ///< empty for a key that stands before the first section
  std::string key;
  Position key_at;
  Position value_at;
  Raw value;
};

/// A section header, or the first dotted key that names the section.
struct SectionMark {
  std::string name;
  Position at;
};

/// A TOML file as the settings need it: two levels, flat.
struct Document {
  std::vector<SectionMark> sections;
  std::vector<Item> items;
  std::vector<Problem> problems;  ///< encoding, syntax, repeated keys; in no order
  /// Every line could be read: what is absent here is absent from the file.
  bool complete = true;
};

/// Reads TOML 1.0. After a broken line it goes on with the next one where it can tell that the line alone was
/// broken, so that one run shows all problems. Never throws for any bytes.
[[nodiscard]] Document read_document(std::string_view text);

}  // namespace comity::config
