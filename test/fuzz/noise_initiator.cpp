// SPDX-License-Identifier: EUPL-1.2
// The side that dials: the input is what the other side answers, message 2 and then records.
#include "test/fuzz/noise_sides.h"
#include "test/fuzz/pieces.h"
#include "test/fuzz/target.h"

namespace {

namespace noise = comity::crypto::noise;
using comity::fuzz::require;
using comity::proto::Bytes;
using comity::proto::ByteView;

void read_records(noise::CipherState cipher, const std::vector<ByteView>& frames) {
  noise::RecordOpener opener(std::move(cipher));
  bool failed = false;
  for (const ByteView each : frames) {
    Bytes frame = comity::proto::to_bytes(each);
    const auto announced = noise::announced_record_bytes(frame);
    const auto record = opener.open(frame);
    require(!(failed && record.ok()), "no record follows a bad one");
    require(!record.ok() || (announced.ok() && announced.value() == frame.size()), "a record has its size");
    failed = !record.ok();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto pieces = comity::fuzz::pieces_of(comity::fuzz::view(data, size));
  if (pieces.empty()) return 0;
  comity::fuzz::NoiseSides sides;
  noise::Handshake initiator = sides.initiator();
  noise::Handshake responder = sides.responder();
  Bytes payload(pieces.front().size() + 64);
  if (!responder.read_message(comity::fuzz::written(initiator, comity::fuzz::kFirstPayload), payload).ok()) {
    require(false, "the responder understands message 1");
  }
  const Bytes genuine = comity::fuzz::written(responder, comity::fuzz::kSecondPayload);

  const auto read = initiator.read_message(pieces.front(), payload);
  require(read.ok() == comity::proto::equal(genuine, pieces.front()), "only the genuine answer is accepted");
  if (!read.ok()) {
    require(comity::fuzz::dead(initiator), "a handshake that failed is dead");
    return 0;
  }
  (void)comity::fuzz::written(initiator, comity::fuzz::kThirdPayload);
  auto session = initiator.split();
  require(session.ok(), "a finished handshake becomes a session");
  read_records(std::move(session.value().receive), {pieces.begin() + 1, pieces.end()});
  return 0;
}
