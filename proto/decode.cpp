// SPDX-License-Identifier: EUPL-1.2
#include "proto/decode.h"

#include <limits>
#include <stdexcept>

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message_lite.h>
#include <google/protobuf/stubs/logging.h>

#include "proto/walker.h"

namespace comity::proto::detail {
namespace {

Result<Bytes> serialise(const Plan& plan, const google::protobuf::MessageLite& message) {
  // Fields go out by number, and a plan admits no map: the same message always gives the same bytes.
  Bytes out(message.ByteSizeLong());
  if (out.size() > std::size_t{std::numeric_limits<int>::max()}) {
    return Error{Code::kMessageTooLong, plan.root().descriptor->name()};
  }
  message.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(out.data()));
  COMITY_CHECK(walk(plan, out));
  return out;
}

}  // namespace

Status parse(const Plan& plan, ByteView bytes, std::size_t max_bytes, google::protobuf::MessageLite& out) {
  if (bytes.size() > max_bytes || bytes.size() > std::size_t{std::numeric_limits<int>::max()}) {
    return Error{Code::kMessageTooLong, fmt::format("{}: {} bytes, at most {}",
                                                    plan.root().descriptor->name(), bytes.size(), max_bytes)};
  }
  COMITY_CHECK(walk(plan, bytes));
  if (!out.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Error{Code::kParserRefused, plan.root().descriptor->name()};
  }
  return {};
}

Result<Bytes> serialise_checked(const Plan& plan, const google::protobuf::MessageLite& message) {
  // libprotobuf complains about bad UTF-8 on standard error; here it is an expected failure with its own
  // code.
  const google::protobuf::LogSilencer silence;
  return serialise(plan, message);
}

Bytes serialise_valid(const Plan& plan, const google::protobuf::MessageLite& message) {
  Result<Bytes> out = serialise(plan, message);
  if (!out.ok()) throw std::logic_error("a message that breaks its schema: " + to_string(out.error()));
  return *std::move(out);
}

}  // namespace comity::proto::detail
