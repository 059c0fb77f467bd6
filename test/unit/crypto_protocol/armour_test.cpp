// SPDX-License-Identifier: EUPL-1.2
#include "crypto/armour.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "crypto/armour_line.h"
#include "crypto/base32.h"
#include "proto/bounds.h"
#include "test/unit/seeded.h"

namespace comity::crypto {
namespace {

using proto::Bytes;
using proto::Code;

constexpr std::string_view kLabel = "INVITATION";

Bytes some_bytes(std::size_t size, std::uint64_t seed = 1) {
  test::SeededRandom random(seed);
  Bytes bytes(size);
  random.fill(bytes);
  return bytes;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines)
    text += line + '\n';
  return text;
}

// "" when it opens, else the detail of kArmourDamaged.
std::string damage(const std::string& text) {
  const auto opened = dearmour(kLabel, text);
  if (opened.ok()) return "";
  CHECK(opened.error().code == Code::kArmourDamaged);
  return opened.error().detail;
}

Code code_of(std::string_view text) {
  const auto opened = dearmour(kLabel, text);
  return opened.ok() ? Code::kUnknown : opened.error().code;
}

char other_letter(char c) {
  return c == 'a' ? 'b' : 'a';
}

}  // namespace

TEST_CASE("base32 agrees with RFC 4648 and has one text for each byte string") {
  // Section 10, in lower case and without padding.
  constexpr std::pair<std::string_view, std::string_view> kExamples[] = {
      {"", ""},
      {"f", "my"},
      {"fo", "mzxq"},
      {"foo", "mzxw6"},
      {"foob", "mzxw6yq"},
      {"fooba", "mzxw6ytb"},
      {"foobar", "mzxw6ytboi"},
  };
  for (const auto& [plain, text] : kExamples) {
    CHECK(base32_encode(proto::as_bytes(plain)) == text);
    CHECK(base32_decode(text).value() == proto::to_bytes(plain));
  }
  for (std::size_t size = 0; size < 50; ++size)
    CHECK(base32_decode(base32_encode(some_bytes(size))).value() == some_bytes(size));
  for (const char* bad : {"m", "mzx", "mzxw6y", "mz", "MY", "m1", "m8", "my=", "mzxr"})
    CHECK_FALSE(base32_decode(bad).has_value());
}

TEST_CASE("armour of every size opens, in lines of at most 70 characters") {
  for (const std::size_t size : {1U, 2U, 39U, 40U, 41U, 79U, 80U, 81U, 350U, 4000U}) {
    CAPTURE(size);
    const std::string text = armour(kLabel, some_bytes(size));
    CHECK(dearmour(kLabel, text).value() == some_bytes(size));
    for (const std::string& line : split(text))
      REQUIRE(line.size() <= 70);
  }
  CHECK_THROWS_AS((void)armour(kLabel, {}), std::invalid_argument);
  CHECK_THROWS_AS((void)armour(kLabel, Bytes(proto::bounds::kArmourTextBytes)), std::invalid_argument);
}

TEST_CASE("what mail programs do to a text is tolerated") {
  const Bytes bytes = some_bytes(333);
  const std::string text = armour(kLabel, bytes);
  const auto opens = [&](const std::string& changed) { return dearmour(kLabel, changed).value() == bytes; };
  CHECK(opens(replaced(text, "\n", "\r\n")));
  CHECK(opens(replaced(text, "\n", " \t \n")));
  CHECK(opens(replaced(text, "\n", "\n\n")));
  CHECK(opens("Dear colleague,\nplease accept -----BEGIN COMITY INVITATION----- as below.\n\n" + text +
              "\nRegards\n"));
  CHECK(opens(">> > " + replaced(text, "\n", "\n> > \t")));
  CHECK(opens(replaced(text, "-----", "--")));
  CHECK(opens(replaced(text, "-----", "- -----")));
  CHECK(opens(replaced(text, "-----", "")));
  CHECK(opens("\xef\xbb\xbf" + text));
  CHECK(opens(text.substr(0, text.size() - 1)));
  CHECK(opens(armour("ANSWER", bytes) + text));
}

TEST_CASE("texts without, with half or with two blocks are refused") {
  const std::string text = armour(kLabel, some_bytes(100));
  CHECK(code_of("") == Code::kArmourAbsent);
  CHECK(code_of("hello\n") == Code::kArmourAbsent);
  CHECK(code_of(armour("ANSWER", some_bytes(100))) == Code::kArmourAbsent);
  CHECK(code_of(text + text) == Code::kArmourTwice);
  CHECK(code_of("> " + replaced(text, "\n", "\n> ") + "\n" + text) == Code::kArmourTwice);
  CHECK(code_of(std::string(proto::bounds::kArmourTextBytes + 1, '\n')) == Code::kArmourTooLong);
  CHECK(damage("-----BEGIN COMITY INVITATION-----\n-----END COMITY INVITATION-----\n") == "it holds nothing");
  CHECK(damage(replaced(text, "-----END COMITY INVITATION-----\n", "")) ==
        "the end line is missing, after line 4");
  CHECK(damage("-----BEGIN COMITY INVITATION-----\n" + text) == "the end line is missing, after line 1");
}

