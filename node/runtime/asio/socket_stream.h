// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <utility>

#include <boost/asio/buffer.hpp>

#include "node/runtime/asio/guard.h"
#include "node/runtime/net.h"

/// Inside node/runtime/asio only: a Stream over any socket of Asio, and the codes for what the system
/// reports.
namespace comity::runtime::detail {

/// The Error for a system error while connecting, listening or accepting.
[[nodiscard]] Error connect_error(const boost::system::error_code& error, const std::string& where);

/// The Error for a system error on a connection; `closed` tells whether this side closed it.
[[nodiscard]] Error stream_error(const boost::system::error_code& error, bool closed);

template <class Socket>
class SocketStream final : public Stream {
 public:
  SocketStream(Socket socket, Endpoint peer) : socket_(std::move(socket)), peer_(std::move(peer)) {}

  Task<Result<std::size_t>> read_some(std::span<std::byte> out) override {
    COMITY_CO_CHECK(co_await check_cancelled());
    if (closed_) co_return Error{Code::kStreamClosed};
    if (out.empty()) co_return std::size_t{0};
    const auto [error, count] =
        co_await socket_.async_read_some(boost::asio::buffer(out.data(), out.size()), kAsTuple);
    if (error) co_return stream_error(error, closed_);
    co_return count;
  }

  Task<Result<std::size_t>> write_some(proto::ByteView bytes) override {
    COMITY_CO_CHECK(co_await check_cancelled());
    if (closed_) co_return Error{Code::kStreamClosed};
    if (bytes.empty()) co_return std::size_t{0};
    const auto [error, count] =
        co_await socket_.async_write_some(boost::asio::buffer(bytes.data(), bytes.size()), kAsTuple);
    if (error) co_return stream_error(error, closed_);
    co_return count;
  }

  void finish_writes() noexcept override {
    boost::system::error_code ignored;  // a connection that is gone has no direction left to finish
    socket_.shutdown(Socket::shutdown_send, ignored);
  }

  void close() noexcept override {
    closed_ = true;
    boost::system::error_code ignored;  // the descriptor is released even when close reports an error
    socket_.close(ignored);
  }

  const Endpoint& peer() const noexcept override { return peer_; }

 private:
  Socket socket_;
  Endpoint peer_;
  bool closed_ = false;
};

}  // namespace comity::runtime::detail
