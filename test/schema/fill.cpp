// SPDX-License-Identifier: EUPL-1.2
#include "test/schema/fill.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <string_view>

#include <google/protobuf/descriptor.h>

#include "comity/v1/audit.pb.h"
#include "comity/v1/content.pb.h"
#include "comity/v1/entry.pb.h"
#include "comity/v1/identity.pb.h"
#include "comity/v1/options.pb.h"
#include "comity/v1/peering.pb.h"
#include "comity/v1/session.pb.h"

#include "test/splitmix.h"

namespace comity::test {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::size_t kUsualBytes = 24;
constexpr std::uint32_t kUsualCount = 2;
constexpr auto kCharacters = std::to_array<std::string_view>({"a", "Z", "7", " ", "\n", "é", "€", "𐍈"});

std::size_t length_of(const FieldDescriptor& field, const Filling& filling, SplitMix& random) {
  const auto& options = field.options();
  if (const std::size_t exact = options.GetExtension(v1::exact_bytes); exact != 0) return exact;
  const std::size_t least =
      std::max<std::size_t>(options.GetExtension(v1::min_bytes), field.is_repeated() ? 0 : 1);
  const std::size_t most = options.HasExtension(v1::max_bytes) ? options.GetExtension(v1::max_bytes)
                                                               : std::numeric_limits<std::size_t>::max();
  const std::size_t wished = filling.bytes ? *filling.bytes : 1 + random.below(kUsualBytes);
  return std::clamp(wished, least, most);
}

std::string bytes_value(std::size_t length, SplitMix& random) {
  std::string value(length, '\0');
  for (char& c : value)
    c = static_cast<char>(random.below(256));
  return value;
}

std::string text_value(std::size_t length, SplitMix& random) {
  std::string value;
  while (value.size() < length) {
    const std::string_view next = kCharacters[random.below(kCharacters.size())];
    value += value.size() + next.size() <= length ? next : "x";
  }
  return value;
}

int enum_value(const FieldDescriptor& field, Presence presence, SplitMix& random) {
  const auto& type = *field.enum_type();
  // A draw would change with every new choice, and with it the golden messages.
  if (presence == Presence::kEverything) return type.value(1)->number();
  const bool open = field.options().GetExtension(v1::open);
  if (open && random.one_in(4)) return 1000 + static_cast<int>(random.below(1000));
  return type.value(1 + static_cast<int>(random.below(static_cast<std::uint64_t>(type.value_count()) - 1)))
      ->number();
}

class Filler {
 public:
  explicit Filler(const Filling& filling) : filling_(filling) {}

  void message(Message& message, std::uint64_t seed, bool outermost) {
    const Descriptor& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      SplitMix random(seed ^ seed_of(field.full_name()));
      if (!wanted(type, field, seed, outermost, random)) continue;
      const std::uint32_t count = field.is_repeated() ? count_of(field, random) : 1;
      for (std::uint32_t n = 0; n < count; ++n)
        one(message, field, random);
    }
  }

 private:
  [[nodiscard]] bool wanted(const Descriptor& type, const FieldDescriptor& field, std::uint64_t seed,
                            bool outermost, SplitMix& random) const {
    if (const auto* oneof = field.containing_oneof(); oneof != nullptr) {
      if (outermost && filling_.member) return field.number() == *filling_.member;
      if (filling_.presence == Presence::kEverything) return oneof->field(0) == &field;
      SplitMix choice(seed ^ seed_of(oneof->full_name()));
      return type.oneof_decl(oneof->index())
                 ->field(static_cast<int>(choice.below(static_cast<std::uint64_t>(oneof->field_count())))) ==
             &field;
    }
    if (field.options().GetExtension(v1::required)) return true;
    switch (filling_.presence) {
      case Presence::kEverything:
        return true;
      case Presence::kSomething:
        return random.one_in(2);
      case Presence::kRequired:
        return field.is_repeated();
    }
    return true;
  }

  [[nodiscard]] std::uint32_t count_of(const FieldDescriptor& field, SplitMix& random) const {
    const std::uint32_t most = field.options().GetExtension(v1::max_count);
    if (filling_.count) return std::min(*filling_.count, most);
    if (filling_.presence == Presence::kEverything) return std::min(kUsualCount, most);
    return static_cast<std::uint32_t>(random.below(std::uint64_t{std::min(2 * kUsualCount, most)} + 1));
  }

  void one(Message& message, const FieldDescriptor& field, SplitMix& random) {
    const Reflection& access = *message.GetReflection();
    const bool many = field.is_repeated();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_UINT32: {
        const auto value = static_cast<std::uint32_t>(number(random, 32));
        many ? access.AddUInt32(&message, &field, value) : access.SetUInt32(&message, &field, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_UINT64: {
        const std::uint64_t value = number(random, 64);
        many ? access.AddUInt64(&message, &field, value) : access.SetUInt64(&message, &field, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_BOOL:
        many ? access.AddBool(&message, &field, true) : access.SetBool(&message, &field, true);
        break;
      case FieldDescriptor::CPPTYPE_ENUM: {
        const int value = enum_value(field, filling_.presence, random);
        many ? access.AddEnumValue(&message, &field, value) : access.SetEnumValue(&message, &field, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        const std::size_t length = length_of(field, filling_, random);
        std::string value = field.type() == FieldDescriptor::TYPE_STRING ? text_value(length, random)
                                                                         : bytes_value(length, random);
        many ? access.AddString(&message, &field, std::move(value))
             : access.SetString(&message, &field, std::move(value));
        break;
      }
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        Message* nested =
            many ? access.AddMessage(&message, &field) : access.MutableMessage(&message, &field);
        const std::uint64_t seed = random.next();
        this->message(*nested, seed, false);
        if (nested->ByteSizeLong() < field.options().GetExtension(v1::min_bytes)) {
          Filler(Filling{}).message(*nested, seed, false);
        }
        break;
      }
      default:
        break;
    }
  }

  /// Any size of number, never 0, which a singular field cannot hold.
  static std::uint64_t number(SplitMix& random, unsigned bits) {
    const std::uint64_t value = random.next() >> (64 - 1 - random.below(bits));
    return std::max<std::uint64_t>(value, 1);
  }

  const Filling filling_;
};

}  // namespace

std::vector<const Descriptor*> schema_messages() {
  std::vector<const Descriptor*> types;
  for (const auto* file : {v1::KeyDoc::descriptor()->file(), v1::EntryHeader::descriptor()->file(),
                           v1::Content::descriptor()->file(), v1::Invite::descriptor()->file(),
                           v1::Wire::descriptor()->file(), v1::LocalAudit::descriptor()->file()}) {
    for (int i = 0; i < file->message_type_count(); ++i)
      types.push_back(file->message_type(i));
  }
  std::sort(types.begin(), types.end(), [](auto* a, auto* b) { return a->full_name() < b->full_name(); });
  return types;
}

std::unique_ptr<Message> new_message(const Descriptor& type) {
  const Message* prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type);
  return std::unique_ptr<Message>(prototype->New());
}

void fill(Message& message, const Filling& filling) {
  Filler(filling).message(message, filling.seed, true);
}

}  // namespace comity::test
