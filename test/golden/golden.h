// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <vector>

#include "proto/bytes.h"

namespace google::protobuf {
class Descriptor;
}

namespace comity::test {

/// One message with a fixed content and the bytes it must have for ever.
struct Golden {
  std::string name;  ///< "EntryHeader", or "Wire.hello" for one member of a oneof
  const google::protobuf::Descriptor* type = nullptr;
  proto::Bytes bytes;
};

/// The golden messages of the schema as it is now: one for every message type, with every field filled, and
/// one for every member of a oneof.
[[nodiscard]] std::vector<Golden> golden_messages();

/// The text of a golden file: hexadecimal in lines of 48 bytes.
[[nodiscard]] std::string golden_text(proto::ByteView bytes);

/// The bytes of a golden file. Throws std::runtime_error when it is none.
[[nodiscard]] proto::Bytes golden_bytes(const std::string& text);

}  // namespace comity::test
