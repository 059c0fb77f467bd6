// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>

#include "proto/bytes.h"
#include "test/unit/vectors.h"

namespace comity::test::worked {

/// One file of worked values, "name value" a line: hexadecimal, or text after a quotation mark. It is
/// compared with test/golden/worked1 and never changes (test/golden/README.md).
class Sheet {
 public:
  explicit Sheet(std::string name) : name_(std::move(name)) {}
  Sheet(const Sheet&) = delete;
  Sheet& operator=(const Sheet&) = delete;
  Sheet(Sheet&&) = default;
  Sheet& operator=(Sheet&&) = default;
  ~Sheet() = default;

  /// Notes the value and gives it back.
  proto::Bytes note(const std::string& name, proto::ByteView value) {
    text_ += name + (value.empty() ? "" : " ") + proto::to_hex(value) + "\n";
    return proto::to_bytes(value);
  }
  void note_text(const std::string& name, std::string_view value) {
    text_ += name + " \"" + std::string(value) + "\n";
  }

  void compare() const {
    namespace fs = std::filesystem;
    const fs::path file = fs::path(COMITY_WORKED_GOLDEN) / (name_ + ".txt");
    if (std::getenv("COMITY_WRITE_GOLDEN") != nullptr && !fs::exists(file)) {
      fs::create_directories(file.parent_path());
      std::ofstream(file) << text_;
    }
    REQUIRE_MESSAGE(fs::exists(file), file);
    CHECK_MESSAGE(read_file(file) == text_, name_);
  }

 private:
  std::string name_;
  std::string text_;
};

}  // namespace comity::test::worked
