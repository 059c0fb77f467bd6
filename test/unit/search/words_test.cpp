// SPDX-License-Identifier: EUPL-1.2
#include "node/community/search/words.h"

#include <doctest/doctest.h>

#include "node/community/search/query.h"
#include "node/community/search/snippet.h"
#include "proto/utf8.h"

namespace comity::community::search {
namespace {

using Texts = std::vector<std::string>;

Words words_in(std::vector<std::string> languages) {
  return Words::make(languages).value();
}

Texts terms(std::string_view text, std::vector<std::string> languages = {}) {
  Words words = words_in(std::move(languages));
  Texts out;
  words.each(text, [&](const Term& term) {
    CHECK(term.begin < term.end);
    CHECK(term.end <= text.size());
    out.push_back(term.stem ? "~" + std::string(term.text.substr(1)) : std::string(term.text));
  });
  return out;
}

std::vector<std::string> found(const std::string& query, std::string_view text,
                               std::vector<std::string> languages = {"english"}) {
  Words words = words_in(std::move(languages));
  const Query parsed = parse_query(query, words).value();
  std::vector<std::string> out;
  for (const Hit& hit : hits(parsed, text, words, 100, 1 << 20))
    out.emplace_back(text.substr(hit.begin, hit.end - hit.begin));
  return out;
}

}  // namespace

TEST_CASE("words are runs of letters and digits, without case and accents") {
  CHECK(terms("") == Texts{});
  CHECK(terms("... -- !?") == Texts{});
  CHECK(terms("Budget 2027, draft_3 (final)") == Texts{"budget", "2027", "draft", "3", "final"});
  CHECK(terms("M\xc3\xbcller \xc3\x89T\xc3\x89 stra\xc3\x9f"
              "e") == Texts{"muller", "ete", "strasse"});
  // Composed and apart, they are one word.
  CHECK(terms("e\xcc\x81t\xc3\xa9") == Texts{"ete"});
  // Joiners, soft hyphens and marks of direction stand in a word for nothing.
  CHECK(terms("co\xc2\xadop\xe2\x80\x8b"
              "er\xe2\x80\xae"
              "ate") == Texts{"cooperate"});
  CHECK(terms("the agency's l'avis don\xe2\x80\x99t") == Texts{"the", "agency", "avis", "don"});
  CHECK(terms("\xd0\x91\xd1\x8e\xd0\xb4\xd0\xb6\xd0\xb5\xd1\x82") ==
        Texts{"\xd0\xb1\xd1\x8e\xd0\xb4\xd0\xb6\xd0\xb5\xd1\x82"});
  // Greek with and without its accents; Hebrew with and without its points.
  CHECK(terms("\xce\x91\xce\xb8\xce\xae\xce\xbd\xce\xb1") ==
        terms("\xce\xb1\xce\xb8\xce\xb7\xce\xbd\xce\xb1"));
  CHECK(terms("\xd7\xa9\xd6\xb8\xd7\x81\xd7\x9c\xd7\x95\xd6\xb9\xd7\x9d") ==
        terms("\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d"));
  // The vowel signs of Hindi are letters: two words that differ by one stay two.
  CHECK(terms("\xe0\xa4\x95\xe0\xa4\xbf") != terms("\xe0\xa4\x95\xe0\xa5\x80"));
}

TEST_CASE("scripts without spaces are cut into pairs") {
  // Tokyo-to: three characters, two pairs, and the last one alone.
  CHECK(terms("\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd") ==
        Texts{"\xe6\x9d\xb1\xe4\xba\xac", "\xe4\xba\xac\xe9\x83\xbd", "\xe9\x83\xbd"});
  CHECK(terms("a\xe6\x9d\xb1"
              "b") == Texts{"a", "\xe6\x9d\xb1", "b"});
  const std::string text = "\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd\xe3\x81\xaf\xe5\xba\x83\xe3\x81\x84";
  CHECK(found("\xe4\xba\xac\xe9\x83\xbd", text) == Texts{"\xe4\xba\xac\xe9\x83\xbd"});
  CHECK(found("\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd", text) == Texts{"\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd"});
  CHECK(found("\xe4\xba\xac", text).size() == 1);
  CHECK(found("\xe9\x83\xbd\xe4\xba\xac", text).empty());
  // Korean with a particle behind the word.
  CHECK(found("\xed\x95\x9c\xea\xb5\xad", "\xed\x95\x9c\xea\xb5\xad\xec\x9d\x98 \xeb\xb2\x95").size() == 1);
}

TEST_CASE("a stem stands beside its word in every language that was chosen") {
  CHECK(terms("agreements", {"english"}) == Texts{"agreements", "~agreement"});
  CHECK(terms("agreement", {"english"}) == Texts{"agreement"});
  CHECK(terms("avtalene", {"english", "norwegian"}) == Texts{"avtalene", "~avtalen", "~avtal"});
  CHECK(found("agreement", "two agreements") == Texts{"agreements"});
  CHECK(found("agreements", "one agreement") == Texts{"agreement"});
  CHECK(found("agreeing", "one agreement").size() <= 1);
  CHECK(found("avtale", "avtaler", {"norwegian"}) == Texts{"avtaler"});
  CHECK(found("agreement", "two agreements", {}) == Texts{});
  CHECK(Words::make(std::vector<std::string>{"klingon"}).error().code == Code::kConfigValue);
  CHECK(Words::make(std::vector<std::string>(5, "english")).error().code == Code::kConfigValue);
}

TEST_CASE("long words are cut between characters, in text and query alike") {
  const std::string word = std::string(63, 'a') + "\xc3\xb8\xc3\xb8\xc3\xb8";
  REQUIRE(terms(word).size() == 1);
  CHECK(terms(word)[0] == std::string(63, 'a'));
  CHECK(terms(std::string(100'000, 'x')) == Texts{std::string(64, 'x')});
  CHECK(found(std::string(900, 'x'), "- " + std::string(100'000, 'x')).size() == 1);
  // Bytes that are no UTF-8 separate words.
  CHECK(terms("one\xff"
              "two\xc3") == Texts{"one", "two"});
}

TEST_CASE("a query is words, phrases, prefixes and what is not to be there") {
  Words words = words_in({"english"});
  const auto parsed =
      parse_query("  budgets \"Annual Report\" adm* -draft -\"not this\" e-mail ", words).value();
  REQUIRE(parsed.clauses.size() == 6);
  CHECK(parsed.clauses[0] == Clause{.terms = {"budgets"},
                                    .stems = {"\x02"
                                              "budget"}});
  CHECK(parsed.clauses[1] == Clause{.terms = {"annual", "report"}});
  CHECK(parsed.clauses[2] == Clause{.terms = {"adm"}, .prefix = true});
  CHECK(parsed.clauses[3].excluded);
  CHECK(parsed.clauses[4] == Clause{.terms = {"not", "this"}, .excluded = true});
  CHECK(parsed.clauses[5] == Clause{.terms = {"e", "mail"}});
  CHECK_FALSE(parsed.only_excludes());
  CHECK(parse_query("", words)->empty());
  CHECK(parse_query("   ", words)->empty());
  CHECK(parse_query("-draft", words)->only_excludes());
  // A phrase nobody closed goes on to the end; typographic marks are marks.
  CHECK(parse_query("\"annual report", words)->clauses[0].terms == Texts{"annual", "report"});
  CHECK(parse_query("\xe2\x80\x9c"
                    "annual report\xe2\x80\x9d more",
                    words)
            ->clauses.size() == 2);
  CHECK(parse_query("\xc2\xab"
                    "annual report\xc2\xbb",
                    words)
            ->clauses[0]
            .terms == Texts{"annual", "report"});
}

TEST_CASE("a query that cannot be understood is refused, and none reaches FTS5 as syntax") {
  Words words = words_in({"english"});
  const auto refused = [&](std::string_view text) {
    const auto parsed = parse_query(text, words);
    return !parsed.ok() && parsed.error().code == Code::kQueryRule;
  };
  CHECK(refused(std::string(64 * 1024, 'a')));
  CHECK(refused(std::string_view("a\0b", 3)));
  CHECK(refused("a\nb"));
  CHECK(
      refused("a\xe2\x80\xae"
              "b"));
  CHECK(refused("\xff\xfe"));
  CHECK(refused("\"\""));
  CHECK(refused("*** --- \" ' ( ) :"));
  CHECK(refused("-"));
  std::string many;
  for (int i = 0; i < 33; ++i)
    many += "w" + std::to_string(i) + " ";
  CHECK(refused(many));
  for (const std::string text :
       {"a AND OR NOT b", "NEAR(a b, 2)", "title : a", "{title} : a", "a + b ^ c", "a\" OR \"b", "facets:s1",
        "'; DROP TABLE docs; --", "a* b*c", "(((", "\"a\"\"b\""}) {
    CAPTURE(text);
    const auto parsed = parse_query(text, words);
    if (!parsed.ok()) continue;
    const std::string match = match_text(*parsed, {});
    // Outside quotation marks stand our own words only.
    std::string outside;
    bool inside = false;
    for (const char c : match) {
      if (c == '"') inside = !inside;
      if (!inside && c != '"') outside += c;
    }
    CHECK_FALSE(inside);
    CHECK(outside.find_first_not_of("{title text tags} :()ANDORNOT*") == std::string::npos);
  }
}

TEST_CASE("a snippet is cut around the words, on one line and between characters") {
  Words words = words_in({"english"});
  const auto cut = [&](const std::string& query, const std::string& text) {
    return cut_snippet(parse_query(query, words).value(), text, words);
  };
  CHECK(cut("word", "a word").text == "a word");
  CHECK(cut("word", "a word").marks == std::vector<Snippet::Mark>{{2, 6}});
  CHECK(cut("b", "a\n\n  b\tc").text == "a b c");
  std::string text;
  for (int i = 0; i < 500; ++i)
    text += "f\xc3\xb8r nr" + std::to_string(i) + " ";
  const std::string far = text + "the needle stands here " + text;
  const Snippet found = cut("needles", far);
  CHECK(found.text.size() < 260);
  REQUIRE(found.marks.size() == 1);
  CHECK(found.text.substr(found.marks[0].begin, found.marks[0].end - found.marks[0].begin) == "needle");
  CHECK(found.text.starts_with("\xe2\x80\xa6"));
  CHECK(proto::is_utf8(proto::as_bytes(found.text)));
  // The place with most of the words wins.
  const Snippet both = cut("alpha beta", "alpha " + text + " alpha beta " + text);
  CHECK(both.marks.size() == 2);
  CHECK(cut("nothing", far).marks.empty());
  CHECK(proto::is_utf8(proto::as_bytes(cut("nothing", std::string(1000, 'x')).text)));
  CHECK(cut("\"stands here\"", far).marks.size() == 1);
}

}  // namespace comity::community::search
