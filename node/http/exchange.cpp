// SPDX-License-Identifier: EUPL-1.2
#include "node/http/exchange.h"

#include <array>
#include <utility>

#include "node/http/parser.h"
#include "node/runtime/asio/local.h"
#include "node/runtime/asio/system.h"
#include "node/runtime/deadline.h"
#include "node/runtime/loop.h"

namespace comity::http {
namespace {

using proto::Code;
using proto::Result;
using runtime::Task;

// An answer may hold a page of long rows, hence more than a request.
constexpr Limits kAnswerLimits{.body = proto::bounds::kAnswerBytes};

Task<Result<Response>> talk(std::filesystem::path socket, std::string wire) {
  COMITY_CO_TRY(const auto stream, co_await runtime::dial_local(std::move(socket)));
  // A server that refuses a request early answers and closes while we still write: its answer counts more.
  const proto::Status written = co_await runtime::write_all(*stream, proto::as_bytes(wire));
  ResponseParser parser(kAnswerLimits);
  std::array<std::byte, 8 * 1024> buffer;
  while (!parser.done()) {
    auto count = co_await stream->read_some(buffer);
    if (!count.ok()) {
      if (!written.ok()) co_return written.error();
      if (count.error().code != Code::kEndOfStream || !parser.started()) co_return count.error();
      COMITY_CO_CHECK(parser.finish());
      break;
    }
    COMITY_CO_CHECK(parser.feed(proto::ByteView(buffer).first(*count)));
  }
  co_return parser.take();
}

Task<Result<Response>> talk_within(runtime::Clock* clock, std::chrono::seconds timeout,
                                   std::filesystem::path socket, std::string wire) {
  return runtime::with_timeout(*clock, timeout, talk(std::move(socket), std::move(wire)));
}

}  // namespace

Result<Response> exchange(const std::filesystem::path& socket, const Request& request,
                          std::chrono::seconds timeout) {
  runtime::Loop loop(runtime::Loop::Threads::kSingle);
  const auto clock = runtime::make_system_clock(loop.executor());
  return loop.run(talk_within(clock.get(), timeout, socket, to_wire(request)));
}

}  // namespace comity::http
