// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "proto/result.h"

namespace comity::cli {

/// Results to stdout, failures to stderr. With `json`, results are documents; failures stay lines.
class Output {
 public:
  Output(std::ostream& out, std::ostream& err, bool json) : out_(out), err_(err), json_(json) {}

  [[nodiscard]] bool json() const noexcept { return json_; }
  /// "error CMY-nnnn: what (where). next step."
  void error(const proto::Error& error);
  /// A remark for people, on stderr, so that it never mixes with results.
  void note(std::string_view text);
  /// Text as it is.
  void text(std::string_view text);
  /// One document on one line.
  void document(const boost::json::object& document);
  /// "name  value" lines with the values below each other.
  void fields(const std::vector<std::pair<std::string, std::string>>& rows);

  /// Whether all that was written could be written. Error kFileUnusable, as with a full disk behind a pipe.
  [[nodiscard]] proto::Status finish();

 private:
  std::ostream& out_;
  std::ostream& err_;
  bool json_;
};

/// "12.3 MiB", for people.
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);

/// Text from elsewhere without characters that would move a terminal's cursor or change its colours.
[[nodiscard]] std::string safe_text(std::string_view text);

}  // namespace comity::cli
