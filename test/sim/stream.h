// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>
#include <utility>

#include "node/runtime/net.h"
#include "test/sim/network.h"

namespace comity::sim {

/// One end of a simulated connection.
class SimStream final : public runtime::Stream {
 public:
  SimStream(std::shared_ptr<Connection> connection, std::shared_ptr<Pipe> in, std::shared_ptr<Pipe> out,
            runtime::Endpoint peer)
      : connection_(std::move(connection)),
        in_(std::move(in)),
        out_(std::move(out)),
        peer_(std::move(peer)) {}
  ~SimStream() override { close(); }

  runtime::Task<runtime::Result<std::size_t>> read_some(std::span<std::byte> out) override {
    return in_->read(out);
  }
  runtime::Task<runtime::Result<std::size_t>> write_some(proto::ByteView bytes) override {
    return out_->write(bytes);
  }
  void finish_writes() noexcept override { out_->finish(); }
  void close() noexcept override {
    out_->finish();
    in_->abandon();
  }
  const runtime::Endpoint& peer() const noexcept override { return peer_; }

 private:
  std::shared_ptr<Connection> connection_;  // keeps the connection listed while an end is held
  std::shared_ptr<Pipe> in_;
  std::shared_ptr<Pipe> out_;
  runtime::Endpoint peer_;
};

}  // namespace comity::sim
