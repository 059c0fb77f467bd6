// SPDX-License-Identifier: EUPL-1.2
#include "tools/comity/output.h"

#include <sstream>

#include <doctest/doctest.h>

namespace comity::cli {

TEST_CASE("results and failures go different ways") {
  std::ostringstream out, err;
  Output output(out, err, false);
  output.fields({{"agency", "Health"}, {"id", "a\x1b[31m"}});
  output.error({proto::Code::kNodeNotRunning, "/srv"});
  CHECK(out.str() == "agency  Health\nid      a\\x1b[31m\n");
  CHECK(err.str() ==
        "error CMY-1710: no node runs on this data directory (/srv). Start it with comityd --data DIR, or "
        "name the "
        "right directory with --data.\n");
}

TEST_CASE("a document is one line") {
  std::ostringstream out, err;
  Output output(out, err, true);
  output.document({{"a", "line\nfeed"}});
  CHECK(out.str() == "{\"a\":\"line\\nfeed\"}\n");
  CHECK(output.finish().ok());
  out.setstate(std::ios::badbit);
  CHECK(output.finish().error().code == proto::Code::kFileUnusable);
}

TEST_CASE("sizes are shown in the unit that fits") {
  CHECK(bytes_text(0) == "0 B");
  CHECK(bytes_text(1023) == "1023 B");
  CHECK(bytes_text(1536) == "1.5 KiB");
  CHECK(bytes_text(268'615'587) == "256.2 MiB");
}

}  // namespace comity::cli
