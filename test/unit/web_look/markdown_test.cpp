// SPDX-License-Identifier: EUPL-1.2
#include "node/web/look/markdown.h"

#include <filesystem>
#include <regex>
#include <set>

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include "proto/utf8.h"
#include "test/unit/skip.h"
#include "test/unit/vectors.h"

namespace comity::web {
namespace {

namespace json = boost::json;

const MarkdownPlace kPlace{.base = "/staff", .space = "budget", .heading = 3, .anchors = true};

std::string html(std::string_view text) {
  return markdown(text, kPlace).html;
}

/// Judges an output by the list of what may stand in it, without knowing how it was made: every tag and
/// attribute whole, nested as they should be, addresses of the kinds that are allowed. Empty: it is fine.
std::string fault_in(const std::string& out) {
  static const std::regex tag("<(/?)([a-z][a-z0-9]*)((?: [a-z-]+=\"[^\"<>]*\")*)>");
  static const std::regex attribute(" ([a-z-]+)=\"([^\"]*)\"");
  static const std::regex address(
      "(https?://[^\\s<>\"]+|mailto:[^\\s<>\"]+|/staff/(s|w|people)/[^\\s<>\"]*|#h-[^\\s<>\"]*)",
      std::regex::icase);
  static const std::set<std::string> tags = {
      "a",  "p",  "br", "hr", "em",   "strong", "del",   "code",  "pre",   "blockquote", "ul", "ol", "li",
      "h3", "h4", "h5", "h6", "span", "div",    "table", "thead", "tbody", "tr",         "th", "td"};
  static const std::set<std::string> attributes = {"href",  "class", "rel",      "id",
                                                   "start", "scope", "tabindex", "aria-hidden"};
  std::vector<std::string> open;
  for (std::size_t at = 0; at < out.size();) {
    if (out[at] == '>') return "a loose > at " + std::to_string(at);
    if (out[at] != '<') {
      ++at;
      continue;
    }
    std::smatch found;
    const std::string rest = out.substr(at, 5000);
    if (!std::regex_search(rest, found, tag, std::regex_constants::match_continuous))
      return "no tag: " + rest.substr(0, 40);
    const std::string name = found[2];
    if (!tags.contains(name)) return "a tag that is not allowed: " + name;
    const std::string written = found[3];
    for (auto one = std::sregex_iterator(written.begin(), written.end(), attribute);
         one != std::sregex_iterator(); ++one) {
      if (!attributes.contains((*one)[1])) return "an attribute that is not allowed: " + (*one)[1].str();
      if ((*one)[1] == "href" && !std::regex_match((*one)[2].str(), address))
        return "an address: " + (*one)[2].str();
    }
    if (found[1].length() > 0) {
      if (open.empty() || open.back() != name) return "closed out of order: " + name;
      open.pop_back();
    } else if (name != "br" && name != "hr") {
      if (name == "a" && std::find(open.begin(), open.end(), "a") != open.end()) return "a link in a link";
      open.push_back(name);
    }
    at += static_cast<std::size_t>(found[0].length());
  }
  return open.empty() ? "" : "left open: " + open.back();
}

void check_safe(const std::string& text) {
  const std::string out = html(text);
  INFO(text.substr(0, 300));
  INFO(out.substr(0, 600));
  CHECK(fault_in(out) == "");
}

}  // namespace

TEST_CASE("Markdown becomes HTML of a known set of tags") {
  CHECK(html("one *two* **three** `four`\nfive") ==
        "<p>one <em>two</em> <strong>three</strong> <code>four</code>\nfive</p>\n");
  CHECK(html("# Title\n\n- a\n- b") ==
        "<h3 id=\"h-title\">Title</h3>\n<ul>\n<li>a\n</li>\n<li>b\n</li>\n</ul>\n");
  CHECK(html("| a | b |\n|---|---|\n| 1 | 2 |").find("<th scope=\"col\">a</th>") != std::string::npos);
  CHECK(html("- [x] done").find("☑") != std::string::npos);
  CHECK(html("~~gone~~") == "<p><del>gone</del></p>\n");
  CHECK(fault_in("<p><script>x</script></p>") != "");
  CHECK(fault_in("<p><a href=\"javascript:x\">x</a></p>") != "");
}

TEST_CASE("a link says where it leads, unless its words do") {
  CHECK(html("[the rules](https://good.example/x)")
            .find("the rules</a> <span class=\"md-host\">(good.example)</span>") != std::string::npos);
  CHECK(html("https://good.example/x").find("md-host") == std::string::npos);
  // Words that look like another address are no cover.
  CHECK(html("[https://good.example](https://evil.example/)").find("(evil.example)") != std::string::npos);
  CHECK(html("[x](https://good.example@evil.example/)").find("(evil.example)") != std::string::npos);
  CHECK(html("[x](javascript:alert(1))").find("<a") == std::string::npos);
  CHECK(html("[x](JaVaScRiPt:alert(1))").find("<a") == std::string::npos);
  CHECK(html("[x](data:text/html,x)").find("<a") == std::string::npos);
  CHECK(html("[x](//evil.example/)").find("<a") == std::string::npos);
  CHECK(html("![alt](https://remote.example/a.png)").find("<img") == std::string::npos);
  CHECK(html("![alt](https://remote.example/a.png)").find("(remote.example)") != std::string::npos);
  CHECK(html("[![alt](https://a.example/a.png)](https://b.example/)").find("</a></a>") == std::string::npos);
}

TEST_CASE("names, tags and pages are linked, code and addresses are not") {
  CHECK(html("@maria@health, see #travel.")
            .find("<a class=\"mention\" href=\"/staff/people/maria@health\">@maria@health</a>,") !=
        std::string::npos);
  CHECK(html("ask @jo.").find(">@jo</a>.") != std::string::npos);
  CHECK(html("see #travel!").find("<a class=\"tag-link\" href=\"/staff/s/budget?tag=travel\">#travel</a>!") !=
        std::string::npos);
  CHECK(html("see [[travel/rules]] and [[a|the a]]")
            .find("href=\"/staff/w/budget/travel/rules\">travel/rules</a>") != std::string::npos);
  CHECK(html("[[a|the a]]").find(">the a</a>") != std::string::npos);
  CHECK(html("[the rules](travel/rules)")
            .find("<a href=\"/staff/w/budget/travel/rules\" class=\"page-link\">") != std::string::npos);
  for (const char* const none : {"a@b", "issue #12", "`@maria`", "a#b", "x [[]] y", "[[<script>]]"}) {
    INFO(none);
    const std::string out = html(none);
    CHECK(out.find("<a class") == std::string::npos);
  }
}

TEST_CASE("HTML in a text shows as the text that it is") {
  CHECK(html("<script>alert(1)</script>") ==
        "<pre tabindex=\"0\"><code>&lt;script&gt;alert(1)&lt;/script&gt;\n</code></pre>\n");
  CHECK(html("a <b onclick=x>b</b>").find("<code>&lt;b onclick=x&gt;</code>") != std::string::npos);
}

TEST_CASE("headings have anchors that differ, and a plain text for the contents") {
  const Markdown out = markdown("# A b\n# A b\n## *C* `d`\n# ???", kPlace);
  REQUIRE(out.headings.size() == 4);
  CHECK(out.headings[0].anchor == "h-a-b");
  CHECK(out.headings[1].anchor == "h-a-b-2");
  CHECK(out.headings[2].title == "C d");
  CHECK(out.headings[3].anchor == "h-part");
}

TEST_CASE("the beginning of a text is plain, whole letters, and not longer than asked") {
  CHECK(plain_beginning("See [[travel/rules]] or [[travel/abroad|the other page]]; [[ not, `[[x]]`.", 200) ==
        "See travel/rules or the other page; [[ not, [[x]].");
  CHECK(plain_beginning("- [x] one\n- two\n\n> three\n\n    four <b>\n", 200) == "one two three four <b>");
  CHECK(plain_beginning("", 200).empty());
  CHECK(plain_beginning("# Title\n\nSome *text* with [a link](https://x.example) here.", 200) ==
        "Title Some text with a link here.");
  const std::string cut = plain_beginning("øøøø øøøø øøøø", 9);
  CHECK(cut == "øøøø…");
  CHECK(proto::is_utf8(proto::as_bytes(cut)));
}

TEST_CASE("attacks end as text") {
  const std::vector<std::string> attacks = {"<img src=x onerror=alert(1)>",
                                            "<svg/onload=alert(1)>",
                                            "<a href=\"javascript:alert(1)\">x</a>",
                                            "[x](javascript&colon;alert(1))",
                                            "[x](java\nscript:alert(1))",
                                            "[x](\x01javascript:alert(1))",
                                            "[x](vbscript:x)",
                                            "[x](file:///etc/passwd)",
                                            "![x](javascript:alert(1))",
                                            "![x\" onerror=\"alert(1)](https://a.example/)",
                                            "[x](https://a.example/\"onmouseover=alert(1))",
                                            "<https://a.example/\"onmouseover=alert(1)>",
                                            "[x]: javascript:alert(1)\n[x]",
                                            "<javascript:alert(1)>",
                                            "```\"><script>alert(1)</script>\nx\n```",
                                            "`</code><script>alert(1)</script>`",
                                            "@maria\"><script>",
                                            "#tag\"onclick=x",
                                            "[[a\"onclick=x]]",
                                            "[[x|<script>]]",
                                            "# <script>\n",
                                            "| <script> | b |\n|---|---|\n| \" | ' |",
                                            "&lt;script&gt;",
                                            "&#60;script&#62;",
                                            "[a](<javascript:x>)",
                                            "<!-- --><script>",
                                            "<![CDATA[<script>]]>",
                                            "<?php x ?>",
                                            "[x](https://\xe2\x80\xae"
                                            "elpmaxe.live/)",
                                            "~~<del>~~",
                                            "- [ ] <input onfocus=x autofocus>",
                                            "[x](#\" onclick=\"x)",
                                            "[x](a\"b)",
                                            "[x](<a b>)",
                                            std::string("a\0b<script>", 11)};
  for (const std::string& attack : attacks)
    check_safe(attack);
  std::string deep;
  for (int at = 0; at < 20000; ++at)
    deep += "> ";
  check_safe(deep + "x");
  std::string lists;
  for (int at = 0; at < 300; ++at)
    lists += std::string(static_cast<std::size_t>(at) * 2, ' ') + "- x\n";
  check_safe(lists);
  check_safe(std::string(100000, '['));
  check_safe(std::string(100000, '*'));
}

TEST_CASE("every example of CommonMark is safe, and the sanitizing feeds are") {
  test::with_vectors(
      "commonmark/spec-0.31.2.even.json", [](const std::string& text, test::VectorCount& count) {
        const json::value spec = json::parse(text);
        for (const json::value& example : spec.get_array()) {
          const std::string fault = fault_in(html(std::string_view(example.at("markdown").as_string())));
          count.add(fault.empty(), std::to_string(example.at("example").as_int64()) + " " + fault);
        }
      });
  const auto data = test::data_dir();
  if (!data) return test::skip("no feeds without COMITY_DATA");
  std::size_t seen = 0;
  for (const auto& file : std::filesystem::directory_iterator(*data / "feeds" / "feedparser-sanitize")) {
    check_safe(test::read_file(file.path()));
    ++seen;
  }
  CHECK(seen >= 24);
}

}  // namespace comity::web
