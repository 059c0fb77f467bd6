// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/form.h"

#include <doctest/doctest.h>

#include "node/web/serve/cookies.h"

namespace comity::web {

using proto::Code;

TEST_CASE("escapes are decoded once, and what is no text is refused") {
  CHECK(percent_decode("a%20b+c", false) == "a b+c");
  CHECK(percent_decode("a%20b+c", true) == "a b c");
  CHECK(percent_decode("%252e", false) == "%2e");
  CHECK(percent_decode("%C3%A9", false) == "\u00e9");
  for (const char* broken : {"%", "%4", "%zz", "a%0", "%00", "a%00b", "%ff", "%C3", "%C0%AE", "%ED%A0%80"}) {
    CAPTURE(broken);
    CHECK_FALSE(percent_decode(broken, false));
  }
  const std::string odd = "a/b?c=\u00e9&<>\"' %";
  CHECK(percent_decode(percent_encode(odd), false) == odd);
}

TEST_CASE("a form keeps its fields in order, the empty ones too") {
  const auto form = Form::parse("a=1&b=&c&a=2&&d=x%3Dy%26z");
  REQUIRE(form.ok());
  CHECK(form->rows().size() == 5);
  CHECK(form->find("a") == "1");
  CHECK(form->all("a") == std::vector<std::string>{"1", "2"});
  CHECK(form->find("b") == "");
  CHECK(form->find("c") == "");
  CHECK(form->find("d") == "x=y&z");
  CHECK_FALSE(form->find("e"));
}

TEST_CASE("a form of too many fields, or of no text, is refused") {
  std::string many;
  for (std::size_t i = 0; i < kMostFields; ++i)
    many += "a=1&";
  CHECK(Form::parse(many).ok());
  CHECK(Form::parse(many + "a=1").error().code == Code::kWebField);
  CHECK(Form::parse("a=%ff").error().code == Code::kWebField);
  CHECK(Form::parse("%00=1").error().code == Code::kWebField);
  CHECK(Form::parse("a=%").error().code == Code::kWebField);
}

TEST_CASE("a cookie is found by its whole name, and a second one of that name spoils it") {
  CHECK(find_cookie("comity_session=abc", kSessionCookie, false) == "abc");
  CHECK(find_cookie("x=1; comity_session=abc; y=2", kSessionCookie, false) == "abc");
  CHECK(find_cookie("__Host-comity_session=abc", kSessionCookie, true) == "abc");
  // One that another host of the domain could set is not taken for ours.
  CHECK_FALSE(find_cookie("comity_session=abc", kSessionCookie, true));
  CHECK_FALSE(find_cookie("comity_session=planted; comity_session=abc", kSessionCookie, false));
  CHECK_FALSE(find_cookie("xcomity_session=abc; comity_session2=abc; comity_session", kSessionCookie, false));
  CHECK_FALSE(find_cookie("", kSessionCookie, false));
}

TEST_CASE("our cookies are for this host and no script, and encrypted where the page is") {
  CHECK(set_cookie({.name = kSessionCookie, .value = "v", .age = std::chrono::seconds(60)}, true) ==
        "__Host-comity_session=v; Path=/; SameSite=Lax; HttpOnly; Secure; Max-Age=60");
  CHECK(set_cookie({.name = kSessionCookie, .value = "v"}, false) ==
        "comity_session=v; Path=/; SameSite=Lax; HttpOnly");
  CHECK(set_cookie({.name = kSessionCookie}, false) ==
        "comity_session=; Path=/; SameSite=Lax; HttpOnly; Max-Age=0");
}

TEST_CASE("signing in leads to a path of ours, whatever the address says") {
  CHECK(safe_next("/s/help?a=1#x") == "/s/help?a=1#x");
  for (const char* elsewhere : {"", "https://evil.example/", "//evil.example", "/\\evil.example", "x", "/a b",
                                "/a\nb", "\t/a", "/\x7f", "javascript:alert(1)"}) {
    CAPTURE(elsewhere);
    CHECK(safe_next(elsewhere) == "/");
  }
  CHECK(safe_next("/" + std::string(3000, 'a')) == "/");
}

}  // namespace comity::web
