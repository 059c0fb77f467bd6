// SPDX-License-Identifier: EUPL-1.2
#include <stdexcept>

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include "test/unit/storage/test_tables.h"

namespace comity::storage::test {
namespace {

TableInfo changed(void (*change)(TableInfo&)) {
  TableInfo info = kNotes.info();
  change(info);
  return info;
}

TEST_CASE("tables are found by key and by name") {
  const Tables tables = test_tables();
  CHECK(tables.find(note(1, 1))->name == "notes");
  CHECK(tables.find(kSecrets.key(NoteId()))->placement == Placement::kKeys);
  CHECK(tables.find(Bytes{std::byte{0x99}}) == nullptr);
  CHECK(tables.find({}) == nullptr);
  CHECK(tables.find_name("bodies")->prefix == 0x11);
  CHECK(tables.find_name("nobody") == nullptr);
  CHECK(tables.find_name("meta") != nullptr);
  CHECK(tables.find_name("changes") != nullptr);
}

TEST_CASE("declarations that contradict each other end the program early") {
  const auto declare = [](TableInfo info) { return Tables({kNotes.info(), info}); };
  CHECK_NOTHROW(declare(changed([](TableInfo& info) {
    info.prefix = 0x30;
    info.name = "others";
  })));
  CHECK_THROWS_AS(declare(changed([](TableInfo& info) { info.name = "others"; })), std::logic_error);
  CHECK_THROWS_AS(declare(changed([](TableInfo& info) { info.prefix = 0x30; })), std::logic_error);
  for (const int prefix : {0x00, 0x01, 0x0f, 0xff}) {
    TableInfo info = changed([](TableInfo& other) { other.name = "others"; });
    info.prefix = static_cast<std::uint8_t>(prefix);
    CHECK_THROWS_AS(declare(info), std::logic_error);
  }
  for (const std::string_view name : {"", "Upper", "two words", "dash-ed"}) {
    TableInfo info = changed([](TableInfo& other) { other.prefix = 0x30; });
    info.name = name;
    CHECK_THROWS_AS(declare(info), std::logic_error);
  }
  CHECK_THROWS_AS(declare(changed([](TableInfo& info) {
                    info.prefix = 0x30;
                    info.name = "others";
                    info.why = "";
                  })),
                  std::logic_error);
}

TEST_CASE("the schema prints for people") {
  const std::string text = schema_text(test_tables(), 3);
  CHECK(text.starts_with("schema 3\n\nmeta (since schema 1)\n"));
  CHECK(text.find(
            "notes (since schema 1)\n  Rows of the tests, streamed.\n  key        10, box: u32 big-endian, "
            "number: u64 big-endian\n  value      any bytes\n  retention  record\n  placement  rows\n  "
            "streamed   its keys are in the change stream\n") != std::string::npos);
  CHECK(text.find("newest (since schema 1)\n  An index of the tests.\n  key        13, word: text, 00 as 00 "
                  "ff, ended "
                  "by 00 01, time: u64 big-endian complement\n") != std::string::npos);
  CHECK(text.find("old (schema 1 to 1, dropped)\n") != std::string::npos);
  CHECK(text.find("note: 8 bytes") != std::string::npos);
}

TEST_CASE("the schema prints for programs") {
  const auto document = boost::json::parse(schema_json(test_tables(), 3)).as_object();
  CHECK(document.at("schema").as_int64() == 3);
  const auto& tables = document.at("tables").as_array();
  CHECK(tables.size() == 7);
  const auto& notes = tables.at(2).as_object();
  CHECK(notes.at("name").as_string() == "notes");
  CHECK(notes.at("prefix").as_int64() == 0x10);
  CHECK(notes.at("streamed").as_bool());
  CHECK(notes.at("placement").as_string() == "rows");
  CHECK(notes.at("retention").as_string() == "record");
  CHECK(notes.at("key").as_array().at(1).as_object().at("name").as_string() == "number");
  CHECK_FALSE(notes.contains("dropped"));
  CHECK(tables.at(6).as_object().at("dropped").as_int64() == 2);
}

TEST_CASE("the schema prints as a page") {
  const std::string page = schema_markdown(test_tables(), 3);
  CHECK(page.starts_with("# Tables of the store\n"));
  CHECK(
      page.find(
          "\n## secrets\n\nPer-body keys of the tests.\n\n| | |\n|---|---|\n| key | 12, note: 8 bytes |\n") !=
      std::string::npos);
}

}  // namespace
}  // namespace comity::storage::test
