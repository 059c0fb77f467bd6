// SPDX-License-Identifier: EUPL-1.2
// What an operator reads when a settings file is broken, word for word.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "node/config/settings.h"

namespace comity::config {
namespace {

struct Broken {
  std::string name;
  std::string text;
  std::vector<std::string> errors;
};

const std::string kGood = R"([agency]
name = "Health"
short_name = "health"
[node]
listen = "127.0.0.1:7443"
)";

// Messages stand on one line each, to be found by what an operator pastes.
// clang-format off
const std::vector<Broken>& broken_files() {
  static const std::vector<Broken> kFiles{
    {"an empty file",
     std::string(),
     {R"(CMY-1605: a setting that has no default is missing (comity.toml: agency.name; for example name = "Ministry of Health" under [agency]). Add it.)",
      R"(CMY-1605: a setting that has no default is missing (comity.toml: agency.short_name; for example short_name = "health" under [agency]). Add it.)",
      R"(CMY-1605: a setting that has no default is missing (comity.toml: node.listen; for example listen = "0.0.0.0:7443" under [node]). Add it.)"}},
    {"a setting without default is missing",
     R"([agency]
name = "Health"
[node]
listen = "a:1"
)",
     {R"(CMY-1605: a setting that has no default is missing (comity.toml:1:1: agency.short_name; for example short_name = "health" under [agency]). Add it.)"}},
    {"an unknown key",
     kGood + R"(colour = "red"
)",
     {"CMY-1601: there is no such setting (comity.toml:6:1: node.colour). Correct the name, or delete the line."}},
    {"a slip in a key",
     R"([agency]
name = "Health"
short_nmae = "health"
[node]
listen = "a:1"
)",
     {"CMY-1601: there is no such setting (comity.toml:3:1: agency.short_nmae; did you mean agency.short_name?). Correct the name, or delete the line."}},
    {"a key in the wrong section",
     kGood + R"(memory_limit = "1GiB"
)",
     {"CMY-1601: there is no such setting (comity.toml:6:1: node.memory_limit; did you mean store.memory_limit?). Correct the name, or delete the line."}},
    {"a key before any section",
     R"(listen = "a:1"
[agency]
name = "Health"
short_name = "health"
)",
     {"CMY-1601: there is no such setting (comity.toml:1:1: listen; did you mean node.listen?). Correct the name, or delete the line."}},
    {"an unknown section",
     kGood + R"([metrics]
listen = "a:1"
)",
     {"CMY-1601: there is no such setting (comity.toml:6:1: [metrics]). Correct the name, or delete the line."}},
    {"a slip in a section",
     R"([agnecy]
name = "Health"
short_name = "health"
[node]
listen = "a:1"
)",
     {"CMY-1601: there is no such setting (comity.toml:1:1: [agnecy]; did you mean [agency]?). Correct the name, or delete the line."}},
    {"a section used as a value",
     R"(log = "debug"
[agency]
name = "Health"
short_name = "health"
[node]
listen = "127.0.0.1:7443"
)",
     {"CMY-1602: a setting has a value of the wrong type (comity.toml:1:7: log is not a value but a section, written [log]). Write it in the form that is shown."}},
    {"a list of sections",
     kGood + R"([[log]]
level = "info"
)",
     {"CMY-1602: a setting has a value of the wrong type (comity.toml:6:1: log is not a value but a section, written [log]). Write it in the form that is shown."}},
    {"a value used as a section",
     kGood + R"([log.level]
to = "info"
)",
     {R"(CMY-1602: a setting has a value of the wrong type (comity.toml:6:1: log.level is a section; it takes one of "error", "warning", "info", "debug"). Write it in the form that is shown.)"}},
    {"a number for text",
     R"([agency]
name = 12
short_name = "health"
[node]
listen = "a:1"
)",
     {R"(CMY-1602: a setting has a value of the wrong type (comity.toml:2:8: agency.name is 12; it takes one line of text, 1 to 200 characters, no blank at either end, as in "Ministry of Health"). Write it in the form that is shown.)"}},
    {"a number for a size",
     kGood + R"([store]
ballast = 1024
)",
     {R"(CMY-1602: a setting has a value of the wrong type (comity.toml:7:11: store.ballast is 1024; it takes a size from 0B to 1TiB, as in "256MiB"). Write it in the form that is shown.)"}},
    {"a flag for a choice",
     kGood + R"([log]
level = true
)",
     {R"(CMY-1602: a setting has a value of the wrong type (comity.toml:7:9: log.level is true; it takes one of "error", "warning", "info", "debug"). Write it in the form that is shown.)"}},
    {"a list for an endpoint",
     R"([agency]
name = "Health"
short_name = "health"
[node]
listen = ["a:1", "b:1"]
)",
     {R"(CMY-1602: a setting has a value of the wrong type (comity.toml:5:10: node.listen is a list; it takes a host and a port from 1 to 65535, as in "0.0.0.0:7443"). Write it in the form that is shown.)"}},
    {"a date for a choice",
     kGood + R"([log]
format = 2026-11-23
)",
     {R"(CMY-1602: a setting has a value of the wrong type (comity.toml:7:10: log.format is a date or time; it takes one of "text", "json"). Write it in the form that is shown.)"}},
    {"a fraction for a size",
     kGood + R"([store]
memory_limit = 1.5
)",
     {R"(CMY-1602: a setting has a value of the wrong type (comity.toml:7:16: store.memory_limit is a number with a fraction; it takes a size from 16MiB to 1TiB, as in "256MiB"). Write it in the form that is shown.)"}},
    {"a size below its least",
     kGood + R"([store]
memory_limit = "1MiB"
)",
     {R"(CMY-1603: a setting has a value that is not allowed (comity.toml:7:16: store.memory_limit is "1MiB"; it takes a size from 16MiB to 1TiB, as in "256MiB"). Choose a value that is allowed.)"}},
    {"a size above its most",
     kGood + R"([store]
ballast = "2TiB"
)",
     {R"(CMY-1603: a setting has a value that is not allowed (comity.toml:7:11: store.ballast is "2TiB"; it takes a size from 0B to 1TiB, as in "256MiB"). Choose a value that is allowed.)"}},
    {"a decimal unit",
     kGood + R"([store]
memory_limit = "512MB"
)",
     {R"(CMY-1603: a setting has a value that is not allowed (comity.toml:7:16: store.memory_limit is "512MB"; it takes a size from 16MiB to 1TiB, as in "256MiB"). Choose a value that is allowed.)"}},
    {"a negative size",
     kGood + R"([store]
ballast = "-1GiB"
)",
     {R"(CMY-1603: a setting has a value that is not allowed (comity.toml:7:11: store.ballast is "-1GiB"; it takes a size from 0B to 1TiB, as in "256MiB"). Choose a value that is allowed.)"}},
    {"a slip in a choice",
     kGood + R"([log]
level = "inof"
)",
     {R"(CMY-1603: a setting has a value that is not allowed (comity.toml:7:9: log.level is "inof"; it takes one of "error", "warning", "info", "debug"; did you mean "info"?). Choose a value that is allowed.)"}},
    {"a choice in capitals",
     kGood + R"([log]
format = "JSON"
)",
     {R"(CMY-1603: a setting has a value that is not allowed (comity.toml:7:10: log.format is "JSON"; it takes one of "text", "json"; did you mean "json"?). Choose a value that is allowed.)"}},
    {"an endpoint without port",
     kGood + R"(advertise = "health.example"
)",
     {R"(CMY-1603: a setting has a value that is not allowed (comity.toml:6:13: node.advertise is "health.example"; it takes a host and a port from 1 to 65535, as in "comity.health.example:7443", or "" for a node that partners cannot dial; it dials them). Choose a value that is allowed.)"}},
    {"a port that is no port",
     kGood + R"(web = "127.0.0.1:80800"
)",
     {R"(CMY-1603: a setting has a value that is not allowed (comity.toml:6:7: node.web is "127.0.0.1:80800"; it takes a host and a port from 1 to 65535, as in "127.0.0.1:8080"). Choose a value that is allowed.)"}},
    {"an address that is none",
     kGood + R"(web = "127.0.0.256:8080"
)",
     {R"(CMY-1603: a setting has a value that is not allowed (comity.toml:6:7: node.web is "127.0.0.256:8080"; it takes a host and a port from 1 to 65535, as in "127.0.0.1:8080"). Choose a value that is allowed.)"}},
    {"an IPv6 address without brackets",
     kGood + R"(web = "::1:8080"
)",
     {R"(CMY-1603: a setting has a value that is not allowed (comity.toml:6:7: node.web is "::1:8080"; it takes a host and a port from 1 to 65535, as in "127.0.0.1:8080"). Choose a value that is allowed.)"}},
    {"an endpoint that may not be empty",
     kGood + R"(web = ""
)",
     {R"(CMY-1603: a setting has a value that is not allowed (comity.toml:6:7: node.web is ""; it takes a host and a port from 1 to 65535, as in "127.0.0.1:8080"). Choose a value that is allowed.)"}},
    {"capitals in the short name",
     R"([agency]
name = "Health"
short_name = "Health"
[node]
listen = "a:1"
)",
     {R"(CMY-1603: a setting has a value that is not allowed (comity.toml:3:14: agency.short_name is "Health"; it takes a short name of 2 to 31 characters: a lower-case letter, then lower-case letters, digits or hyphens, as in "health"). Choose a value that is allowed.)"}},
    {"an empty name",
     R"([agency]
name = ""
short_name = "health"
[node]
listen = "a:1"
)",
     {R"(CMY-1603: a setting has a value that is not allowed (comity.toml:2:8: agency.name is ""; it takes one line of text, 1 to 200 characters, no blank at either end, as in "Ministry of Health"). Choose a value that is allowed.)"}},
    {"a name of two lines",
     R"([agency]
name = "Health\nFinance"
short_name = "health"
[node]
listen = "a:1"
)",
     {R"(CMY-1603: a setting has a value that is not allowed (comity.toml:2:8: agency.name is "Health\u000aFinance"; it takes one line of text, 1 to 200 characters, no blank at either end, as in "Ministry of Health"). Choose a value that is allowed.)"}},
    {"a name that turns the writing direction",
     R"([agency]
name = "\u202eHealth"
short_name = "health"
[node]
listen = "a:1"
)",
     {R"(CMY-1603: a setting has a value that is not allowed (comity.toml:2:8: agency.name is "\u202eHealth"; it takes one line of text, 1 to 200 characters, no blank at either end, as in "Ministry of Health"). Choose a value that is allowed.)"}},
    {"a secret in place of its file",
     kGood + R"([keys]
passphrase_file = "correct horse"
)",
     {R"(CMY-1603: a setting has a value that is not allowed (comity.toml:7:19: keys.passphrase_file is ***; it takes the absolute path of a file that holds the secret, as in "/etc/comity/passphrase", or "" for key files without a passphrase). Choose a value that is allowed.)"}},
    {"a secret as a number",
     kGood + R"([keys]
passphrase_file = 1234567890
)",
     {R"(CMY-1602: a setting has a value of the wrong type (comity.toml:7:19: keys.passphrase_file is ***; it takes the absolute path of a file that holds the secret, as in "/etc/comity/passphrase", or "" for key files without a passphrase). Write it in the form that is shown.)"}},
    {"a secret under a name of its own",
     kGood + R"([keys]
passphrase = "correct horse"
)",
     {"CMY-1601: there is no such setting (comity.toml:7:1: keys.passphrase; did you mean keys.passphrase_file?). Correct the name, or delete the line."}},
    {"a secret without quotes",
     kGood + R"([keys]
passphrase_file = correct
)",
     {"CMY-1600: the settings file is not valid TOML (comity.toml:7:19: parsing value: could not determine value type). Correct the line; text, sizes and addresses stand in double quotes."}},
    {"a secret of too many digits",
     kGood + R"([keys]
passphrase_file = 12345678901234567890
)",
     {"CMY-1600: the settings file is not valid TOML (comity.toml:7:39: parsing decimal integer: '…' is not representable in 64 bits). Correct the line; text, sizes and addresses stand in double quotes."}},
    {"a key given twice",
     kGood + R"(listen = "a:2"
)",
     {"CMY-1604: a setting or section is given twice (comity.toml:6:1: listen). Delete one of the two."}},
    {"a section given twice",
     kGood + R"([agency]
name = "Finance"
)",
     {"CMY-1604: a setting or section is given twice (comity.toml:6:1: agency). Delete one of the two."}},
    {"a value without quotes",
     kGood + R"(web = 127.0.0.1:8080
)",
     {"CMY-1600: the settings file is not valid TOML (comity.toml:6:9: parsing time: expected ':'). Correct the line; text, sizes and addresses stand in double quotes."}},
    {"a missing value",
     kGood + R"(web =
)",
     {"CMY-1600: the settings file is not valid TOML (comity.toml:6:6: parsing key-value pair: expected value). Correct the line; text, sizes and addresses stand in double quotes."}},
    {"a missing equals sign",
     kGood + R"(web "a:1"
)",
     {"CMY-1600: the settings file is not valid TOML (comity.toml:6:5: parsing key-value pair: expected '='). Correct the line; text, sizes and addresses stand in double quotes."}},
    {"a quote that is not closed",
     kGood + R"(web = "a:1
)",
     {"CMY-1600: the settings file is not valid TOML (comity.toml:6:11: parsing string: unescaped control characters other than TAB (U+0009) are explicitly prohibited). Correct the line; text, sizes and addresses stand in double quotes."}},
    {"a text over lines that is not closed",
     kGood + R"(web = """a:1
)",
     {"CMY-1600: the settings file is not valid TOML (comity.toml:6:14: parsing string: encountered end-of-file). Correct the line; text, sizes and addresses stand in double quotes."}},
    {"a list that is not closed",
     kGood + R"(web = ["a:1",
[log]
level = "info"
)",
     {"CMY-1600: the settings file is not valid TOML (comity.toml:7:2: parsing value: could not determine value type). Correct the line; text, sizes and addresses stand in double quotes."}},
    {"a header that is not closed",
     kGood + R"([log
level = "info"
)",
     {"CMY-1600: the settings file is not valid TOML (comity.toml:6:5: parsing table header: expected ']'). Correct the line; text, sizes and addresses stand in double quotes."}},
    {"an unknown escape",
     kGood + R"(web = "a\d:1"
)",
     {R"(CMY-1600: the settings file is not valid TOML (comity.toml:6:10: parsing string: unknown escape sequence '\d'). Correct the line; text, sizes and addresses stand in double quotes.)"}},
    {"two settings on a line",
     kGood + R"([log] level = "info"
)",
     {"CMY-1600: the settings file is not valid TOML (comity.toml:6:7: parsing table header: expected a comment or whitespace). Correct the line; text, sizes and addresses stand in double quotes."}},
    {"a NUL",
     kGood + std::string("web = \"a\000:1\"\n", 13),
     {"CMY-1600: the settings file is not valid TOML (comity.toml:6:9: parsing string: unescaped control characters other than TAB (U+0009) are explicitly prohibited). Correct the line; text, sizes and addresses stand in double quotes."}},
    {"a byte order mark",
     "\357\273\277[agency]\nname = \"Health\"\nshort_name = \"health\"\n[node]\nlisten = \"127.0.0.1:7443\"\n",
     {"CMY-1607: the settings file is not plain UTF-8 (comity.toml:1:1: it begins with a byte order mark). Save it as UTF-8 without a byte order mark."}},
    {"UTF-16",
     std::string("\377\376[\000a\000", 6),
     {"CMY-1607: the settings file is not plain UTF-8 (comity.toml: it is UTF-16). Save it as UTF-8 without a byte order mark."}},
    {"Latin-1",
     "[agency]\nname = \"S\344nk\"\nshort_name = \"health\"\n[node]\nlisten = \"a:1\"\n",
     {"CMY-1607: the settings file is not plain UTF-8 (comity.toml:2:10: from here on the line is not UTF-8). Save it as UTF-8 without a byte order mark."}},
    {"Windows line ends do not move columns",
     "[agency]\r\nname = \"Health\"\r\nshort_name = \"health\"\r\n[node]\r\nlisten = \"127.0.0.1:7443\"\r\n[log]\r\n  level = 5\r\n",
     {R"(CMY-1602: a setting has a value of the wrong type (comity.toml:7:11: log.level is 5; it takes one of "error", "warning", "info", "debug"). Write it in the form that is shown.)"}},
    {"several at once",
     R"([agency]
name = 5
short_name = "health"
full_name = "Health"
[node]
listen = "a"
web = 
[log]
level = "all"
level = "info"
)",
     {R"(CMY-1602: a setting has a value of the wrong type (comity.toml:2:8: agency.name is 5; it takes one line of text, 1 to 200 characters, no blank at either end, as in "Ministry of Health"). Write it in the form that is shown.)",
      "CMY-1601: there is no such setting (comity.toml:4:1: agency.full_name). Correct the name, or delete the line.",
      R"(CMY-1603: a setting has a value that is not allowed (comity.toml:6:10: node.listen is "a"; it takes a host and a port from 1 to 65535, as in "0.0.0.0:7443"). Choose a value that is allowed.)",
      "CMY-1600: the settings file is not valid TOML (comity.toml:7:7: parsing key-value pair: expected value). Correct the line; text, sizes and addresses stand in double quotes.",
      R"(CMY-1603: a setting has a value that is not allowed (comity.toml:9:9: log.level is "all"; it takes one of "error", "warning", "info", "debug"). Choose a value that is allowed.)",
      "CMY-1604: a setting or section is given twice (comity.toml:10:1: level). Delete one of the two."}},
  };
  return kFiles;
}
// clang-format on

