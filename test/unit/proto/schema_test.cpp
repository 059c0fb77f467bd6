// SPDX-License-Identifier: EUPL-1.2
// The rules that the schema itself must keep, checked on its descriptors and on its text.
#include <filesystem>
#include <functional>
#include <set>
#include <sstream>
#include <string_view>

#include <doctest/doctest.h>
#include <google/protobuf/descriptor.h>

#include "comity/v1/content.pb.h"
#include "comity/v1/entry.pb.h"
#include "comity/v1/options.pb.h"
#include "comity/v1/session.pb.h"

#include "proto/bounds.h"
#include "proto/walk_plan.h"
#include "test/schema/fill.h"
#include "test/unit/vectors.h"

namespace comity::proto {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

void each_field(const std::function<void(const FieldDescriptor&)>& check) {
  for (const Descriptor* type : test::schema_messages()) {
    for (int i = 0; i < type->field_count(); ++i)
      check(*type->field(i));
  }
}

/// Levels of nesting below and including `type`; stops counting where the schema recurses.
std::size_t depth(const Descriptor& type, std::size_t above = 0) {
  std::size_t deepest = above + 1;
  if (above > bounds::kMessageDepth) return deepest;
  for (int i = 0; i < type.field_count(); ++i) {
    if (const Descriptor* nested = type.field(i)->message_type(); nested != nullptr) {
      deepest = std::max(deepest, depth(*nested, above + 1));
    }
  }
  return deepest;
}

std::vector<std::filesystem::path> schema_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(COMITY_SCHEMA_DIR)) {
    if (file.path().extension() == ".proto") files.push_back(file.path());
  }
  return files;
}

std::string_view trimmed(std::string_view line) {
  const auto first = line.find_first_not_of(' ');
  return first == std::string_view::npos ? std::string_view() : line.substr(first);
}

/// Whether a line of a .proto file declares a type, a field or a choice: the latter two read "name = number".
bool declares(std::string_view line) {
  for (const std::string_view word : {"message ", "enum ", "oneof ", "extend "}) {
    if (line.starts_with(word)) return true;
  }
  const auto equals = line.find(" = ");
  const auto digit = equals + 3;
  return equals != std::string_view::npos && digit < line.size() && line[digit] >= '0' &&
         line[digit] <= '9' && !line.starts_with("//");
}

/// The lines that declare something and have no comment of their own above them.
std::vector<std::string> undocumented(const std::string& text) {
  std::vector<std::string> found;
  std::istringstream lines(text);
  std::string before;
  for (std::string line; std::getline(lines, line); before = line) {
    const std::string_view comment = trimmed(before);
    const bool commented = comment.starts_with("//") && !trimmed(comment.substr(2)).empty();
    if (declares(trimmed(line)) && !commented) found.push_back(line);
  }
  return found;
}

}  // namespace

TEST_CASE("every type of the schema can be walked, within the depth of signed messages") {
  const auto types = test::schema_messages();
  CHECK(types.size() > 40);
  for (const Descriptor* type : types) {
    CAPTURE(type->full_name());
    CHECK_NOTHROW((void)Plan(*type).root());
    CHECK(depth(*type) <= bounds::kMessageDepth);
    CHECK(type->nested_type_count() == 0);
    CHECK(type->name() != "New");
    CHECK(type->name() != "Clear");
    CHECK(type->name() != "Swap");
  }
}

TEST_CASE("the list of message types that tests walk through is whole") {
  // Session.proto imports what travels; the other files are named in test/schema/fill.cpp.
  std::set<std::string> listed;
  for (const Descriptor* type : test::schema_messages())
    listed.insert(std::string(type->file()->name()));
  for (const auto& file : schema_files()) {
    if (file.filename() == "options.proto") continue;
    CHECK_MESSAGE(listed.contains("comity/v1/" + file.filename().string()), file);
  }
}

TEST_CASE("the schema and the bounds of the code say the same") {
  const auto count = [](const FieldDescriptor* field) {
    return field->options().GetExtension(v1::max_count);
  };
  const auto bytes = [](const FieldDescriptor* field) {
    return field->options().GetExtension(v1::max_bytes);
  };
  const auto* entry = v1::Entry::descriptor();
  CHECK(bytes(entry->FindFieldByName("header")) == bounds::kHeaderBytes);
  CHECK(bytes(entry->FindFieldByName("body")) == bounds::kSealedBodyBytes);
  CHECK(count(v1::EntryBatch::descriptor()->FindFieldByName("entry")) == bounds::kBatchEntries);
  CHECK(count(v1::RunEvidence::descriptor()->FindFieldByName("header")) == bounds::kRunEntries);
  CHECK(count(v1::Content::descriptor()->FindFieldByName("parent")) == bounds::kParents);
  for (const auto* type :
       {v1::Post::descriptor(), v1::Reply::descriptor(), v1::Edit::descriptor(), v1::WikiEdit::descriptor()})
    CHECK(bytes(type->FindFieldByName("text")) == bounds::kTextBytes);
  CHECK(bytes(v1::Content::descriptor()->FindFieldByName("data")) < bounds::kSealedBodyBytes);
}

