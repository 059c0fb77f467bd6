// SPDX-License-Identifier: EUPL-1.2
#include "node/peer/probe.h"

#include <array>
#include <utility>

#include "node/peer/bye.h"
#include "node/peer/channel.h"
#include "node/peer/connection.h"
#include "node/peer/hello.h"
#include "node/runtime/deadline.h"
#include "proto/decode.h"

namespace comity::peer {
namespace {

using runtime::Stream;
using runtime::Task;

constexpr std::chrono::seconds kHelloTime{5};  // their node has it at hand
constexpr std::chrono::seconds kByeTime{2};
constexpr std::chrono::seconds kAnswerTime{3};
constexpr std::string_view kQuestion = "GET / HTTP/1.0\r\n\r\n";

Result<v1::Hello> hello_in(const Channel::Message& message, const Contact& contact) {
  COMITY_TRY(const auto wire, proto::decode<v1::Wire>(message.bytes, proto::bounds::kMessageBytes));
  if (wire.has_bye()) return error_of(wire.bye());
  if (!wire.has_hello() || message.lane != Lane::kControl)
    return Error{Code::kSessionOrder, "a message before Hello"};
  COMITY_CHECK(check_hello(wire.hello(), contact));
  return wire.hello();
}

Task<Result<v1::Hello>> read_hello(Stream* stream, Channel* channel, Contact contact) {
  for (;;) {
    COMITY_CO_TRY(const auto message, channel->next());
    if (message) co_return hello_in(*message, contact);
    const auto count = co_await stream->read_some(channel->input_room());
    if (!count.ok()) {
      const Code code = count.error().code;
      const bool ended = code == Code::kEndOfStream || code == Code::kConnectionReset;
      co_return ended ? Error{Code::kHandshakeRefused, "before its Hello"} : count.error();
    }
    channel->received(*count);
  }
}

Task<Status> say_bye(Stream* stream, Channel* channel) {
  v1::Wire wire;
  wire.mutable_bye()->set_reason(v1::REASON_CLOSING);
  wire.mutable_bye()->set_text("a check of the connection");
  channel->close_with(proto::encode(wire), false);
  while (!channel->closed_and_sent()) {
    COMITY_CO_TRY(const ByteView out, channel->output());
    COMITY_CO_TRY(const std::size_t count, co_await stream->write_some(out));
    channel->taken(count);
  }
  co_return Status{};
}

Task<Result<std::string>> ask(Stream* stream) {
  COMITY_CO_CHECK(co_await runtime::write_all(*stream, proto::as_bytes(kQuestion)));
  std::array<std::byte, 16> room{};
  std::size_t size = 0;
  const char* found = nullptr;
  while (found == nullptr && size < room.size()) {
    COMITY_CO_TRY(const std::size_t count, co_await stream->read_some(std::span(room).subspan(size)));
    size += count;
    found = other_protocol(ByteView(room).first(size));
  }
  if (found == nullptr) co_return Error{Code::kNotComity, {}};
  co_return std::string(found);
}

}  // namespace

Task<Result<v1::Hello>> probe(runtime::Clock* clock, crypto::Random* random, std::unique_ptr<Stream> stream,
                              Call call) {
  COMITY_CO_TRY(Initiator side, Initiator::begin(std::move(call), *random));
  auto established =
      co_await runtime::with_timeout(*clock, proto::bounds::kPreAuthTime, shake_hands(stream.get(), &side));
  if (!established.ok()) co_return established.error();
  const Contact contact = established->contact;
  Channel channel(std::move(established->keys));
  auto hello =
      co_await runtime::with_timeout(*clock, kHelloTime, read_hello(stream.get(), &channel, contact));
  if (!hello.ok()) co_return hello.error();
  (void)co_await runtime::with_timeout(*clock, kByeTime, say_bye(stream.get(), &channel));
  stream->close();
  co_return *std::move(hello);
}

Task<std::optional<std::string>> who_answers(runtime::Clock* clock, std::unique_ptr<Stream> stream) {
  auto found = co_await runtime::with_timeout(*clock, kAnswerTime, ask(stream.get()));
  stream->close();
  if (!found.ok()) co_return std::nullopt;
  co_return *std::move(found);
}

}  // namespace comity::peer