std::vector<std::string> errors_of(const std::string& text) {
  std::vector<std::string> lines;
  for (const proto::Error& error : parse_settings(text, "comity.toml").errors())
    lines.push_back(to_string(error));
  return lines;
}

}  // namespace

TEST_CASE("the file that the broken ones differ from is good") {
  CHECK(errors_of(kGood).empty());
}

TEST_CASE("each broken file gives exactly its messages") {
  CHECK(broken_files().size() >= 30);
  for (const Broken& broken : broken_files()) {
    CAPTURE(broken.name);
    CHECK(errors_of(broken.text) == broken.errors);
  }
}

TEST_CASE("a file over the bound is refused unread") {
  const std::string filler(64 * 1024 - kGood.size() - 1, '#');
  CHECK(errors_of(kGood + filler + "\n").empty());
  CHECK(errors_of(kGood + filler + "#\n") ==
        std::vector<std::string>{
            "CMY-1606: the settings file is too large (comity.toml: more than 65536 bytes). "
            "Check that it is the settings file; comity init writes one."});
}

TEST_CASE("problems beyond a hundred are counted") {
  std::string text = kGood;
  for (int i = 0; i < 150; ++i)
    text.append("x").append(std::to_string(i)).append(" = 1\n");
  const auto errors = errors_of(text);
  REQUIRE(errors.size() == 101);
  CHECK(errors[99] ==
        "CMY-1601: there is no such setting (comity.toml:105:1: node.x99). Correct the name, or delete the "
        "line.");
  CHECK(errors[100] ==
        "CMY-1609: the settings file has further problems (comity.toml:105:1: 50 more from here on). "
        "Correct those above first.");
}

}  // namespace comity::config
