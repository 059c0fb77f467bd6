// SPDX-License-Identifier: EUPL-1.2
// What the record layer of a session costs beside the bare cipher for the same payload.
#include "crypto/noise/record.h"

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

#include <fmt/format.h>
#include <sodium.h>

#include "crypto/random.h"
#include "tools/benchmark/suites.h"

namespace comity::benchmark {
namespace {

using crypto::noise::kRecordBodyOffset;
using crypto::noise::record_bytes;
using crypto::noise::RecordOpener;
using crypto::noise::RecordSealer;
using proto::as_uchar;
using proto::Bytes;
using proto::ByteView;

// At least 85 % of the cipher's own speed.
constexpr double kTarget = 1 / 0.85;
constexpr const char* kCipher = "libsodium's chacha20-poly1305";

// One direction of a session, and the buffers that both works use.
struct Session {
  explicit Session(std::size_t body_bytes)
      : sealer(crypto::noise::CipherState(crypto::Key32())),
        opener(crypto::noise::CipherState(crypto::Key32())),
        body(body_bytes),
        frame(record_bytes(body_bytes)),
        sealed(body_bytes + crypto::kAeadTagBytes) {
    crypto::SystemRandom().fill(body);
  }
  void seal(ByteView from) {
    if (!sealer.seal({}, from, frame).ok()) throw std::logic_error("a record that cannot be sealed");
  }
  void open() {
    if (!opener.open(frame).ok()) throw std::logic_error("a record that cannot be opened");
  }
  // The same payload by the bare cipher, with a nonce that counts.
  void seal_bare() {
    ++nonce[0];
    crypto_aead_chacha20poly1305_ietf_encrypt(as_uchar(std::span(sealed)), nullptr, as_uchar(ByteView(body)),
                                              body.size(), nullptr, 0, nullptr, nonce.data(), key.data());
  }
  void open_bare() {
    if (crypto_aead_chacha20poly1305_ietf_decrypt(as_uchar(std::span(body)), nullptr, nullptr,
                                                  as_uchar(ByteView(sealed)), sealed.size(), nullptr, 0,
                                                  nonce.data(), key.data()) != 0) {
      throw std::logic_error("a message that cannot be opened");
    }
  }

  RecordSealer sealer;
  RecordOpener opener;
  Bytes body;
  Bytes frame;
  Bytes sealed;
  std::array<unsigned char, crypto::kChaChaNonceBytes> nonce{};
  std::array<unsigned char, 32> key{};
};

template <class Ours, class Theirs>
Comparison comparison(const std::string& what, std::size_t body_bytes, Ours ours, Theirs theirs) {
  const auto session = std::make_shared<Session>(body_bytes);
  const auto repeated = [session](auto operation) {
    return [session, operation](std::size_t times) {
      for (std::size_t i = 0; i < times; ++i) {
        operation(*session);
        keep(*session);
      }
    };
  };
  return {fmt::format("record {}, {} B", what, body_bytes),
          body_bytes,
          kCipher,
          kTarget,
          repeated(ours),
          repeated(theirs)};
}

}  // namespace

std::vector<Comparison> record_comparisons() {
  const auto copying = [](Session& s) { s.seal(s.body); };
  const auto in_place = [](Session& s) {
    s.seal(ByteView(s.frame).subspan(kRecordBodyOffset, s.body.size()));
  };
  const auto both = [](Session& s) {
    s.seal(s.body);
    s.open();
  };
  const auto bare = [](Session& s) { s.seal_bare(); };
  const auto bare_both = [](Session& s) {
    s.seal_bare();
    s.open_bare();
  };
  const std::size_t full = crypto::noise::kMaxRecordBody;
  return {
      comparison("sealed", full, copying, bare),
      comparison("sealed in place", full, in_place, bare),
      comparison("sealed and opened", full, both, bare_both),
      comparison("sealed", 2800, copying, bare),
      comparison("sealed and opened", 2800, both, bare_both),
  };
}

}  // namespace comity::benchmark
