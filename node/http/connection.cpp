// SPDX-License-Identifier: EUPL-1.2
#include "node/http/connection.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "node/runtime/deadline.h"

namespace comity::http {
namespace {

using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;
using runtime::Clock;
using runtime::Mono;
using runtime::Stream;

constexpr std::size_t kHeaderBuffer = 4 * 1024;
constexpr std::size_t kBodyBuffer = 16 * 1024;

enum class Phase { kIdle, kHeader, kBody };

std::size_t buffer_bytes(Phase phase) {
  if (phase == Phase::kIdle) return 0;
  return phase == Phase::kHeader ? kHeaderBuffer : kBodyBuffer;
}

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

/// One connection at work: bytes that arrived behind a request wait in `buffer_` for the next one.
class Connection final : public Outlet {
 public:
  Connection(Stream& stream, const Service& service, Draining& draining, Clock& clock)
      : stream_(stream), service_(service), draining_(draining), clock_(clock) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() override {
    draining_.idle.erase(&stream_);
    draining_.waiting.erase(turn_);
    release();
  }

  /// The next request; nothing when the caller ended the connection between two requests.
  [[nodiscard]] Task<Result<std::optional<Request>>> next() {
    release();
    RequestParser parser(service_.limits);
    bool continued = false;
    Mono deadline = runtime::after(clock_.now(), service_.patience.idle);
    Phase phase = Phase::kIdle;
    draining_.idle.insert(&stream_);
    turn_ = ++draining_.turn;
    draining_.waiting.emplace(turn_, &stream_);
    for (;;) {
      if (used_ < filled_) {
        COMITY_CO_TRY(const std::size_t taken, parser.feed(unread()));
        used_ += taken;
        held_ += taken;
        draining_.held += taken;
        if (draining_.held > service_.most_held) co_return Error{Code::kNodeBusy, {}};
      }
      if (phase == Phase::kIdle && parser.started()) {
        phase = Phase::kHeader;
        draining_.idle.erase(&stream_);
        deadline = runtime::after(clock_.now(), service_.patience.header);
      }
      if (parser.done()) {
        draining_.waiting.erase(turn_);
        co_return std::optional<Request>(parser.take());
      }
      if (phase == Phase::kIdle && draining_.started) co_return std::optional<Request>();
      if (phase == Phase::kHeader && parser.header_done()) {
        phase = Phase::kBody;
        deadline = runtime::after(clock_.now(), service_.patience.body);
      }
      if (!continued && parser.expects_continue()) {
        continued = true;
        COMITY_CO_CHECK(co_await write(std::string(kContinue)));
      }
      resize(std::max(service_.idle_buffer, buffer_bytes(phase)));
      auto more = co_await runtime::with_deadline(clock_, deadline, stream_.read_some(buffer_));
      if (!more.ok()) {
        if (phase == Phase::kIdle) co_return std::optional<Request>();
        if (more.error().code == Code::kTimedOut) co_return Error{Code::kHttpTimeout, {}};
        co_return more.error();
      }
      used_ = 0;
      filled_ = *more;
    }
  }

  [[nodiscard]] Task<Status> write(std::string text) override {
    co_return co_await runtime::with_timeout(clock_, service_.patience.write,
                                             runtime::write_all(stream_, proto::as_bytes(text)));
  }

  /// The rest of an answer whose header has been sent, in chunks (RFC 9112 section 7.1).
  [[nodiscard]] Task<void> flow(std::shared_ptr<Outflow> outflow) {
    resize(0);
    Chunks chunks(*this);
    co_await outflow->run(&chunks);
    if (!chunks.broken()) (void)co_await write("0\r\n\r\n");
  }

  /// Says that no more answers come and drops what the caller still sends, until it ends or time is up.
  [[nodiscard]] Task<void> linger() {
    stream_.finish_writes();
    const Mono deadline = runtime::after(clock_.now(), service_.patience.linger);
    resize(service_.idle_buffer);
    for (std::size_t dropped = 0; dropped <= service_.limits.body;) {
      const auto more = co_await runtime::with_deadline(clock_, deadline, stream_.read_some(buffer_));
      if (!more.ok()) co_return;
      dropped += *more;
    }
  }

 private:
  void release() noexcept {
    draining_.held -= held_;
    held_ = 0;
  }

  class Chunks final : public Outlet {
   public:
    explicit Chunks(Connection& connection) : connection_(connection) {}
    [[nodiscard]] bool broken() const noexcept { return broken_; }
    [[nodiscard]] Task<Status> write(std::string bytes) override {
      // An empty chunk would end the answer.
      if (bytes.empty()) co_return Status{};
      std::string chunk = fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
      const Status written = co_await connection_.write(std::move(chunk));
      broken_ = broken_ || !written.ok();
      co_return written;
    }

   private:
    Connection& connection_;
    bool broken_ = false;
  };

  /// Before reading, when all that was read is used.
  void resize(std::size_t size) {
    if (buffer_.size() == size) return;
    buffer_ = std::vector<std::byte>(size);
    used_ = filled_ = 0;
  }

  [[nodiscard]] proto::ByteView unread() const {
    return proto::ByteView(buffer_).subspan(used_, filled_ - used_);
  }

  Stream& stream_;
  const Service& service_;
  Draining& draining_;
  Clock& clock_;
  std::uint64_t turn_ = 0;
  std::vector<std::byte> buffer_{};
  std::size_t used_ = 0;
  std::size_t filled_ = 0;
  std::size_t held_ = 0;
};

// A failure of the transport has nobody left to answer to.
bool is_answerable(Code code) {
  switch (code) {
    case Code::kHttpMalformed:
    case Code::kHttpHeaderTooLarge:
    case Code::kHttpBodyTooLarge:
    case Code::kHttpTimeout:
    case Code::kHttpUnsupported:
    case Code::kNodeBusy:
      return true;
    default:
      return false;
  }
}

Task<Response> answer(const Service* service, Request request, Caller caller) {
  std::string failure;
  try {
    co_return co_await service->handler(std::move(request), caller);
  } catch (const std::exception& error) {
    failure = error.what();
  }
  service->failed(failure);
  Response response = service->refusal(Error{Code::kUnknown, {}});
  response.keep_alive = false;
  co_return response;
}

}  // namespace

Task<void> serve(std::unique_ptr<Stream> stream, Caller caller, const Service* service, Draining* draining,
                 Clock* clock) {
  const auto connection = std::make_unique<Connection>(*stream, *service, *draining, *clock);
  for (bool open = true; open;) {
    auto request = co_await connection->next();
    std::string wire;
    bool refused = false;
    std::shared_ptr<Outflow> outflow;
    if (request.ok()) {
      if (!request->has_value()) break;
      const bool keep_alive = (*request)->keep_alive;
      const bool head_only = (*request)->method == "HEAD";
      Response response = co_await answer(service, *std::move(*request), caller);
      open = response.keep_alive =
          response.keep_alive && keep_alive && !draining->started && response.outflow == nullptr;
      wire = to_wire(response);
      if (head_only) wire.resize(wire.size() - response.body.size());
      if (!head_only) outflow = std::move(response.outflow);
    } else {
      if (!is_answerable(request.error().code)) break;
      Response response = service->refusal(request.error());
      open = response.keep_alive = false;
      wire = to_wire(response);
      refused = true;
    }
    const Status written = co_await connection->write(std::move(wire));
    if (!written.ok()) break;
    if (outflow != nullptr) co_await connection->flow(std::move(outflow));
    if (refused) co_await connection->linger();
  }
  stream->finish_writes();
  stream->close();
}

}  // namespace comity::http
