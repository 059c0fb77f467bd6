// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/atom.h"

#include <doctest/doctest.h>

namespace comity::web {

TEST_CASE("what people write stays text in a feed") {
  const std::string hostile = "</content><script>alert(1)</script>&\"\x01\x0b\xef\xbf\xbf";
  const boost::json::array rows{boost::json::object{{"id", "abc"},
                                                    {"title", hostile},
                                                    {"text", hostile},
                                                    {"time", "2026-11-20T08:00:00Z"},
                                                    {"author", "maria@health"},
                                                    {"space", "help"},
                                                    {"label", "AMBER"},
                                                    {"kind", "post"}}};
  const std::string feed =
      atom_text("A & B", "https://c.example/staff", "/atom/x/spaces/help", rows, "2026-11-21T00:00:00Z");
  CHECK(feed.find("<script") == std::string::npos);
  CHECK(feed.find('\x01') == std::string::npos);
  CHECK(feed.find("\xef\xbf\xbf") == std::string::npos);
  CHECK(feed.find("[help, AMBER] &lt;/content&gt;") != std::string::npos);
  CHECK(feed.find("<updated>2026-11-20T08:00:00Z</updated>") != std::string::npos);
  CHECK(feed.find("href=\"https://c.example/staff/e/abc\"") != std::string::npos);
  CHECK(feed.find("<title>A &amp; B</title>") != std::string::npos);
}

TEST_CASE("a feed of nothing says when it was made, and a long text is cut between characters") {
  CHECK(atom_text("t", "s", "/p", {}, "now").find("<updated>now</updated>") != std::string::npos);
  std::string wide;
  for (int i = 0; i < 3'000; ++i)
    wide += "\u00e9";
  const boost::json::array rows{boost::json::object{{"id", "a"}, {"text", wide}, {"time", "t"}}};
  const std::string feed = atom_text("t", "s", "/p", rows, "now");
  CHECK(feed.size() < 5'000);
  CHECK(feed.find("\u00e9 [...]") != std::string::npos);
}

}  // namespace comity::web