TEST_CASE("every field of version 1 is critical") {
  each_field([](const FieldDescriptor& field) { CHECK_MESSAGE(field.number() < 100, field.full_name()); });
}

TEST_CASE("no field has a type that has two encodings or no order") {
  each_field([](const FieldDescriptor& field) {
    CAPTURE(field.full_name());
    CHECK_FALSE(field.is_map());
    CHECK_FALSE(field.has_optional_keyword());
    CHECK(field.cpp_type() != FieldDescriptor::CPPTYPE_FLOAT);
    CHECK(field.cpp_type() != FieldDescriptor::CPPTYPE_DOUBLE);
    CHECK(field.type() != FieldDescriptor::TYPE_GROUP);
    if (field.message_type() != nullptr) CHECK(field.message_type()->file()->package() == "comity.v1");
  });
}

TEST_CASE("every field says how large it may be") {
  each_field([](const FieldDescriptor& field) {
    CAPTURE(field.full_name());
    const auto& options = field.options();
    CHECK(options.HasExtension(v1::max_count) == field.is_repeated());
    const bool sized = options.HasExtension(v1::max_bytes) || options.HasExtension(v1::exact_bytes);
    const bool text = field.type() == FieldDescriptor::TYPE_STRING;
    const bool bytes = field.type() == FieldDescriptor::TYPE_BYTES;
    if (text || bytes) CHECK(sized);
    if (text) CHECK_FALSE(options.HasExtension(v1::exact_bytes));
    if (!text && !bytes) CHECK_FALSE(sized);
    if (options.HasExtension(v1::exact_bytes)) {
      CHECK_FALSE(options.HasExtension(v1::max_bytes));
      CHECK_FALSE(options.HasExtension(v1::min_bytes));
    }
    if (options.HasExtension(v1::max_bytes)) {
      CHECK(options.GetExtension(v1::min_bytes) <= options.GetExtension(v1::max_bytes));
    }
    // An element without a lower bound would cost far more memory than wire.
    if (field.is_repeated() && (text || bytes)) {
      CHECK(std::max(options.GetExtension(v1::min_bytes), options.GetExtension(v1::exact_bytes)) > 0);
    }
    if (options.HasExtension(v1::open)) CHECK(field.type() == FieldDescriptor::TYPE_ENUM);
    if (options.GetExtension(v1::required)) {
      CHECK_FALSE(field.is_repeated());
      CHECK(field.containing_oneof() == nullptr);
    }
  });
}

TEST_CASE("choices start with one that says nothing, and carry the name of their type") {
  std::set<const google::protobuf::EnumDescriptor*> types;
  each_field([&](const FieldDescriptor& field) {
    if (field.enum_type() != nullptr) types.insert(field.enum_type());
  });
  CHECK(types.size() > 10);
  for (const auto* type : types) {
    std::string prefix;
    for (const char c : type->name()) {
      if (c >= 'A' && c <= 'Z' && !prefix.empty()) prefix += '_';
      prefix += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    CHECK(type->value(0)->number() == 0);
    for (int i = 0; i < type->value_count(); ++i)
      CHECK_MESSAGE(type->value(i)->name().starts_with(prefix + "_"), type->value(i)->full_name());
  }
}

TEST_CASE("what is held back cannot be taken by accident") {
  const auto* alg = v1::Alg_descriptor();
  for (const int number : {3, 4})
    CHECK(alg->FindValueByNumber(number) == nullptr);
  CHECK(alg->reserved_name_count() == 2);
  CHECK(v1::Wire::descriptor()->IsReservedNumber(30));
  CHECK(v1::EntryHeader::descriptor()->IsReservedName("blob"));
}

TEST_CASE("every message, field and choice is documented") {
  const auto files = schema_files();
  CHECK(files.size() >= 7);
  for (const auto& file : files) {
    for (const std::string& line : undocumented(test::read_file(file)))
      FAIL_CHECK(file.filename() << ": no comment above: " << line);
  }
}

TEST_CASE("the search for undocumented lines finds one of each kind") {
  CHECK(undocumented("message A {\n").size() == 1);
  CHECK(undocumented("// Why.\nmessage A {\n  bytes x = 1;\n  repeated Key y = 2 [(max_count) = 1];\n}\n")
            .size() == 2);
  CHECK(undocumented("// Why.\nenum E {\n  E_NONE = 0;\n  // Yes.\n  E_ONE = 1;\n}\n").size() == 1);
  CHECK(undocumented("  //\n  bytes x = 1;\n").size() == 1);
  CHECK(undocumented("// Why.\nmessage A {\n  // What.\n  uint32 x = 1;\n}\n").empty());
}

}  // namespace comity::proto
