// SPDX-License-Identifier: EUPL-1.2
#include "node/api/status.h"

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

namespace comity::api {

TEST_CASE("the status has the keys that scripts rely on") {
  NodeStatus status;
  status.entries = 7;
  status.ready = true;
  const boost::json::object out = to_json(status);
  for (const char* key :
       {"agency_id", "words", "version", "entries", "peers", "keydoc", "keys_end", "store_bytes", "ready"}) {
    CAPTURE(key);
    CHECK(out.contains(key));
  }
  CHECK(out.at("entries") == 7);
  CHECK(out.at("ready").is_bool());
  CHECK(out.at("peers").is_array());
  CHECK(out.at("read_only").is_null());
}

TEST_CASE("a store that takes no writes says why") {
  NodeStatus status;
  status.read_only = proto::Error{proto::Code::kHomeNoSpace, "/srv"};
  const boost::json::object out = to_json(status);
  CHECK(out.at("read_only").at("code") == "CMY-1641");
  CHECK(out.at("read_only").at("detail") == "/srv");
  CHECK_FALSE(out.at("ready").get_bool());
}

}  // namespace comity::api
