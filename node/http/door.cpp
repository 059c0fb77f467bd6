// SPDX-License-Identifier: EUPL-1.2
#include "node/http/door.h"

#include <utility>

namespace comity::http {
namespace {

class LocalDoor final : public Door {
 public:
  explicit LocalDoor(std::unique_ptr<runtime::LocalListener> listener) : listener_(std::move(listener)) {}

  Task<proto::Result<Arrival>> accept() override {
    COMITY_CO_TRY(auto connection, co_await listener_->accept());
    Arrival arrival;
    arrival.stream = std::move(connection.stream);
    arrival.caller.uid = connection.peer.uid;
    co_return arrival;
  }
  void close() noexcept override { listener_->close(); }

 private:
  std::unique_ptr<runtime::LocalListener> listener_;
};

class TcpDoor final : public Door {
 public:
  TcpDoor(std::unique_ptr<runtime::Listener> listener, CurrentTls tls)
      : listener_(std::move(listener)), tls_(std::move(tls)) {}

  Task<proto::Result<Arrival>> accept() override {
    COMITY_CO_TRY(auto stream, co_await listener_->accept());
    Arrival arrival;
    arrival.caller.address = stream->peer().host();
    const auto tls = tls_();
    arrival.stream = tls == nullptr ? std::move(stream) : accept_tls(tls, std::move(stream));
    co_return arrival;
  }
  void close() noexcept override { listener_->close(); }

 private:
  std::unique_ptr<runtime::Listener> listener_;
  CurrentTls tls_;
};

}  // namespace

std::unique_ptr<Door> local_door(std::unique_ptr<runtime::LocalListener> listener) {
  return std::make_unique<LocalDoor>(std::move(listener));
}

std::unique_ptr<Door> tcp_door(std::unique_ptr<runtime::Listener> listener, CurrentTls tls) {
  return std::make_unique<TcpDoor>(std::move(listener), std::move(tls));
}

}  // namespace comity::http
