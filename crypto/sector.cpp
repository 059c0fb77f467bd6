// SPDX-License-Identifier: EUPL-1.2
#include "crypto/sector.h"

#include <array>
#include <stdexcept>

#include <openssl/evp.h>

namespace comity::crypto {
namespace {

void require(int result) {
  if (result != 1) throw std::runtime_error("libcrypto's AES-256-XTS failed");
}

const unsigned char* as_unsigned(const std::byte* bytes) {
  return reinterpret_cast<const unsigned char*>(bytes);
}

// The tweak is the number of the data unit, least significant byte first (IEEE 1619, 5.1).
std::array<unsigned char, 16> tweak_of(std::uint64_t number) {
  std::array<unsigned char, 16> out{};
  for (std::size_t i = 0; i < sizeof number; ++i)
    out.at(i) = static_cast<unsigned char>(number >> (8 * i));
  return out;
}

struct Context {
  Context() : handle(EVP_CIPHER_CTX_new()) {
    if (handle == nullptr) throw std::bad_alloc();
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { EVP_CIPHER_CTX_free(handle); }

  void run(std::uint64_t number, Sector sector) const {
    const auto tweak = tweak_of(number);
    auto* const bytes = reinterpret_cast<unsigned char*>(sector.data());
    int done = 0;
    require(EVP_CipherInit_ex2(handle, nullptr, nullptr, tweak.data(), -1, nullptr));
    require(EVP_CipherUpdate(handle, bytes, &done, bytes, static_cast<int>(sector.size())));
  }

  EVP_CIPHER_CTX* handle;
};

}  // namespace

struct SectorCipher::State {
  explicit State(const Key& key) {
    const auto view = key.view();
    // XTS under one key twice is weaker than it looks; libcrypto refuses it too.
    if (equal_ct(view.first<32>(), view.last<32>()))
      throw std::logic_error("the halves of the key are equal");
    require(
        EVP_EncryptInit_ex2(sealing.handle, EVP_aes_256_xts(), as_unsigned(view.data()), nullptr, nullptr));
    require(
        EVP_DecryptInit_ex2(opening.handle, EVP_aes_256_xts(), as_unsigned(view.data()), nullptr, nullptr));
  }
  Context sealing;
  Context opening;
};

SectorCipher::SectorCipher(const Key& key) : state_(std::make_unique<State>(key)) {}
SectorCipher::~SectorCipher() = default;

void SectorCipher::seal(std::uint64_t number, Sector sector) {
  state_->sealing.run(number, sector);
}

void SectorCipher::open(std::uint64_t number, Sector sector) {
  state_->opening.run(number, sector);
}

}  // namespace comity::crypto
