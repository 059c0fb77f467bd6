// SPDX-License-Identifier: EUPL-1.2
#include "test/golden/golden.h"

#include <filesystem>
#include <map>
#include <set>

#include <doctest/doctest.h>
#include <google/protobuf/descriptor.h>

#include "proto/walker.h"
#include "test/schema/fill.h"
#include "test/unit/vectors.h"

namespace comity::test {
namespace {

namespace fs = std::filesystem;

/// The folders v1, v2 … in this order.
std::map<int, fs::path> versions() {
  std::map<int, fs::path> found;
  for (const auto& entry : fs::directory_iterator(COMITY_GOLDEN_DIR)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory() && name.starts_with('v')) found[std::stoi(name.substr(1))] = entry.path();
  }
  return found;
}

const google::protobuf::Descriptor* type_named(const std::string& name) {
  for (const auto* type : schema_messages()) {
    if (type->name() == name) return type;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("today's schema encodes the newest golden messages byte for byte") {
  const auto folders = versions();
  REQUIRE_FALSE(folders.empty());
  const fs::path newest = folders.rbegin()->second;
  std::set<std::string> expected;
  for (const Golden& golden : golden_messages()) {
    const fs::path file = newest / (golden.name + ".hex");
    expected.insert(file.filename().string());
    if (!fs::exists(file)) {
      FAIL_CHECK(file << " is absent; test/golden/README.md says how to write it");
      continue;
    }
    CHECK_MESSAGE(golden_bytes(read_file(file)) == golden.bytes, golden.name);
  }
  for (const auto& entry : fs::directory_iterator(newest))
    CHECK_MESSAGE(expected.contains(entry.path().filename().string()), entry.path());
}

TEST_CASE("golden messages of every version are accepted and come back byte for byte") {
  for (const auto& [number, folder] : versions()) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      CAPTURE(entry.path());
      const std::string stem = entry.path().stem().string();
      const auto* type = type_named(stem.substr(0, stem.find('.')));
      REQUIRE(type != nullptr);
      const proto::Bytes bytes = golden_bytes(read_file(entry.path()));
      const proto::Plan plan(*type);
      const proto::Status status = proto::walk(plan, bytes);
      if (!status.ok()) FAIL(to_string(status.error()));
      const auto message = new_message(*type);
      REQUIRE(message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
      CHECK(proto::to_bytes(message->SerializeAsString()) == bytes);
    }
  }
}

TEST_CASE("a golden message cut at any place is refused or has lost whole fields") {
  for (const Golden& golden : golden_messages()) {
    const proto::Plan plan(*golden.type);
    const proto::ByteView whole = golden.bytes;
    for (std::size_t size = 0; size < whole.size(); ++size) {
      if (!proto::walk(plan, whole.first(size)).ok()) continue;
      const auto message = new_message(*golden.type);
      CHECK(message->ParseFromArray(whole.data(), static_cast<int>(size)));
      CHECK(message->SerializeAsString() == proto::as_text(whole.first(size)));
    }
  }
}

}  // namespace comity::test
