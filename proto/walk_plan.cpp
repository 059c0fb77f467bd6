// SPDX-License-Identifier: EUPL-1.2
#include "proto/walk_plan.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>

#include <google/protobuf/descriptor.h>

#include "comity/v1/options.pb.h"

namespace comity::proto {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

constexpr std::uint32_t kVarint = 0;
constexpr std::uint32_t kEightBytes = 1;
constexpr std::uint32_t kDelimited = 2;
constexpr std::uint32_t kFourBytes = 5;

struct Shape {
  FieldKind kind;
  std::uint32_t wire_type;
};

[[noreturn]] void refuse(const FieldDescriptor& field, const char* why) {
  throw std::logic_error("schema: " + field.full_name() + ": " + why);
}

Shape shape_of(const FieldDescriptor& field) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_UINT32:
      return {FieldKind::kUint32, kVarint};
    case FieldDescriptor::TYPE_UINT64:
      return {FieldKind::kUint64, kVarint};
    case FieldDescriptor::TYPE_BOOL:
      return {FieldKind::kBool, kVarint};
    case FieldDescriptor::TYPE_ENUM:
      return {FieldKind::kEnum, kVarint};
    case FieldDescriptor::TYPE_FIXED32:
      return {FieldKind::kFixed32, kFourBytes};
    case FieldDescriptor::TYPE_FIXED64:
      return {FieldKind::kFixed64, kEightBytes};
    case FieldDescriptor::TYPE_STRING:
      return {FieldKind::kText, kDelimited};
    case FieldDescriptor::TYPE_BYTES:
      return {FieldKind::kBytes, kDelimited};
    case FieldDescriptor::TYPE_MESSAGE:
      return {FieldKind::kMessage, kDelimited};
    default:
      refuse(field, "a type that signed messages may not hold");
  }
}

std::uint64_t closed_values(const FieldDescriptor& field) {
  const EnumDescriptor& type = *field.enum_type();
  std::uint64_t values = 0;
  for (int i = 0; i < type.value_count(); ++i) {
    const int number = type.value(i)->number();
    if (number < 0 || number > 63) refuse(field, "a closed enum with a value outside 0..63");
    values |= std::uint64_t{1} << static_cast<unsigned>(number);
  }
  return values;
}

void set_sizes(FieldPlan& plan, const FieldDescriptor& field) {
  const auto& options = field.options();
  plan.min_bytes = options.GetExtension(v1::min_bytes);
  plan.max_bytes = options.HasExtension(v1::max_bytes) ? options.GetExtension(v1::max_bytes)
                                                       : std::numeric_limits<std::uint32_t>::max();
  if (const std::uint32_t exact = options.GetExtension(v1::exact_bytes); exact != 0) {
    plan.min_bytes = exact;
    plan.max_bytes = exact;
  }
}

FieldPlan compile(const FieldDescriptor& field) {
  if (field.is_map()) refuse(field, "a map has no order");
  if (field.has_optional_keyword())
    refuse(field, "`optional` gives an absent and a default value different bytes");
  const Shape shape = shape_of(field);
  FieldPlan plan;
  plan.kind = shape.kind;
  plan.descriptor = &field;
  plan.required = field.options().GetExtension(v1::required);
  if (field.is_repeated()) {
    plan.packed = field.is_packed();
    plan.repeated = !plan.packed;
    if (field.is_packable() && !plan.packed) refuse(field, "repeated numbers must be packed");
    plan.max_count = field.options().GetExtension(v1::max_count);
    if (plan.max_count == 0) refuse(field, "a repeated field needs max_count");
  }
  plan.tag =
      (static_cast<std::uint32_t>(field.number()) << 3U) | (plan.packed ? kDelimited : shape.wire_type);
  if (const auto* oneof = field.containing_oneof(); oneof != nullptr) {
    if (oneof->index() > 31) refuse(field, "more than 32 oneofs in a message");
    plan.oneof = static_cast<std::uint8_t>(oneof->index());
  }
  if (plan.kind == FieldKind::kEnum && !field.options().GetExtension(v1::open)) {
    plan.enum_values = closed_values(field);
  }
  set_sizes(plan, field);
  return plan;
}

}  // namespace

Plan::Plan(const Descriptor& root) {
  // Breadth first: a type is compiled once, however often it is nested, and a recursive type ends here too.
  std::vector<const Descriptor*> types{&root};
  for (std::size_t at = 0; at < types.size(); ++at) {
    const Descriptor& type = *types[at];
    MessagePlan message{static_cast<std::uint32_t>(fields_.size()),
                        static_cast<std::uint32_t>(type.field_count()), &type};
    for (int i = 0; i < type.field_count(); ++i) {
      FieldPlan field = compile(*type.field(i));
      if (field.kind == FieldKind::kMessage) {
        const Descriptor* nested = type.field(i)->message_type();
        const auto known = std::find(types.begin(), types.end(), nested);
        field.message = static_cast<std::uint16_t>(known - types.begin());
        if (known == types.end()) types.push_back(nested);
      }
      fields_.push_back(field);
    }
    std::sort(fields_.begin() + message.first, fields_.end(),
              [](const FieldPlan& a, const FieldPlan& b) { return a.tag < b.tag; });
    messages_.push_back(message);
  }
}

}  // namespace comity::proto
