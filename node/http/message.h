// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proto/error.h"

namespace comity::http {

/// Header fields in their order. Names compare without regard to case (RFC 9110 section 5.1).
class Fields {
 public:
  void add(std::string_view name, std::string_view value) { rows_.emplace_back(name, value); }
  /// The first field of that name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  /// Removes every field of that name.
  void erase(std::string_view name);
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& rows() const noexcept {
    return rows_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> rows_;
};

/// A whole request: its body has arrived and is within the bounds.
struct Request {
  std::string method;  ///< upper case, as in "POST"
  std::string target;  ///< as sent: path and query, not decoded
  Fields fields;
  std::string body;
  bool keep_alive = true;  ///< the caller wants to send another request on this connection
};

class Outflow;

/// A whole answer.
struct Response {
  unsigned status = 200;
  std::string content_type = "application/json";  ///< left out of an answer without a body
  Fields fields{};
  std::string body{};
  bool keep_alive = true;  ///< false: the connection ends after this answer
  /// In place of a body: the answer is sent as it comes about, and the connection ends with it.
  std::shared_ptr<Outflow> outflow{};
};

/// The standard words for a status, "Not Found"; "Status" for one that has none here.
[[nodiscard]] std::string_view reason_phrase(unsigned status) noexcept;

/// The status that tells an HTTP client what kind of failure `code` is: 4xx for what the caller can change.
[[nodiscard]] unsigned status_of(proto::Code code) noexcept;

/// The answer as bytes of HTTP/1.1; of a streamed one, what precedes the first chunk. Characters that could
/// start another line are left out of field values.
[[nodiscard]] std::string to_wire(const Response& response);

/// A request as bytes of HTTP/1.1; Content-Length is added. The same care as in the other direction.
[[nodiscard]] std::string to_wire(const Request& request);

}  // namespace comity::http
