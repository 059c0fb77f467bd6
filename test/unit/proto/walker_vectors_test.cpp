// SPDX-License-Identifier: EUPL-1.2
#include <boost/json.hpp>
#include <doctest/doctest.h>

#include "proto/decode.h"
#include "proto/walker.h"
#include "strict1.pb.h"
#include "test/unit/vectors.h"

namespace comity::proto {

TEST_CASE("the strict walker agrees with the public vectors") {
  test::with_vectors("protowire_strict/cases.json", [](const std::string& text, test::VectorCount& count) {
    const boost::json::value file = boost::json::parse(text);
    for (const auto& row : file.at("tests").as_array()) {
      const std::string hex(row.at("hex").as_string());
      const Bytes bytes = from_hex(hex).value();
      const bool accepted = walk(plan_of<strict1::T>(), bytes).ok();
      bool right = accepted == row.at("accept").as_bool();
      // The slow twin: what is accepted comes back byte for byte. libprotobuf moves ignorable fields to the
      // end, where they are already, since every known number but 100 is smaller.
      if (accepted) {
        const Result<strict1::T> message = decode<strict1::T>(bytes, bytes.size());
        right = right && message.ok() && encode(*message) == bytes;
      }
      count.add(right, std::string(row.at("why").as_string()) + " " + hex);
    }
  });
}

}  // namespace comity::proto
