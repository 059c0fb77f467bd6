// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace google::protobuf {
class Descriptor;
class FieldDescriptor;
}  // namespace google::protobuf

namespace comity::proto {

/// How the value of a field stands on the wire.
enum class FieldKind : std::uint8_t {
  kUint32,
  kUint64,
  kBool,
  kEnum,
  kFixed32,
  kFixed64,
  kText,
  kBytes,
  kMessage
};

/// What the walker must know about one field, in the order in which it needs it.
struct FieldPlan {
  static constexpr std::uint8_t kNoOneof = 0xff;

  std::uint32_t tag = 0;  ///< number and wire type as they stand on the wire
  FieldKind kind = FieldKind::kBytes;
  bool repeated = false;          ///< several elements, each with its tag
  bool packed = false;            ///< several elements in one length-delimited value
  bool required = false;          ///< option `required`
  std::uint8_t oneof = kNoOneof;  ///< which oneof of its message the field belongs to
  std::uint16_t message = 0;      ///< with kMessage: index of its plan
  std::uint32_t max_count = 1;    ///< most elements
  std::uint32_t min_bytes = 0;    ///< fewest bytes of one element
  std::uint32_t max_bytes = 0;    ///< most bytes of one element
  std::uint64_t enum_values = 0;  ///< with kEnum: bit n stands for value n; 0 for an open enum
  const google::protobuf::FieldDescriptor* descriptor = nullptr;  ///< for the text of errors

  [[nodiscard]] std::uint32_t number() const noexcept { return tag >> 3U; }
};

/// The fields of one message type, by ascending number.
struct MessagePlan {
  std::uint32_t first = 0;                                   ///< index of the first field
  std::uint32_t count = 0;                                   ///< number of fields
  const google::protobuf::Descriptor* descriptor = nullptr;  ///< for the text of errors
};

/// A message type and all types nested in it, made ready for the walker. Immutable, hence any thread. The
/// descriptors must outlive it, which generated ones do.
class Plan {
 public:
  /// Compiles `root`. Throws std::logic_error when the schema uses what signed messages may not hold: signed
  /// integers, floats, maps, groups, `optional`, unpacked numbers, a repeated field without max_count, or a
  /// closed enum with a value outside 0..63.
  explicit Plan(const google::protobuf::Descriptor& root);

  /// The plan of the outermost message.
  [[nodiscard]] const MessagePlan& root() const noexcept { return messages_.front(); }
  [[nodiscard]] const MessagePlan& message(std::uint16_t index) const noexcept { return messages_[index]; }
  [[nodiscard]] std::span<const FieldPlan> fields(const MessagePlan& message) const noexcept {
    return {fields_.data() + message.first, message.count};
  }

 private:
  std::vector<MessagePlan> messages_;
  std::vector<FieldPlan> fields_;
};

/// The plan of a generated message type, compiled at its first use. Any thread.
template <class M>
[[nodiscard]] const Plan& plan_of() {
  static const Plan plan(*M::descriptor());
  return plan;
}

}  // namespace comity::proto