TEST_CASE("a damaged character is named by line and place, wherever it is") {
  const std::string text = armour(kLabel, some_bytes(333));
  const std::vector<std::string> lines = split(text);
  REQUIRE(lines.size() == 11);
  for (std::size_t line = 1; line + 1 < lines.size(); ++line) {
    for (std::size_t at = 0; at < lines[line].size(); ++at) {
      for (const char wrong : {other_letter(lines[line][at]), '0', 'A', '\xc3'}) {
        std::vector<std::string> changed = lines;
        changed[line][at] = wrong;
        REQUIRE(damage(joined(changed)) == fmt::format("line {}, character {}", line + 1, at + 1));
      }
    }
  }
  // Counted as an editor counts, quoting and the words before included.
  std::vector<std::string> quoted = lines;
  quoted[3][16] = other_letter(quoted[3][16]);
  CHECK(damage(joined(quoted)) == "line 4, character 17");
  for (std::string& line : quoted)
    line.insert(0, "> ");
  CHECK(damage("Dear colleague\n" + joined(quoted)) == "line 5, character 19");
}

TEST_CASE("missing, added and exchanged characters are named too") {
  const std::vector<std::string> lines = split(armour(kLabel, some_bytes(333)));
  for (std::size_t line = 1; line + 1 < lines.size(); ++line) {
    for (std::size_t at = 1; at + 1 < lines[line].size(); at += 5) {
      CAPTURE(line);
      CAPTURE(at);
      std::vector<std::string> changed = lines;
      changed[line].insert(at, 1, '9');
      REQUIRE(damage(joined(changed)) ==
              fmt::format("line {}, character {} is one too many", line + 1, at + 1));
      // In a row of equal letters any of them may be the missing one.
      if (lines[line][at] == lines[line][at - 1]) continue;
      changed = lines;
      changed[line].erase(at, 1);
      REQUIRE(damage(joined(changed)) ==
              fmt::format("line {}, a character is missing before character {}", line + 1, at + 1));
      if (lines[line][at] == lines[line][at + 1]) continue;
      changed = lines;
      std::swap(changed[line][at], changed[line][at + 1]);
      REQUIRE(damage(joined(changed)) ==
              fmt::format("line {}, characters {} and {} are exchanged", line + 1, at + 1, at + 2));
    }
  }
}

TEST_CASE("more damage in one line names the line, or its first character that cannot be") {
  std::vector<std::string> lines = split(armour(kLabel, some_bytes(333)));
  std::vector<std::string> changed = lines;
  changed[4][10] = other_letter(changed[4][10]);
  changed[4][40] = other_letter(changed[4][40]);
  CHECK(damage(joined(changed)) == "line 5");
  changed[4][20] = '!';
  CHECK(damage(joined(changed)) == "line 5, character 21");
  changed = lines;
  changed[4] = std::string(5000, 'a');
  CHECK(damage(joined(changed)) == "line 5");
}

TEST_CASE("lost, moved, doubled and foreign lines are noticed") {
  const std::vector<std::string> lines = split(armour(kLabel, some_bytes(333)));
  std::vector<std::string> changed = lines;
  changed.erase(changed.begin() + 3);
  CHECK(damage(joined(changed)) == "lines are missing or out of order before line 4");
  changed = lines;
  changed.erase(changed.end() - 2);
  CHECK(damage(joined(changed)) == "lines are missing after line 9");
  changed = lines;
  std::swap(changed[2], changed[5]);
  CHECK(damage(joined(changed)) == "lines are missing or out of order before line 3");
  changed = lines;
  changed.insert(changed.begin() + 2, changed[2]);
  CHECK(damage(joined(changed)) == "lines are missing or out of order before line 4");
  changed = lines;
  changed.insert(changed.end() - 1, "more");
  CHECK(damage(joined(changed)) == "the lines after line 10 do not belong there");
  changed = lines;
  changed[3] = split(armour("ANSWER", some_bytes(333)))[3];
  CHECK(damage(joined(changed)) == "line 4");
}

TEST_CASE("each truncation and each single bit flip of the text is refused or changes nothing") {
  const Bytes bytes = some_bytes(90);
  const std::string text = armour(kLabel, bytes);
  for (std::size_t size = 0; size + 1 < text.size(); ++size) {
    // The dashes at the end may get lost; nothing else.
    const bool dashes = text.find_first_not_of("-\n", size) == std::string::npos;
    REQUIRE(dearmour(kLabel, text.substr(0, size)).ok() == dashes);
  }
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string changed = text;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    const auto opened = dearmour(kLabel, changed);
    if (opened.ok()) REQUIRE(opened.value() == bytes);
  }
}

}  // namespace comity::crypto
