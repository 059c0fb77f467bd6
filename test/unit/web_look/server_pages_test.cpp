// SPDX-License-Identifier: EUPL-1.2
#include "node/web/look/server_pages.h"

#include <string>

#include <boost/json/array.hpp>
#include <doctest/doctest.h>

#include "node/web/look/look.h"
#include "node/web/look/words.h"

namespace comity::web {
namespace {

namespace json = boost::json;

/// What a page of sessions calls a browser that says this of itself.
std::string called(const char* agent) {
  json::object view{{"page", json::object{{"zone", "UTC"}, {"base", ""}}},
                    {"sessions", json::array{json::object{{"id", "a"}, {"browser", agent}}}}};
  complete_server_page("sessions", view, english());
  return std::string(view["sessions"].as_array()[0].as_object()["browser"].as_string());
}

}  // namespace

TEST_CASE("an error is told as a sentence") {
  CHECK(sentence("this is not hexadecimal") == "This is not hexadecimal.");
  CHECK(sentence("this is not hexadecimal", "byte 3") == "This is not hexadecimal (byte 3).");
  CHECK(sentence("Ended.") == "Ended.");
  CHECK(sentence("", "byte 3").empty());
}

TEST_CASE("a session is named by the browser and its system, as far as they are known") {
  CHECK(called("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0") ==
        "Firefox on Windows");
  CHECK(
      called(
          "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 "
          "Safari/537.36 Edg/130.0.0.0") == "Edge on Windows");
  CHECK(called(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/17.6 Mobile/15E148 Safari/604.1") == "Safari on iPhone");
  CHECK(called("curl/8.5.0") == "curl/8.5.0");
  CHECK(called("").empty());
}

TEST_CASE("what failed inside shows its id and not what an operator would do about it") {
  json::object view{{"page", json::object{{"zone", "UTC"}, {"base", "/staff"}}},
                    {"code", "CMY-1303"},
                    {"what", "stored bytes are damaged"},
                    {"next_step", "Run comity db verify"},
                    {"detail", ""},
                    {"id", "ivtieapx"},
                    {"status", 500}};
  complete_server_page("error", view, english());
  CHECK(view["detail"] == "Stored bytes are damaged.");
  CHECK(view["next_step"] == "");
  CHECK(std::string(view["id_words"].as_string()).find("ivtieapx") != std::string::npos);
}

}  // namespace comity::web
