// SPDX-License-Identifier: EUPL-1.2
#include "proto/walker.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include "proto/bounds.h"
#include "proto/utf8.h"

namespace comity::proto {
namespace {

constexpr std::uint32_t kFirstIgnorable = 100;
constexpr std::size_t kIgnoredAtLeast = 16;
constexpr std::size_t kBytesPerIgnored = 64;
constexpr std::uint32_t kMaxFieldNumber = (1U << 29U) - 1;
constexpr std::uint64_t kMaxEnumValue = 0x7fffffff;

/// One walk. The position, the error and the path live here, so that the levels pass a bool only.
class Walk {
 public:
  Walk(const Plan& plan, ByteView bytes)
      : plan_(plan),
        begin_(bytes.data()),
        at_(begin_),
        ignored_left_(kIgnoredAtLeast + bytes.size() / kBytesPerIgnored) {}

  Status run(ByteView bytes) {
    if (level(plan_.root(), bytes.data() + bytes.size())) return {};
    return Error{code_, detail()};
  }

 private:
  struct Step {
    const FieldPlan* field = nullptr;  ///< the field being walked; none while its tag is unknown
    std::uint32_t number = 0;          ///< the number of the last tag
  };

  bool fail(Code code) noexcept {
    code_ = code;
    return false;
  }

  /// A varint below `end`; the common single byte stays inline.
  bool varint(const std::byte* end, std::uint64_t& value) noexcept {
    if (at_ != end && *at_ < std::byte{0x80}) {
      value = std::to_integer<std::uint64_t>(*at_++);
      return true;
    }
    return long_varint(end, value);
  }

  bool long_varint(const std::byte* end, std::uint64_t& value) noexcept {
    value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (at_ == end) return fail(Code::kTruncated);
      const auto byte = std::to_integer<std::uint64_t>(*at_++);
      if (shift == 63 && byte > 1) return fail(Code::kVarintTooLong);
      value |= (byte & 0x7fU) << shift;
      if (byte < 0x80) return byte != 0 || shift == 0 || fail(Code::kVarintNotMinimal);
    }
    return fail(Code::kVarintTooLong);
  }

  /// The end of a length-delimited value that starts here.
  bool delimited(const std::byte* end, const std::byte*& value_end) noexcept {
    std::uint64_t size = 0;
    if (!varint(end, size)) return false;
    if (size > static_cast<std::uint64_t>(end - at_)) return fail(Code::kTruncated);
    value_end = at_ + size;
    return true;
  }

  bool skip(const std::byte* end, std::size_t size) noexcept {
    if (static_cast<std::size_t>(end - at_) < size) return fail(Code::kTruncated);
    at_ += size;
    return true;
  }

  bool level(const MessagePlan& message, const std::byte* end) {
    if (depth_ == bounds::kMessageDepth) return fail(Code::kTooDeep);
    Step& step = path_[depth_++];
    step = {};
    const auto fields = plan_.fields(message);
    const FieldPlan* next = fields.data();
    const FieldPlan* const last = next + fields.size();
    const FieldPlan* current = nullptr;  // the field of the tag before, unless it was unknown
    std::uint32_t current_count = 0;
    std::uint32_t oneofs = 0;

    while (at_ != end) {
      std::uint64_t tag = 0;
      if (!varint(end, tag)) return false;
      const std::uint64_t number = tag >> 3U;
      if (number == 0 || number > kMaxFieldNumber) return fail(Code::kBadTag);

      if (current != nullptr && tag == current->tag && current->repeated) {
        if (++current_count > current->max_count) return fail(Code::kTooManyElements);
      } else {
        if (number == step.number) return fail(Code::kFieldTwice);
        if (number < step.number) return fail(Code::kFieldOrder);
        step.number = static_cast<std::uint32_t>(number);
        for (; next != last && next->number() < number; ++next) {
          if (next->required) return missing(step, *next);
        }
        if (next == last || next->number() != number) {
          current = nullptr;
          step.field = nullptr;
          if (!unknown(end, number, static_cast<unsigned>(tag & 7U))) return false;
          continue;
        }
        current = next++;
        current_count = 1;
        step.field = current;
        if (tag != current->tag) return fail(Code::kWrongWireType);
        if (current->oneof != FieldPlan::kNoOneof) {
          const std::uint32_t bit = 1U << current->oneof;
          if ((oneofs & bit) != 0) return fail(Code::kOneofTwice);
          oneofs |= bit;
        }
      }
      if (!value(*current, end)) return false;
    }
    for (; next != last; ++next) {
      if (next->required) return missing(step, *next);
    }
    --depth_;
    return true;
  }

  bool missing(Step& step, const FieldPlan& field) noexcept {
    step.field = &field;
    return fail(Code::kMissingField);
  }

