// SPDX-License-Identifier: EUPL-1.2
// Bodies from a stranger, and padding from an author. The first byte of the input chooses: 0 a sealed body,
// 1 padded content, 2 content that is sealed, spoiled in one place and opened.
#include "crypto/sealed_body.h"

#include "crypto/padme.h"
#include "test/fuzz/target.h"
#include "test/unit/seeded.h"

namespace {

namespace crypto = comity::crypto;
using comity::fuzz::require;
using comity::proto::Bytes;
using comity::proto::ByteView;

void open(const crypto::FeedKey& key, ByteView body) {
  const crypto::Slot slot;
  const auto opened = crypto::open_body(key, slot, body);
  const auto disclosed = crypto::content_key(key, slot, body);
  require(!opened.ok() || disclosed.ok(), "what opens can be disclosed");
  if (!disclosed.ok()) return;
  const auto again = crypto::open_disclosed(disclosed.value(), slot, body);
  require(again.ok() == opened.ok(), "feed key and content key agree");
  if (opened.ok()) require(again.value() == opened.value(), "and open the same content");
}

void unpad(ByteView padded) {
  const auto content = crypto::padme_unpad(padded);
  if (!content.ok()) return;
  Bytes again(crypto::padme_size(content.value().size() + 1));
  crypto::padme_pad(content.value(), again);
  require(comity::proto::equal(again, padded), "padding has one form");
}

void spoil(const crypto::FeedKey& key, ByteView content, comity::test::SeededRandom& random) {
  const crypto::Slot slot;
  auto body = crypto::seal_body(key, slot, content, random);
  if (!body.ok()) {
    require(body.error().code == comity::proto::Code::kBodyTooLarge, "content is refused by size only");
    return;
  }
  require(crypto::open_body(key, slot, body.value()).value() == comity::proto::to_bytes(content),
          "content comes back");
  const std::size_t bit = random.below(body.value().size() * 8);
  body.value()[bit / 8] ^= std::byte{1} << (bit % 8);
  require(!crypto::open_body(key, slot, body.value()).ok(), "a spoiled body stays closed");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  comity::test::SeededRandom random(1);
  const crypto::FeedKey key = crypto::FeedKey::generate(random);
  const ByteView rest = comity::fuzz::view(data, size).subspan(1);
  if (data[0] == 0) open(key, rest);
  if (data[0] == 1) unpad(rest);
  if (data[0] == 2) spoil(key, rest, random);
  return 0;
}
