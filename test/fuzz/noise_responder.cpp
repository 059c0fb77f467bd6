// SPDX-License-Identifier: EUPL-1.2
// The side that listens, before it knows who calls: the input is messages 1 and 3 and then a record.
#include "test/fuzz/noise_sides.h"
#include "test/fuzz/pieces.h"
#include "test/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace noise = comity::crypto::noise;
  using comity::fuzz::require;
  using comity::proto::Bytes;
  using comity::proto::ByteView;

  const auto pieces = comity::fuzz::pieces_of(comity::fuzz::view(data, size));
  comity::fuzz::NoiseSides sides;
  noise::Handshake responder = sides.responder();
  Bytes payload(size + 64);
  for (std::size_t i = 0; i < pieces.size() && !responder.finished(); ++i) {
    const auto read = responder.read_message(pieces[i], payload, sides.find_psk());
    if (!read.ok()) {
      require(comity::fuzz::dead(responder), "a handshake that failed is dead");
      return 0;
    }
    require(read.value() < pieces[i].size(), "a payload is smaller than its message");
    if (responder.may_write()) (void)comity::fuzz::written(responder, comity::fuzz::kSecondPayload);
  }
  if (!responder.finished()) return 0;
  require(responder.remote_static() == sides.initiator_keys->public_key(), "only the known peer gets in");
  auto session = responder.split();
  require(session.ok(), "a finished handshake becomes a session");
  if (pieces.size() < 3) return 0;
  noise::RecordOpener opener(std::move(session.value().receive));
  Bytes frame = comity::proto::to_bytes(pieces[2]);
  const auto record = opener.open(frame);
  require(!record.ok() || record.value().body.size() <= noise::kMaxRecordBody, "a body fits its frame");
  return 0;
}