  bool unknown(const std::byte* end, std::uint64_t number, unsigned wire_type) noexcept {
    if (number < kFirstIgnorable) return fail(Code::kUnknownCriticalField);
    if (ignored_left_ == 0) return fail(Code::kTooManyIgnored);
    --ignored_left_;
    std::uint64_t ignored = 0;
    const std::byte* value_end = nullptr;
    switch (wire_type) {
      case 0:
        return varint(end, ignored);
      case 1:
        return skip(end, 8);
      case 2:
        if (!delimited(end, value_end)) return false;
        at_ = value_end;
        return true;
      case 5:
        return skip(end, 4);
      default:
        return fail(Code::kWrongWireType);
    }
  }

  bool value(const FieldPlan& field, const std::byte* end) {
    if (field.packed) return packed(field, end);
    switch (field.kind) {
      case FieldKind::kText:
      case FieldKind::kBytes:
      case FieldKind::kMessage:
        return sized(field, end);
      default:
        break;
    }
    bool is_default = false;
    if (!number_value(field, end, is_default)) return false;
    return !is_default || !absent_when_default(field) || fail(Code::kExplicitDefault);
  }

  /// Whether the absence of the field says the same as its default.
  static bool absent_when_default(const FieldPlan& field) noexcept {
    return !field.repeated && field.oneof == FieldPlan::kNoOneof && field.kind != FieldKind::kMessage;
  }

  bool sized(const FieldPlan& field, const std::byte* end) {
    const std::byte* value_end = nullptr;
    if (!delimited(end, value_end)) return false;
    const auto size = static_cast<std::size_t>(value_end - at_);
    if (size < field.min_bytes || size > field.max_bytes) return wrong_size(field, size);
    if (field.kind == FieldKind::kMessage) return level(plan_.message(field.message), value_end);
    if (size == 0 && absent_when_default(field)) return fail(Code::kExplicitDefault);
    if (field.kind == FieldKind::kText && !is_utf8({at_, size})) return fail(Code::kBadUtf8);
    at_ = value_end;
    return true;
  }

  bool wrong_size(const FieldPlan& field, std::size_t size) noexcept {
    if (size == 0 && absent_when_default(field)) return fail(Code::kExplicitDefault);
    if (field.min_bytes == field.max_bytes) return fail(Code::kWrongSize);
    return fail(size < field.min_bytes ? Code::kFieldTooShort : Code::kFieldTooLong);
  }

  bool packed(const FieldPlan& field, const std::byte* end) noexcept {
    const std::byte* value_end = nullptr;
    if (!delimited(end, value_end)) return false;
    if (at_ == value_end) return fail(Code::kPackedEmpty);
    bool is_default = false;
    for (std::uint32_t count = 0; at_ != value_end; ++count) {
      if (count == field.max_count) return fail(Code::kTooManyElements);
      if (!number_value(field, value_end, is_default)) return false;
    }
    return true;
  }

  bool number_value(const FieldPlan& field, const std::byte* end, bool& is_default) noexcept {
    if (field.kind == FieldKind::kFixed64) return fixed(end, 8, is_default);
    if (field.kind == FieldKind::kFixed32) return fixed(end, 4, is_default);
    std::uint64_t number = 0;
    if (!varint(end, number)) return false;
    is_default = number == 0;
    switch (field.kind) {
      case FieldKind::kUint32:
        return number <= 0xffffffffU || fail(Code::kValueOutOfRange);
      case FieldKind::kBool:
        return number <= 1 || fail(Code::kValueOutOfRange);
      case FieldKind::kEnum:
        if (number > kMaxEnumValue) return fail(Code::kValueOutOfRange);
        if (field.enum_values == 0) return true;
        return (number < 64 && ((field.enum_values >> number) & 1U) != 0) || fail(Code::kUnknownEnumValue);
      default:
        return true;
    }
  }

  bool fixed(const std::byte* end, std::size_t size, bool& is_default) noexcept {
    std::uint64_t bits = 0;
    if (static_cast<std::size_t>(end - at_) < size) return fail(Code::kTruncated);
    std::memcpy(&bits, at_, size);
    at_ += size;
    is_default = bits == 0;
    return true;
  }

  /// "Wire.batch.entry.header at byte 17": the outermost type, then the fields down to the one refused.
  [[nodiscard]] std::string detail() const {
    std::string text(plan_.root().descriptor->name());
    for (std::size_t i = 0; i < depth_; ++i) {
      if (path_[i].field != nullptr) {
        text += '.';
        text += path_[i].field->descriptor->name();
      } else if (path_[i].number != 0) {
        text += fmt::format(".{}", path_[i].number);
      }
    }
    return fmt::format("{} at byte {}", text, at_ - begin_);
  }

  const Plan& plan_;
  const std::byte* begin_;
  const std::byte* at_;
  std::size_t ignored_left_;
  std::size_t depth_ = 0;
  std::array<Step, bounds::kMessageDepth> path_{};
  Code code_ = Code::kUnknown;
};

}  // namespace

Status walk(const Plan& plan, ByteView bytes) {
  return Walk(plan, bytes).run(bytes);
}

}  // namespace comity::proto
