// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/gossip/channel.h"

namespace comity::sim::gossip {
namespace {

using crypto::noise::Handshake;
using crypto::noise::HandshakeSetup;
using crypto::noise::Role;
using runtime::Code;
using runtime::Error;
using runtime::Result;
using runtime::Status;
using runtime::Stream;
using runtime::Task;

constexpr std::size_t kMostHandshakeBytes = 4 * 1024;  // bounds::kPreAuthBytes, length fields aside

Task<Status> write_step(Stream* stream, Handshake* handshake) {
  proto::Bytes out(2 + handshake->overhead());
  COMITY_CO_TRY(const std::size_t size, handshake->write_message({}, std::span(out).subspan(2)));
  const auto length = proto::to_be(static_cast<std::uint16_t>(size));
  std::copy(length.begin(), length.end(), out.begin());
  co_return co_await runtime::write_all(*stream, out);
}

Task<Status> read_step(Stream* stream, Handshake* handshake, crypto::noise::PskLookup find_psk) {
  std::array<std::byte, 2> length{};
  COMITY_CO_CHECK(co_await runtime::read_exactly(*stream, length));
  const std::size_t size = proto::from_be<std::uint16_t>(length);
  if (size > kMostHandshakeBytes) co_return Error{Code::kWrongSize};
  proto::Bytes message(size);
  COMITY_CO_CHECK(co_await runtime::read_exactly(*stream, message));
  proto::Bytes payload(size);
  COMITY_CO_TRY([[maybe_unused]] const std::size_t said, handshake->read_message(message, payload, find_psk));
  co_return Status{};
}

Task<Status> exchange(Stream* stream, Handshake* handshake, crypto::noise::PskLookup find_psk) {
  while (!handshake->finished()) {
    if (handshake->may_write()) {
      COMITY_CO_CHECK(co_await write_step(stream, handshake));
    } else {
      COMITY_CO_CHECK(co_await read_step(stream, handshake, find_psk));
    }
  }
  co_return Status{};
}

proto::ByteView prologue() {
  return proto::as_bytes("comity simulation");
}

}  // namespace

Channel::Channel(std::unique_ptr<Stream> stream, crypto::noise::Session session, std::size_t peer)
    : stream_(std::move(stream)),
      sealer_(std::move(session.send)),
      opener_(std::move(session.receive)),
      peer_(peer) {}

Task<Status> Channel::send(proto::Bytes parcel) {
  proto::Bytes frame(crypto::noise::record_bytes(parcel.size()));
  crypto::noise::RecordHead head;
  head.lane = crypto::noise::Lane::kLive;
  head.fin = true;
  COMITY_CO_TRY(const std::size_t size, sealer_.seal(head, parcel, frame));
  frame.resize(size);
  co_return co_await runtime::write_all(*stream_, frame);
}

Task<Result<proto::Bytes>> Channel::receive() {
  proto::Bytes frame(crypto::noise::kRecordLengthBytes);
  COMITY_CO_CHECK(co_await runtime::read_exactly(*stream_, frame));
  COMITY_CO_TRY(const auto size, crypto::noise::announced_record_bytes(frame));
  frame.resize(size.value());
  COMITY_CO_CHECK(
      co_await runtime::read_exactly(*stream_, std::span(frame).subspan(crypto::noise::kRecordLengthBytes)));
  COMITY_CO_TRY(const crypto::noise::Record record, opener_.open(frame));
  co_return proto::to_bytes(record.body);
}

Task<Result<std::unique_ptr<Channel>>> greet(std::unique_ptr<Stream> stream, const Roster* roster,
                                             std::size_t self, std::size_t peer, crypto::Random* random) {
  HandshakeSetup setup{crypto::noise::kXKpsk3, Role::kInitiator, prologue()};
  setup.local_static = roster->key(self).clone();
  setup.remote_static = roster->key(peer).public_key();
  setup.psk = roster->secret_between(self, peer);
  Handshake handshake(std::move(setup), *random);
  crypto::noise::PskLookup nobody_asks;
  COMITY_CO_CHECK(co_await exchange(stream.get(), &handshake, std::move(nobody_asks)));
  COMITY_CO_TRY(crypto::noise::Session session, handshake.split());
  co_return std::make_unique<Channel>(std::move(stream), std::move(session), peer);
}

Task<Result<std::unique_ptr<Channel>>> answer(std::unique_ptr<Stream> stream, const Roster* roster,
                                              std::size_t self, crypto::Random* random) {
  HandshakeSetup setup{crypto::noise::kXKpsk3, Role::kResponder, prologue()};
  setup.local_static = roster->key(self).clone();
  Handshake handshake(std::move(setup), *random);
  crypto::noise::PskLookup find_psk =
      [roster, self](const crypto::X25519PublicKey& key) -> std::optional<crypto::Key32> {
    const auto member = roster->member_with(key);
    if (!member) return std::nullopt;
    return roster->secret_between(self, *member);
  };
  COMITY_CO_CHECK(co_await exchange(stream.get(), &handshake, std::move(find_psk)));
  COMITY_CO_TRY(crypto::noise::Session session, handshake.split());
  const std::size_t peer = roster->member_with(session.remote_static.value()).value();
  co_return std::make_unique<Channel>(std::move(stream), std::move(session), peer);
}

}  // namespace comity::sim::gossip
