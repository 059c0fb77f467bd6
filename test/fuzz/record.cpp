// SPDX-License-Identifier: EUPL-1.2
// What a peer that holds the session key can put into a record: the input is sealed as it is, then opened.
#include "crypto/noise/record.h"

#include "test/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace noise = comity::crypto::noise;
  using comity::crypto::Key32;
  using comity::fuzz::require;
  using comity::proto::Bytes;

  const auto plain = comity::fuzz::view(data, size);
  const std::size_t frame_size = noise::kRecordLengthBytes + plain.size() + comity::crypto::kAeadTagBytes;
  if (frame_size > 0xffff) return 0;
  Bytes frame(frame_size);
  const auto sealed = std::span(frame).subspan(noise::kRecordLengthBytes);
  const auto length = comity::proto::to_be(static_cast<std::uint16_t>(sealed.size()));
  std::copy(length.begin(), length.end(), frame.begin());
  noise::CipherState cipher{Key32()};
  require(cipher.encrypt({}, plain, sealed).ok(), "any plaintext can be sealed");

  const Bytes sealed_frame = frame;
  noise::RecordOpener opener{noise::CipherState(Key32())};
  const auto record = opener.open(frame);
  if (!record.ok()) {
    require(record.error().code == comity::proto::Code::kBadRecord, "genuine bytes are refused by form only");
    return 0;
  }
  // What is accepted is what our own sealer makes of the same body.
  const auto& [head, body] = record.value();
  require(body.size() <= noise::kMaxRecordBody, "a body fits its frame");
  noise::RecordSealer sealer{noise::CipherState(Key32())};
  Bytes again(noise::record_bytes(body.size()));
  require(sealer.seal(head, body, again).ok(), "an opened record can be sealed again");
  require(again == sealed_frame, "into the same bytes");
  return 0;
}
