// SPDX-License-Identifier: EUPL-1.2
#include "node/http/message.h"

#include <doctest/doctest.h>

namespace comity::http {

TEST_CASE("field names compare without regard to case, the first one counts") {
  Fields fields;
  fields.add("Content-Type", "text/plain");
  fields.add("content-type", "application/json");
  CHECK(fields.find("CONTENT-TYPE") == "text/plain");
  CHECK_FALSE(fields.find("Content-Typ").has_value());
}

TEST_CASE("an answer carries its length, and close when the connection ends") {
  CHECK(to_wire(Response{.status = 404, .body = "{}", .keep_alive = false}) ==
        "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
        "Connection: close\r\n\r\n{}");
  CHECK(to_wire(Response{.status = 204}) == "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST_CASE("a field value cannot begin another line") {
  Response response;
  response.fields.add("X-Name\r\nX-Evil", std::string_view("a\r\nSet-Cookie: b\0c", 18));
  const std::string wire = to_wire(response);
  CHECK(wire.find("X-NameX-Evil: aSet-Cookie: bc\r\n") != std::string::npos);
  CHECK(wire.find("\nSet-Cookie") == std::string::npos);
}

TEST_CASE("failures of the caller are 4xx, of the node 5xx") {
  CHECK(status_of(proto::Code::kBadArguments) == 400);
  CHECK(status_of(proto::Code::kNoSuchCommand) == 404);
  CHECK(status_of(proto::Code::kHttpHeaderTooLarge) == 431);
  CHECK(status_of(proto::Code::kNodeDraining) == 503);
  CHECK(status_of(proto::Code::kUnknown) == 500);
  CHECK(status_of(proto::Code::kStoreCorrupt) == 500);
  CHECK(status_of(proto::Code::kStoreReadOnly) == 503);
  CHECK(status_of(proto::Code::kStoreNoSpace) == 507);
  for (const unsigned status : {400U, 403U, 404U, 405U, 408U, 409U, 413U, 415U, 431U, 500U, 501U, 503U, 507U}) {
    CHECK(reason_phrase(status) != "Status");
  }
}

}  // namespace comity::http
