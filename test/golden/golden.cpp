// SPDX-License-Identifier: EUPL-1.2
#include "test/golden/golden.h"

#include <algorithm>
#include <stdexcept>

#include <google/protobuf/descriptor.h>

#include "test/schema/fill.h"

namespace comity::test {
namespace {

constexpr std::size_t kBytesPerLine = 48;

Golden filled(const google::protobuf::Descriptor& type, const std::string& name, std::optional<int> member) {
  const auto message = new_message(type);
  fill(*message, {.seed = 0, .presence = Presence::kEverything, .member = member});
  return {name, &type, proto::to_bytes(message->SerializeAsString())};
}

}  // namespace

std::vector<Golden> golden_messages() {
  std::vector<Golden> all;
  for (const auto* type : schema_messages()) {
    for (int i = 0; i < type->oneof_decl_count(); ++i) {
      for (int n = 0; n < type->oneof_decl(i)->field_count(); ++n) {
        const auto& member = *type->oneof_decl(i)->field(n);
        all.push_back(filled(*type, type->name() + "." + member.name(), member.number()));
      }
    }
    if (type->oneof_decl_count() == 0) all.push_back(filled(*type, type->name(), std::nullopt));
  }
  return all;
}

std::string golden_text(proto::ByteView bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += kBytesPerLine)
    text += proto::to_hex(bytes.subspan(at, std::min(kBytesPerLine, bytes.size() - at))) + '\n';
  return text;
}

proto::Bytes golden_bytes(const std::string& text) {
  std::string digits = text;
  std::erase(digits, '\n');
  auto bytes = proto::from_hex(digits);
  if (!bytes.ok()) throw std::runtime_error("not a golden file: " + to_string(bytes.error()));
  return *std::move(bytes);
}

}  // namespace comity::test
