// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <google/protobuf/message.h>

namespace comity::test {

/// Every message type of the schema, ascending by name.
[[nodiscard]] std::vector<const google::protobuf::Descriptor*> schema_messages();

/// An empty message of a type of the schema.
[[nodiscard]] std::unique_ptr<google::protobuf::Message> new_message(
    const google::protobuf::Descriptor& type);

/// Which fields a filled message has.
enum class Presence { kEverything, kSomething, kRequired };

/// How to fill a message within the bounds of its schema.
struct Filling {
  std::uint64_t seed = 0;
  Presence presence = Presence::kEverything;
  std::optional<std::size_t> bytes{};    ///< length of strings and bytes, as near as the bounds allow
  std::optional<std::uint32_t> count{};  ///< elements of repeated fields, as near as the bounds allow
  std::optional<int> member{};           ///< which oneof member of the outermost message, by its field number
};

/// Fills `message` so that the strict walker accepts its encoding. Each value depends on the seed and the
/// names of the fields above it only: a field added to the schema leaves all others as they were.
void fill(google::protobuf::Message& message, const Filling& filling);

}  // namespace comity::test
